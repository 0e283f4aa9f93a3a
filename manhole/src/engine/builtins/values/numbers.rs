//! The methods of numbers, with their meaning in Rust.
//!
//! A copy of a field knows its type, so `checked_add` and its kin have the range of that type.

use std::time::Duration;

use rhai::{Dynamic, FLOAT, INT, Module};

use super::arithmetic::{bind_typed, cut, keep_type};
use crate::engine::live::to_value;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, to_script, type_mark};
use crate::reflect::{Manhole, TypeInfo, Value};

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    bind_floats(module);
    bind_integers(module);
    bind_checked(module);
}

/// Adds the functions of floats, for integers too.
fn bind_floats(module: &mut Module) {
    type Function = fn(FLOAT) -> FLOAT;
    /// The language has these, for floats only.
    const OF_THE_LANGUAGE: [(&str, Function); 7] = [
        ("sqrt", FLOAT::sqrt),
        ("exp", FLOAT::exp),
        ("ln", FLOAT::ln),
        ("log", FLOAT::log10),
        ("sin", FLOAT::sin),
        ("cos", FLOAT::cos),
        ("tan", FLOAT::tan),
    ];
    const ROUNDINGS: [&str; 5] = ["floor", "round", "ceiling", "ceil", "trunc"];
    const OF_RUST: [(&str, Function); 5] = [
        ("fract", FLOAT::fract),
        ("cbrt", FLOAT::cbrt),
        ("log2", FLOAT::log2),
        ("log10", FLOAT::log10),
        ("recip", FLOAT::recip),
    ];
    for (name, function) in OF_THE_LANGUAGE {
        register(module, name, move |x: INT| function(x as FLOAT));
    }
    for (name, function) in OF_RUST {
        register(module, name, function);
        register(module, name, move |x: INT| function(x as FLOAT));
    }
    register(module, "to_string", |x: FLOAT| x.to_string());
    register(module, "ceil", FLOAT::ceil);
    register(module, "trunc", FLOAT::trunc);
    for name in ROUNDINGS {
        register(module, name, |x: INT| x);
    }
    register(module, "signum", |x: FLOAT| x.signum());
    register(module, "powi", |x: FLOAT, power: INT| x.powf(power as FLOAT));
    for name in ["powf", "pow"] {
        register(module, name, |x: FLOAT, power: FLOAT| x.powf(power));
        register(module, name, |x: FLOAT, power: INT| x.powf(power as FLOAT));
        register(module, name, |x: INT, power: FLOAT| (x as FLOAT).powf(power));
    }
    register(module, "rem_euclid", |x: FLOAT, y: FLOAT| x.rem_euclid(y));
    register(module, "div_euclid", |x: FLOAT, y: FLOAT| x.div_euclid(y));
    register(module, "copysign", |x: FLOAT, y: FLOAT| x.copysign(y));
    register(module, "atan2", |x: FLOAT, y: FLOAT| x.atan2(y));
    register(module, "mul_add", |x: FLOAT, times: FLOAT, plus: FLOAT| x.mul_add(times, plus));
    register(module, "is_sign_negative", |x: FLOAT| x.is_sign_negative());
    register(module, "is_sign_positive", |x: FLOAT| x.is_sign_positive());
    register(module, "clamp", |x: FLOAT, min: FLOAT, max: FLOAT| {
        check_bounds(min <= max).map(|()| x.clamp(min, max))
    });
}

fn check_bounds(are_in_order: bool) -> EvalResult<()> {
    let error = || ScriptError::new("cannot clamp the number: the minimum is larger than the maximum");
    are_in_order.then_some(()).ok_or_else(|| error().into())
}

