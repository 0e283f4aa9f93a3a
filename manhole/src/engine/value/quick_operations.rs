//! Operations on two values whose result is certain at once. The operators of scripts begin with them.

use std::cmp::Ordering;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use rhai::{Dynamic, FLOAT, INT};

use super::type_mark;
use crate::reflect::TypeInfo;

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

/// Returns whether two values of the same simple type are equal, or `None` if that takes more.
pub(crate) fn quick_equal(a: &Dynamic, b: &Dynamic) -> Option<bool> {
    if let (Ok(x), Ok(y)) = (a.as_int(), b.as_int()) {
        return (x == y || type_mark::surely_fits(a, y) && type_mark::surely_fits(b, x)).then_some(x == y);
    }
    let order = quick_order(a, b)?;
    let is_equal = order == Some(Ordering::Equal);
    (is_equal || !type_mark::is_marked(a) && !type_mark::is_marked(b)).then_some(is_equal)
}

/// Returns the order of two values of the same simple type, or `None` for all others. One that is not a number has no order.
pub(crate) fn quick_order(a: &Dynamic, b: &Dynamic) -> Option<Option<Ordering>> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Some(Some(a.cmp(&b)));
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return Some(a.partial_cmp(&b));
    }
    if let (Ok(first), Ok(second)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        let types = [a, b].map(type_mark::marked_type);
        return Some(Some(order_of_texts(&first, &second, types)));
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return Some(Some(a.cmp(&b)));
    }
    let (a, b) = (a.read_lock::<Duration>()?, b.read_lock::<Duration>()?);
    Some(Some(a.cmp(&b)))
}

/// Returns the order of two texts. That of two addresses is not that of their texts.
pub(crate) fn order_of_texts(a: &str, b: &str, types: [Option<&'static TypeInfo>; 2]) -> Ordering {
    fn order<T: FromStr + Ord>(a: &str, b: &str) -> Option<Ordering> {
        Some(a.parse::<T>().ok()?.cmp(&b.parse::<T>().ok()?))
    }
    let are_addresses = types.into_iter().flatten().any(type_mark::is_address);
    let of_addresses = || order::<IpAddr>(a, b).or_else(|| order::<SocketAddr>(a, b));
    let order = if are_addresses { of_addresses() } else { None };
    order.unwrap_or_else(|| a.cmp(b))
}
