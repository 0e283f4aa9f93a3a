//! Comparisons of live values.

use rhai::{ImmutableString, Module, NativeCallContext};

use crate::engine::live::Handle;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, register};

/// Adds comparisons of live values. Two are equal if they have the same root and path. An enum value equals the name of its
/// variant.
pub(crate) fn bind(module: &mut Module) {
    type Call<'a> = NativeCallContext<'a>;
    fn is_variant(call: &Call<'_>, handle: &Handle, name: &str) -> EvalResult<bool> {
        Ok(handle.variant(&CallContext::of(call)?.run)? == Some(name))
    }
    for (symbol, equal) in [("==", true), ("!=", false)] {
        register(module, symbol, move |a: Handle, b: Handle| a.is_same_place(&b) == equal);
        register(module, symbol, move |call: Call<'_>, a: Handle, b: ImmutableString| {
            is_variant(&call, &a, &b).map(|is_variant| is_variant == equal)
        });
        register(module, symbol, move |call: Call<'_>, a: ImmutableString, b: Handle| {
            is_variant(&call, &b, &a).map(|is_variant| is_variant == equal)
        });
    }
}