fn bind_integers(module: &mut Module) {
    fn computed(name: &str, result: Option<INT>) -> EvalResult<INT> {
        let error = || ScriptError::new(format!("cannot compute `{name}`: the result does not fit into i64"));
        result.ok_or_else(|| error().into())
    }
    fn divided(name: &str, divisor: INT, result: Option<INT>) -> EvalResult<INT> {
        if divisor == 0 {
            return Err(ScriptError::new(format!("cannot compute `{name}`: division by zero")).into());
        }
        computed(name, result)
    }
    for name in ["pow", "powi"] {
        bind_typed(module, name, move |x: INT, power: INT| {
            computed(name, u32::try_from(power).ok().and_then(|power| x.checked_pow(power)))
        });
    }
    bind_typed(module, "rem_euclid", |x: INT, y: INT| divided("rem_euclid", y, x.checked_rem_euclid(y)));
    bind_typed(module, "div_euclid", |x: INT, y: INT| divided("div_euclid", y, x.checked_div_euclid(y)));
    register(module, "signum", |x: INT| x.signum());
    register(module, "is_positive", |x: INT| x > 0);
    register(module, "is_negative", |x: INT| x < 0);
    register(module, "is_positive", |x: i128| x > 0);
    register(module, "is_negative", |x: i128| x < 0);
    register(module, "is_power_of_two", |x: INT| x > 0 && x & (x - 1) == 0);
    type Compute = fn(INT) -> Option<INT>;
    const OF_POSITIVE: [(&str, Compute); 4] = [
        ("isqrt", |x| (x >= 0).then(|| floor_sqrt(x))),
        ("ilog2", |x| x.checked_ilog2().map(INT::from)),
        ("ilog10", |x| x.checked_ilog10().map(INT::from)),
        ("next_power_of_two", |x| INT::try_from(x.unsigned_abs().checked_next_power_of_two()?).ok()),
    ];
    for (name, compute) in OF_POSITIVE {
        register(module, name, move |x: INT| -> EvalResult<INT> {
            let error = || ScriptError::new(format!("cannot compute `{name}` of {x}"));
            compute(x).ok_or_else(|| error().into())
        });
    }
    register(module, "div_ceil", |x: INT, y: INT| {
        let floor = divided("div_ceil", y, x.checked_div(y))?;
        let is_larger = x % y != 0 && (x < 0) == (y < 0);
        EvalResult::Ok(floor + INT::from(is_larger))
    });
    type Count = fn(u128, u32) -> u32;
    const COUNTS: [(&str, Count); 6] = [
        ("count_ones", |x, _| x.count_ones()),
        ("leading_zeros", |x, bits| x.leading_zeros() + bits - u128::BITS),
        ("trailing_zeros", |x, bits| x.trailing_zeros().min(bits)),
        ("count_zeros", |x, bits| bits - x.count_ones()),
        ("leading_ones", |x, bits| (x << (u128::BITS - bits)).leading_ones()),
        ("trailing_ones", |x, _| x.trailing_ones()),
    ];
    for (name, count) in COUNTS {
        register(module, name, move |x: Dynamic| -> EvalResult<INT> {
            let (value, bits) = bits(&x, name)?;
            Ok(count(value, bits).into())
        });
    }
    bind_bits(module);
    register(module, "abs", |x: Dynamic| -> EvalResult {
        let abs = whole("abs", &x)?.checked_abs().ok_or_else(|| ScriptError::new("cannot compute `abs`"))?;
        Ok(keep_type(&x, to_script::integer(abs)))
    });
    register(module, "abs_diff", |x: INT, y: INT| to_script::integer(x.abs_diff(y).into()));
    register(module, "clamp", |x: INT, min: INT, max: INT| {
        check_bounds(min <= max).map(|()| x.clamp(min, max))
    });
}

/// Returns the type of an integer: `i32`, if a script wrote it without a type.
fn integer_type(x: &Dynamic) -> &'static TypeInfo {
    type_mark::integer_type(x).unwrap_or_else(i32::type_info)
}

