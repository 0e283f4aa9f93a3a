//! Arithmetic that keeps the types of integers.
//!
//! The language computes with 64 bits, and its results have no type. Here the result of an integer of a known type has that type, so
//! that `(x.level + 1).checked_add(250)` has the range of `x.level`. A result that does not fit is a number without a type.

use std::any::TypeId;

use rhai::{
    Dynamic, EvalAltResult, FLOAT, FuncRegistration, INT, Module, NativeCallContext, Position, RhaiFunc,
    Shared,
};

use crate::engine::live::to_value;
use crate::engine::value::{EvalResult, ScriptError, quick_compute, to_script, type_mark, wide_integer};
use crate::reflect::{Manhole, TypeInfo, Value};

/// The operators of integers.
const SYMBOLS: [&str; 10] = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"];

/// Adds the operators.
pub(super) fn bind(module: &mut Module) {
    let (int, signed, unsigned) = (TypeId::of::<INT>(), TypeId::of::<i128>(), TypeId::of::<u128>());
    for symbol in SYMBOLS {
        for first in [int, signed, unsigned] {
            for second in [int, signed, unsigned] {
                bind_operator(module, symbol, &[first, second], computed);
            }
        }
    }
    let float = TypeId::of::<FLOAT>();
    for symbol in ["+", "-", "*", "/", "%"] {
        bind_operator(module, symbol, &[float, float], computed_float);
    }
    bind_raw(module, "-", &[int], |args| match args {
        [a] => {
            let negative =
                int_of(a).checked_neg().map_or_else(|| Dynamic::from(-i128::from(int_of(a))), Dynamic::from);
            Ok(keep_type(a, negative))
        }
        _ => Err(ScriptError::new("cannot compute: expected a value").into()),
    });
}

/// Adds an operator, and the assignment with it.
fn bind_operator(
    module: &mut Module,
    symbol: &'static str,
    types: &[TypeId],
    compute: fn(&str, &Dynamic, &Dynamic) -> EvalResult,
) {
    let wrong = || ScriptError::new("cannot compute: expected two values").into();
    bind_raw(module, symbol, types, move |args| match args {
        [a, b] => compute(symbol, a, b),
        _ => Err(wrong()),
    });
    let assign = move |_: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| match args {
        [a, b] => {
            **a = compute(symbol, a, b)?;
            Ok(Dynamic::UNIT)
        }
        _ => Err(wrong()),
    };
    let assign = RhaiFunc::Method {
        func: Shared::new(assign),
        has_context: false,
        is_pure: false,
        is_volatile: false,
    };
    let name = format!("{symbol}=");
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, assign);
}

/// Computes with floats, with those of an `f32` if one of them is.
fn computed_float(symbol: &str, a: &Dynamic, b: &Dynamic) -> EvalResult {
    macro_rules! result {
        ($x:expr, $y:expr) => {
            match symbol {
                "+" => $x + $y,
                "-" => $x - $y,
                "*" => $x * $y,
                "/" => $x / $y,
                _ => $x % $y,
            }
        };
    }
    let (x, y) = (a.as_float().unwrap_or_default(), b.as_float().unwrap_or_default());
    if is_single(a) && (is_single(b) || !type_mark::is_marked(b)) || is_single(b) && !type_mark::is_marked(a)
    {
        #[expect(clippy::cast_possible_truncation, reason = "they are of an `f32`")]
        let result = result!(x as f32, y as f32);
        return Ok(single_float(result.into(), f32::type_info()));
    }
    Ok(result!(x, y).into())
}

/// Returns whether a float is of an `f32`.
pub(in crate::engine::builtins) fn is_single(value: &Dynamic) -> bool {
    type_mark::is_marked(value)
        && type_mark::marked_type(value).is_some_and(|info| type_mark::strip_wrappers(info).name == "f32")
}

/// Returns a float rounded to an `f32`.
pub(in crate::engine::builtins) fn single_float(value: FLOAT, info: &'static TypeInfo) -> Dynamic {
    #[expect(clippy::cast_possible_truncation, reason = "as `f32` is")]
    let rounded = to_script::widen(value as f32);
    type_mark::mark(rounded.into(), info)
}

/// Adds a function that sees the marks of its arguments.
pub(super) fn bind_raw(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    run: impl Fn(&[&mut Dynamic]) -> EvalResult + Send + Sync + 'static,
) {
    let func = move |_: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| run(args);
    let func =
        RhaiFunc::Pure { func: Shared::new(func), has_context: false, is_pure: true, is_volatile: false };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}

/// Adds a function of two integers whose result has the type of the first one.
pub(super) fn bind_typed(
    module: &mut Module,
    name: &str,
    compute: impl Fn(INT, INT) -> EvalResult<INT> + Send + Sync + 'static,
) {
    let int = TypeId::of::<INT>();
    bind_raw(module, name, &[int, int], move |args| match args {
        [a, b] => Ok(keep_type(a, compute(int_of(a), int_of(b))?.into())),
        _ => Err(ScriptError::new("cannot compute: expected two values").into()),
    });
}

