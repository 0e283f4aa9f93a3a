//! Registration of methods that see the marks of the value on which they are called.

use std::any::TypeId;

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext, RhaiFunc, Shared};

use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError};

/// Adds a method of these types that sees the marks of the value on which it is called.
pub(super) fn bind_raw<const N: usize>(
    module: &mut Module,
    name: &str,
    types: [TypeId; N],
    run: impl Fn(&CallContext, &mut Dynamic, &mut [&mut Dynamic]) -> EvalResult + Send + Sync + 'static,
) {
    let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| match (
        call,
        args.split_first_mut(),
    ) {
        (Some(call), Some((this, args))) => run(&*CallContext::of(&call)?, this, args),
        _ => Err(ScriptError::new("cannot call the method: it was called without a value").into()),
    };
    // What changes nothing may be called on a root, which is a constant.
    let is_pure =
        name.starts_with("get") || !name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let func = RhaiFunc::Method { func: Shared::new(func), has_context: true, is_pure, is_volatile: false };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}