/// Adds what moves the bits of an integer.
fn bind_bits(module: &mut Module) {
    type Move = fn(u128, u32, u32) -> u128;
    const MOVES: [(&str, Move); 4] = [
        (
            "rotate_left",
            |x, by, bits| if by % bits == 0 { x } else { x << (by % bits) | x >> (bits - by % bits) },
        ),
        (
            "rotate_right",
            |x, by, bits| if by % bits == 0 { x } else { x >> (by % bits) | x << (bits - by % bits) },
        ),
        ("wrapping_shl", |x, by, bits| x << (by % bits)),
        ("wrapping_shr", |x, by, bits| x >> (by % bits)),
    ];
    for (name, moved) in MOVES {
        register(module, name, move |x: Dynamic, by: INT| moved_bits(name, &x, by, moved));
    }
    fn moved_bits(name: &str, x: &Dynamic, by: INT, moved: Move) -> EvalResult {
        let by = u32::try_from(by).map_err(|_| ScriptError::new(format!("`{name}` takes 0 or more")))?;
        let (value, bits) = bits(x, name)?;
        Ok(cut(integer_type(x), moved(value, by, bits)))
    }
    for (name, is_bytes) in [("reverse_bits", false), ("swap_bytes", true)] {
        register(module, name, move |x: Dynamic| -> EvalResult {
            let (value, bits) = bits(&x, name)?;
            let reversed = if is_bytes { value.swap_bytes() } else { value.reverse_bits() };
            Ok(cut(integer_type(&x), reversed >> (u128::BITS - bits)))
        });
    }
}

/// Returns the integer part of a square root.
#[expect(clippy::cast_possible_truncation, reason = "the root is corrected below")]
fn floor_sqrt(x: INT) -> INT {
    let mut root = (x as FLOAT).sqrt() as INT;
    while root.checked_mul(root).is_none_or(|square| square > x) {
        root -= 1;
    }
    while (root + 1).checked_mul(root + 1).is_some_and(|square| square <= x) {
        root += 1;
    }
    root
}

/// Returns the bits of an integer, and how many its type has: 32 for one of a script.
fn bits(x: &Dynamic, name: &str) -> EvalResult<(u128, u32)> {
    let range = type_mark::marked_type(x).map(type_mark::strip_wrappers).and_then(type_mark::integer_range);
    let bits = range.map_or(32, |(min, max)| u128::BITS - max.leading_zeros() + u32::from(min < 0));
    let mask = u128::MAX >> (u128::BITS - bits);
    match to_value(x)? {
        #[expect(clippy::cast_sign_loss, reason = "the bits count")]
        Value::Int(value) => Ok((value as u128 & mask, bits)),
        Value::Uint(value) => Ok((value, bits)),
        _ => Err(ScriptError::new(format!("`{name}` takes an integer")).into()),
    }
}

/// What happens to a result that does not fit into the type of the first operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overflow {
    /// The result is `None`.
    Check,
    /// The result is the nearest value of the type.
    Saturate,
    /// The result wraps around.
    Wrap,
    /// The result wraps around, and comes with whether it did.
    Report,
}

fn bind_checked(module: &mut Module) {
    type Compute = fn(i128, i128) -> Option<i128>;
    const OPERATIONS: [(&str, Compute); 8] = [
        ("add", i128::checked_add),
        ("sub", i128::checked_sub),
        ("mul", i128::checked_mul),
        ("div", i128::checked_div),
        ("rem", i128::checked_rem),
        ("div_euclid", i128::checked_div_euclid),
        ("rem_euclid", i128::checked_rem_euclid),
        ("pow", |x, power| x.checked_pow(u32::try_from(power).ok()?)),
    ];
    const PREFIXES: [(&str, Overflow); 4] = [
        ("checked", Overflow::Check),
        ("saturating", Overflow::Saturate),
        ("wrapping", Overflow::Wrap),
        ("overflowing", Overflow::Report),
    ];
    for (prefix, overflow) in PREFIXES {
        for (operation, compute) in OPERATIONS {
            let name = format!("{prefix}_{operation}");
            register(module, &name.clone(), move |a: Dynamic, b: Dynamic| -> EvalResult {
                if let (Ok(Value::Duration(x)), Ok(Value::Duration(y))) = (to_value(&a), to_value(&b)) {
                    return duration(operation, (x, y), overflow);
                }
                let (x, y) = (whole(&name, &a)?, whole(&name, &b)?);
                match (compute(x, y), overflow) {
                    (Some(result), _) => {
                        let other = if operation == "pow" { &a } else { &b };
                        fit(&name, (&a, other), result, overflow)
                    }
                    (None, Overflow::Check) => Ok(to_script::none()),
                    (None, _) => {
                        Err(ScriptError::new(format!("cannot compute `{name}` of {x} and {y}")).into())
                    }
                }
            });
        }
        for (operation, compute) in
            [("neg", i128::checked_neg as fn(i128) -> Option<i128>), ("abs", i128::checked_abs)]
        {
            let name = format!("{prefix}_{operation}");
            register(module, &name.clone(), move |a: Dynamic| -> EvalResult {
                match compute(whole(&name, &a)?) {
                    Some(result) => fit(&name, (&a, &a), result, overflow),
                    None => Ok(to_script::none()),
                }
            });
        }
    }
    register(module, "unsigned_abs", |a: Dynamic| -> EvalResult {
        Ok(Dynamic::from(whole("unsigned_abs", &a)?.unsigned_abs())).map(|abs: Dynamic| {
            let small = abs.clone().try_cast::<u128>().and_then(|abs| i128::try_from(abs).ok());
            small.map_or(abs, to_script::integer)
        })
    });
}

