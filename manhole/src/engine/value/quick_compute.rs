//! Arithmetic on two numbers whose result is certain at once. The operators of scripts begin with it.

use rhai::{Dynamic, FLOAT, INT};

use super::type_mark;

/// Returns the result of an operator, or `None` if that takes more, for example because it is an error or does not fit.
pub(crate) fn quick_compute(symbol: &str, a: &Dynamic, b: &Dynamic) -> Option<Dynamic> {
    if let (Ok(x), Ok(y)) = (a.as_int(), b.as_int()) {
        let result = integer(symbol, x, y)?;
        return type_mark::with_common_type(result, a, b);
    }
    let (x, y) = (float(a)?, float(b)?);
    Some(Dynamic::from(match symbol {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "/" => x / y,
        "%" => x % y,
        _ => return None,
    }))
}

fn integer(symbol: &str, a: INT, b: INT) -> Option<INT> {
    match symbol {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" => a.checked_rem(b),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        _ => None,
    }
}

/// Returns a float that is no `f32`.
fn float(value: &Dynamic) -> Option<FLOAT> {
    value.as_float().ok().filter(|_| !type_mark::is_marked(value) || type_mark::is_f64(value))
}
