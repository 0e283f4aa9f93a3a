//! The comparison operators.
//!
//! The language compares values of different types as unequal and unordered, before any function of ours could see them. So its
//! six operators are disabled, and registered again as custom ones, which are functions for all pairs of types.

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{
    Array, Dynamic, Engine, FLOAT, FuncRegistration, INT, ImmutableString, Map, Module, NativeCallContext,
    RhaiFunc, Shared,
};

use super::option_values::equal_outcomes;
use crate::engine::query::Comparison;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, quick_equal, quick_order, register};

/// The precedences of the language.
const EQUALITY: u8 = 90;
const ORDER: u8 = 110;

/// The name of the equality that other functions of the console compile to.
pub(crate) const EQUALS: &str = "__equals";

/// The meaning of an operator.
#[derive(Clone, Copy)]
enum Operator {
    /// Whether the operands are equal, compared with this.
    Equal(bool),
    /// Whether the order of the operands passes this.
    Order(fn(Ordering) -> bool),
}

const OPERATORS: [(&str, u8, Operator); 6] = [
    ("==", EQUALITY, Operator::Equal(true)),
    ("!=", EQUALITY, Operator::Equal(false)),
    ("<", ORDER, Operator::Order(Ordering::is_lt)),
    ("<=", ORDER, Operator::Order(Ordering::is_le)),
    (">", ORDER, Operator::Order(Ordering::is_gt)),
    (">=", ORDER, Operator::Order(Ordering::is_ge)),
];

impl Operator {
    /// Returns the result for values of a simple type, without the session.
    fn quick(self, a: &Dynamic, b: &Dynamic) -> Option<bool> {
        match self {
            Self::Equal(expected) => quick_equal(a, b).map(|equal| equal == expected),
            Self::Order(test) => quick_order(a, b).map(|order| order.is_some_and(test)),
        }
    }

    fn apply(self, call: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> EvalResult<bool> {
        let context = CallContext::of(call)?;
        match self {
            Self::Equal(expected) => {
                let equal = match equal_outcomes(call, a, b)? {
                    Some(equal) => equal,
                    None => Comparison(&context).equal(a, b)?,
                };
                Ok(equal == expected)
            }
            Self::Order(test) => Comparison(&context).passes(a, b, test),
        }
    }
}

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
    let (int, float, text) = (TypeId::of::<INT>(), TypeId::of::<FLOAT>(), TypeId::of::<ImmutableString>());
    let (array, map) = (TypeId::of::<Array>(), TypeId::of::<Map>());
    // The language has functions for the first of these, which would have precedence. The engine finds the others sooner than
    // those for any type, and searches again for each call of a closure.
    let exact =
        [[int, float], [float, int], [array, array], [map, map], [int, int], [text, text], [float, float]];
    for types in exact.into_iter().chain([[any, any]]) {
        for (symbol, _, operator) in OPERATORS {
            bind_operator(module, symbol, types, operator);
        }
    }
    for (name, operator) in [
        ("eq", Operator::Equal(true)),
        ("ne", Operator::Equal(false)),
        ("lt", Operator::Order(Ordering::is_lt)),
        ("le", Operator::Order(Ordering::is_le)),
        ("gt", Operator::Order(Ordering::is_gt)),
        ("ge", Operator::Order(Ordering::is_ge)),
    ] {
        bind_operator(module, name, [any, any], operator);
    }
    bind_operator(module, EQUALS, [any, any], Operator::Equal(true));
    bind_searches(module);
    // The language has these for two numbers of one type.
    for (name, chosen) in [("min", Ordering::Greater), ("max", Ordering::Less)] {
        for types in [[any, any], [int, float], [float, int], [float, float]] {
            bind_choice(module, name, types, chosen);
        }
    }
}

/// Adds a function for the first of two values, or the second if the order of both is `second`.
fn bind_choice(module: &mut Module, name: &str, types: [TypeId; 2], second: Ordering) {
    bind_native(module, name, types, move |call, a, b| {
        // As in Rust, the other number counts if one is NaN.
        if b.as_float().is_ok_and(FLOAT::is_nan) {
            return Ok(a.clone());
        }
        let order = match quick_order(a, b) {
            Some(order) => order,
            None => Comparison(&*CallContext::of(call)?).order(a, b)?,
        };
        let is_second = order == Some(second) || a.as_float().is_ok_and(FLOAT::is_nan);
        Ok(if is_second { b } else { a }.clone())
    });
}

fn bind_operator(module: &mut Module, name: &str, types: [TypeId; 2], operator: Operator) {
    bind_native(module, name, types, move |call, a, b| {
        let result = match operator.quick(a, b) {
            Some(result) => result,
            None => operator.apply(call, a, b)?,
        };
        Ok(result.into())
    });
}

/// Adds a function of two values of these types, which gets them with their marks.
pub(super) fn bind_native(
    module: &mut Module,
    name: &str,
    types: [TypeId; 2],
    run: impl Fn(&NativeCallContext<'_>, &Dynamic, &Dynamic) -> EvalResult + Send + Sync + 'static,
) {
    let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| match (call, args) {
        (Some(call), [a, b]) => run(&call, a, b),
        _ => Err(ScriptError::new("cannot compare: expected two values").into()),
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