/// Returns the value of an integer.
fn whole(name: &str, value: &Dynamic) -> ScriptResult<i128> {
    match to_value(value) {
        Ok(Value::Int(value)) => Ok(value),
        _ => Err(ScriptError::new(format!("`{name}` takes integers"))),
    }
}

/// Adds or subtracts durations.
fn duration(operation: &str, (x, y): (Duration, Duration), overflow: Overflow) -> EvalResult {
    let (result, nearest) = match operation {
        "add" => (x.checked_add(y), Duration::MAX),
        "sub" => (x.checked_sub(y), Duration::ZERO),
        _ => return Err(ScriptError::new(format!("cannot compute `{operation}` of durations")).into()),
    };
    Ok(match (result, overflow) {
        (Some(result), _) => Dynamic::from(result),
        (None, Overflow::Saturate) => Dynamic::from(nearest),
        (None, _) => to_script::none(),
    })
}

/// Converts the result of an operation on two integers, of which one may have a type.
fn fit(name: &str, (a, b): (&Dynamic, &Dynamic), result: i128, overflow: Overflow) -> EvalResult {
    let info = type_mark::integer_type(a).or_else(|| type_mark::integer_type(b));
    if info.is_none() {
        check_result(name, (a, b), result)?;
    }
    let (min, max) =
        info.and_then(type_mark::integer_range).unwrap_or((INT::MIN.into(), INT::MAX.unsigned_abs().into()));
    let max = i128::try_from(max).unwrap_or(i128::MAX);
    let fits = (min..=max).contains(&result);
    let result = match overflow {
        _ if fits => result,
        Overflow::Check => return Ok(to_script::none()),
        Overflow::Saturate => result.clamp(min, max),
        Overflow::Wrap | Overflow::Report => {
            match max.checked_sub(min).and_then(|span| span.checked_add(1)) {
                Some(span) => (result - min).rem_euclid(span) + min,
                None => result,
            }
        }
    };
    let result = to_script::integer(result);
    let result = info.map_or(result.clone(), |info| type_mark::mark(result, info));
    Ok(match overflow {
        Overflow::Report => Dynamic::from_array(vec![result, (!fits).into()]),
        Overflow::Check => to_script::some(result),
        Overflow::Saturate | Overflow::Wrap => result,
    })
}

/// Refuses a result that differs between the types that an integer without a type may have in Rust.
fn check_result(name: &str, (a, b): (&Dynamic, &Dynamic), result: i128) -> ScriptResult<()> {
    let is_small = |value: &Dynamic| value.as_int().is_ok_and(|value| i32::try_from(value).is_ok());
    let is_positive = |value: &Dynamic| value.as_int().is_ok_and(|value| value >= 0);
    let is_beyond = is_small(a) && is_small(b) && i32::try_from(result).is_err();
    let is_below = result < 0 && is_positive(a) && is_positive(b);
    // Data of the application has numbers of any type.
    let is_data = [a, b].into_iter().any(type_mark::is_marked) && !(0..=127).contains(&result);
    if !is_beyond && !is_below && !is_data {
        return Ok(());
    }
    let message = format!("cannot compute `{name}`: the result depends on the type of {a}, which is unknown");
    Err(ScriptError::new(message)
        .with_help(format!("write the type: (x as usize).{name}(y), {a}_u32.{name}(y)")))
}
