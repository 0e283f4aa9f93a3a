//! The comparison operators.
//!
//! The language compares values of different types as unequal and unordered, before any function of ours could see them. So its
//! six operators are disabled, and registered again as custom ones, which are functions for all pairs of types.

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{
    Array, Dynamic, Engine, FLOAT, FuncRegistration, INT, Map, Module, NativeCallContext, RhaiFunc, Shared,
};

use crate::engine::query::Comparison;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register};

/// The precedences of the language.
const EQUALITY: u8 = 90;
const ORDER: u8 = 110;

/// The name of the equality that other functions of the console compile to.
pub(crate) const EQUALS: &str = "__equals";

type Compare = fn(Comparison<'_>, &Dynamic, &Dynamic) -> EvalResult<bool>;

const OPERATORS: [(&str, u8, Compare); 6] = [
    ("==", EQUALITY, |compare, a, b| compare.equal(a, b)),
    ("!=", EQUALITY, |compare, a, b| Ok(!compare.equal(a, b)?)),
    ("<", ORDER, |compare, a, b| Ok(compare.order(a, b)?.is_some_and(Ordering::is_lt))),
    ("<=", ORDER, |compare, a, b| Ok(compare.order(a, b)?.is_some_and(Ordering::is_le))),
    (">", ORDER, |compare, a, b| Ok(compare.order(a, b)?.is_some_and(Ordering::is_gt))),
    (">=", ORDER, |compare, a, b| Ok(compare.order(a, b)?.is_some_and(Ordering::is_ge))),
];

/// Replaces the operators of the language.
pub(crate) fn install(engine: &mut Engine) {
    for (symbol, precedence, _) in OPERATORS {
        engine.disable_symbol(symbol);
        // Fails only for a symbol that is not disabled.
        let _ = engine.register_custom_operator(symbol, precedence);
    }
}

/// Adds the operators for all pairs of types.
pub(crate) fn bind(module: &mut Module) {
    let any = TypeId::of::<Dynamic>();
    let (int, float) = (TypeId::of::<INT>(), TypeId::of::<FLOAT>());
    let (array, map) = (TypeId::of::<Array>(), TypeId::of::<Map>());
    // The language has functions for exactly these types, which would have precedence.
    for types in [[any, any], [int, float], [float, int], [array, array], [map, map]] {
        for (symbol, _, compare) in OPERATORS {
            bind_operator(module, symbol, types, compare);
        }
    }
    bind_operator(module, EQUALS, [any, any], equal);
    bind_searches(module);
    // The language has these for two numbers of one type.
    for (name, chosen) in [("min", Ordering::Greater), ("max", Ordering::Less)] {
        for types in [[any, any], [int, float], [float, int]] {
            bind_choice(module, name, types, chosen);
        }
    }
}

/// Adds a function for the first of two values, or the second if the order of both is `second`.
fn bind_choice(module: &mut Module, name: &str, types: [TypeId; 2], second: Ordering) {
    bind_native(module, name, types, move |compare, a, b| {
        let chosen = if compare.order(a, b)? == Some(second) { b } else { a };
        Ok(chosen.clone())
    });
}

fn equal(compare: Comparison<'_>, a: &Dynamic, b: &Dynamic) -> EvalResult<bool> {
    compare.equal(a, b)
}

fn bind_operator(module: &mut Module, name: &str, types: [TypeId; 2], compare: Compare) {
    bind_native(module, name, types, move |comparison, a, b| compare(comparison, a, b).map(Dynamic::from));
}

fn bind_native(
    module: &mut Module,
    name: &str,
    types: [TypeId; 2],
    run: impl Fn(Comparison<'_>, &Dynamic, &Dynamic) -> EvalResult + Send + Sync + 'static,
) {
    let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
        let (Some(call), [a, b]) = (call, args) else {
            return Err(ScriptError::new("cannot compare: expected two values").into());
        };
        let context = CallContext::of(&call)?;
        run(Comparison(&context), a, b)
    };
    let func =
        RhaiFunc::Pure { func: Shared::new(func), has_context: true, is_pure: true, is_volatile: false };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}

/// Replaces the engine's searches in arrays, which compare with its own equality.
fn bind_searches(module: &mut Module) {
    type Call<'a> = NativeCallContext<'a>;
    fn position(call: &Call<'_>, array: &Array, value: &Dynamic) -> EvalResult<Option<usize>> {
        let context = CallContext::of(call)?;
        Comparison(&context).position(value, array.iter().map(|item| Ok(item.clone())))
    }
    register(module, "contains", |call: Call<'_>, array: &mut Array, value: Dynamic| {
        position(&call, array, &value).map(|found| found.is_some())
    });
    register(module, "index_of", |call: Call<'_>, array: &mut Array, value: Dynamic| {
        let found = position(&call, array, &value)?;
        EvalResult::Ok(found.and_then(|found| INT::try_from(found).ok()).unwrap_or(-1))
    });
}
