//! Equality and order of values.

use std::cmp::Ordering;
#[cfg(feature = "console")]
use std::time::{Duration, Instant, SystemTime};

#[cfg(feature = "console")]
use super::error::ValueError;
use super::value::Value;
#[cfg(feature = "console")]
use crate::reflect::model::manhole::Manhole;
#[cfg(feature = "console")]
use crate::reflect::text::times::{FromNow, distance};

impl Value<'_> {
    /// Returns whether both values are the same. NaN equals NaN, and a 32-bit float equals the 64-bit float with the
    /// same decimal form.
    ///
    /// ```
    /// use manhole::reflect::Value;
    ///
    /// assert!(Value::from(f64::NAN).same(&Value::from(f64::NAN)));
    /// assert!(Value::F32(0.1).same(&Value::Float(0.1)));
    /// assert!(!Value::from(1).same(&Value::from(1.0)));
    /// ```
    #[must_use]
    pub fn same(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
            (Self::F32(a), Value::Float(b)) => a.to_bits() == (*b as f32).to_bits(),
            (Self::Float(_), Value::F32(_)) => other.same(self),
            (Self::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Self::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0.same(&b.0) && a.1.same(&b.1))
            }
            (a, b) => *a == *b,
        }
    }

    /// Compares two values: numbers by size, whatever their types, strings by their characters, lists by the first items
    /// that differ, and values of different kinds by their kind. NaN is the largest number. As in Rust, `None` is less than every
    /// value.
    ///
    /// ```
    /// use std::cmp::Ordering;
    ///
    /// use manhole::reflect::Value;
    ///
    /// assert_eq!(Value::from(1).order(&Value::from(1.5)), Ordering::Less);
    /// assert_eq!(Value::from("b").order(&Value::from("a")), Ordering::Greater);
    /// assert_eq!(Value::from(f64::NAN).order(&Value::from(u128::MAX)), Ordering::Greater);
    /// ```
    #[must_use]
    pub fn order(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Self::Unit, Value::Unit) => Ordering::Equal,
            (Self::Unit, _) => Ordering::Less,
            (_, Value::Unit) => Ordering::Greater,
            (Self::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Self::Int(a), Value::Int(b)) => a.cmp(b),
            (Self::Uint(a), Value::Uint(b)) => a.cmp(b),
            (Self::Int(_), Value::Uint(_)) => Ordering::Less,
            (Self::Uint(_), Value::Int(_)) => Ordering::Greater,
            (Self::Char(a), Value::Char(b)) => a.cmp(b),
            (Self::Text(a), Value::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Self::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Self::Time(a), Value::Time(b)) => a.cmp(b),
            (Self::Instant(a), Value::Instant(b)) => a.cmp(b),
            (Self::List(a), Value::List(b)) => {
                let differing = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                differing.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            // Compares exactly: with rounding, the order of three numbers could be contradictory.
            (Self::Int(a), Value::F32(_) | Value::Float(_)) => integer_and_float(*a, other.as_float()),
            (Self::F32(_) | Self::Float(_), Value::Int(b)) => {
                integer_and_float(*b, self.as_float()).reverse()
            }
            (Self::Uint(a), Value::F32(_) | Value::Float(_)) => large_and_float(*a, other.as_float()),
            (Self::F32(_) | Self::Float(_), Value::Uint(b)) => large_and_float(*b, self.as_float()).reverse(),
            _ => match (self.as_float(), other.as_float()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
                _ => self.kind().cmp(other.kind()),
            },
        }
    }
}

/// Compares a duration, a time or an instant with another one or with the text of one. Returns `None` if neither
/// is one, or if both are times of kinds that have no order.
///
/// An instant compares with a duration by its distance from now, whether it is past or future: `last_seen > "5m"`,
/// `expires_at < "5m"`.
///
/// # Errors
///
/// If the text is not valid.
#[cfg(feature = "console")]
pub(crate) fn compare_times(a: &Value<'_>, b: &Value<'_>) -> Option<Result<Ordering, ValueError>> {
    Some(match (a, b) {
        (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Ok(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Ok(a.cmp(b)),
        (Value::Instant(a), Value::Duration(b)) => compare_distance(*a, *b),
        (Value::Instant(a), Value::Text(text)) if FromNow::parse(text).is_none() => {
            match Duration::from_value(b.clone()) {
                Ok(b) => compare_distance(*a, b),
                // It is none of both, so the error is about the form of an instant.
                Err(_) => Instant::from_value(b.clone()).map(|b| a.cmp(&b)),
            }
        }
        (Value::Instant(a), Value::Text(_)) => Instant::from_value(b.clone()).map(|b| a.cmp(&b)),
        (Value::Duration(a), Value::Text(_)) => Duration::from_value(b.clone()).map(|b| a.cmp(&b)),
        (Value::Time(a), Value::Text(_)) => SystemTime::from_value(b.clone()).map(|b| a.cmp(&b)),
        (Value::Text(_), Value::Duration(_) | Value::Time(_) | Value::Instant(_))
        | (Value::Duration(_), Value::Instant(_)) => {
            return compare_times(b, a).map(|order| order.map(Ordering::reverse));
        }
        _ => return None,
    })
}

#[cfg(feature = "console")]
fn compare_distance(instant: Instant, duration: Duration) -> Result<Ordering, ValueError> {
    // Every distance is longer, also that of a deadline that is over.
    if duration.is_zero() {
        return Err(ValueError::new("no instant is 0s from now for long; compare it with \"now\""));
    }
    Ok(distance(instant, Instant::now()).cmp(&duration))
}

/// Compares an integer and a float. NaN is the largest.
fn integer_and_float(integer: i128, float: Option<f64>) -> Ordering {
    let float = float.unwrap_or(f64::NAN);
    if float.is_nan() {
        return Ordering::Less;
    }
    // A conversion saturates: a float beyond all integers becomes the largest, and is larger than it.
    let whole = float.trunc() as i128;
    integer.cmp(&whole).then_with(|| (whole as f64).partial_cmp(&float).unwrap_or(Ordering::Equal))
}

/// Compares an integer above `i128::MAX` and a float in the same way.
fn large_and_float(integer: u128, float: Option<f64>) -> Ordering {
    let float = float.unwrap_or(f64::NAN);
    if float.is_nan() {
        return Ordering::Less;
    }
    let whole = float.trunc() as u128;
    integer.cmp(&whole).then_with(|| (whole as f64).partial_cmp(&float).unwrap_or(Ordering::Equal))
}