fn int_of(value: &Dynamic) -> INT {
    value.as_int().unwrap_or_default()
}

/// Returns `result` with the integer type of `operand`, if it has one that the result fits into.
pub(super) fn keep_type(operand: &Dynamic, result: Dynamic) -> Dynamic {
    match type_mark::integer_type(operand) {
        Some(info) => with_type(result, info),
        None => result,
    }
}

fn with_type(result: Dynamic, info: &'static TypeInfo) -> Dynamic {
    if type_mark::fits(&result, info) { type_mark::mark(result, info) } else { result }
}

fn computed(symbol: &str, a: &Dynamic, b: &Dynamic) -> EvalResult {
    if let Some(result) = quick_compute(symbol, a, b) {
        return Ok(result);
    }
    if !type_mark::is_marked(a) && !type_mark::is_marked(b) {
        if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
            return plain(symbol, a, b);
        }
    }
    let is_shift = matches!(symbol, "<<" | ">>");
    let info = match (type_mark::integer_type(a), type_mark::integer_type(b)) {
        (Some(info), _) if is_shift => Some(info),
        (Some(info), None) => Some(info),
        (None, Some(info)) if !is_shift => Some(info),
        (Some(first), Some(second)) if first.name == second.name => Some(first),
        _ => None,
    };
    if let (Some(info), "<<") = (info, symbol) {
        return shifted_left(info, a, b);
    }
    let result = wide_integer::compute(symbol, a, b)?;
    Ok(info.map_or(result.clone(), |info| with_type(result, info)))
}

/// Shifts an integer of a type, whose upper bits are lost.
fn shifted_left(info: &'static TypeInfo, a: &Dynamic, b: &Dynamic) -> EvalResult {
    let bits = bits_of(info);
    let by = b.as_int().ok().and_then(|by| u32::try_from(by).ok()).filter(|by| *by < bits);
    let Some(by) = by else {
        let message = format!("cannot compute {a} << {b}: {} has {bits} bits", info.name);
        return Err(ScriptError::new(message).into());
    };
    #[expect(clippy::cast_sign_loss, reason = "the bits count")]
    let value = match to_value(a)? {
        Value::Int(value) => value as u128,
        Value::Uint(value) => value,
        _ => 0,
    };
    Ok(cut(info, value << by))
}

/// Returns how many bits an integer type has.
pub(super) fn bits_of(info: &TypeInfo) -> u32 {
    let (min, max) = type_mark::integer_range(info).unwrap_or((0, u128::MAX));
    u128::BITS - max.leading_zeros() + u32::from(min < 0)
}

/// Returns the integer of the type `info` with the lower bits of `value`.
#[expect(clippy::cast_possible_wrap, reason = "the bits count")]
pub(super) fn cut(info: &'static TypeInfo, value: u128) -> Dynamic {
    let unused = u128::BITS - bits_of(info);
    let is_signed = type_mark::integer_range(info).is_some_and(|(min, _)| min < 0);
    let upper = value << unused;
    let result = if is_signed {
        to_script::integer(upper as i128 >> unused)
    } else {
        i128::try_from(upper >> unused).map_or_else(|_| Dynamic::from(upper >> unused), to_script::integer)
    };
    type_mark::mark(result, info)
}

/// Computes with 64 bits, with the errors of the language.
fn plain(symbol: &str, a: INT, b: INT) -> EvalResult {
    let (name, result) = match symbol {
        "+" => ("Addition", a.checked_add(b)),
        "-" => ("Subtraction", a.checked_sub(b)),
        "*" => ("Multiplication", a.checked_mul(b)),
        "/" | "%" if b == 0 => {
            let error = format!("Division by zero: {a} {symbol} {b}");
            return Err(EvalAltResult::ErrorArithmetic(error, Position::NONE).into());
        }
        "/" => ("Division", a.checked_div(b)),
        "%" => ("Remainder", a.checked_rem(b)),
        "&" => ("", Some(a & b)),
        "|" => ("", Some(a | b)),
        "^" => ("", Some(a ^ b)),
        _ => ("Shift", shifted(symbol, a, b)),
    };
    let error =
        || EvalAltResult::ErrorArithmetic(format!("{name} overflow: {a} {symbol} {b}"), Position::NONE);
    Ok(result.ok_or_else(error)?.into())
}

/// Shifts as the language does: by 64 bits or more nothing is left, and a negative number shifts in the other direction.
fn shifted(symbol: &str, a: INT, b: INT) -> Option<INT> {
    let is_left = (symbol == "<<") == (b >= 0);
    let bits = u32::try_from(b.unsigned_abs()).unwrap_or(u32::MAX);
    Some(if is_left {
        a.checked_shl(bits).unwrap_or(0)
    } else {
        a.checked_shr(bits).unwrap_or(if a < 0 { -1 } else { 0 })
    })
}
