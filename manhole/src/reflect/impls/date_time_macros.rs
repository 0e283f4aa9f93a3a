//! Macros for dates, times and durations of other crates: all are written as strings, some are points in time.

use std::time::{Duration, SystemTime};

use crate::reflect::model::{Manhole, TypeInfo, Value, ValueError, has_rfc3339};
use crate::reflect::text::times::DurationText;

/// Implements a leaf that is parsed from a string, and converted from a time if `point` is given.
macro_rules! date_time_leaf {
    (
        $ty:ty, $name:literal, $example:literal, |$this:ident| $read:expr, |$text:ident| $parsed:expr
        $(, |$time:ident| $converted:expr)?
    ) => {
        $crate::reflect::impls::leaf_macro::leaf!($ty, $name, |$this| $read, |value| {
            #[allow(unused_imports, reason = "dates are no points in time")]
            use $crate::reflect::model::Manhole as _;
            use $crate::reflect::model::{Value, ValueError};

            let made: Option<Self> = match &value {
                $(Value::Text(text) if $crate::reflect::text::times::FromNow::parse(text).is_some() => {
                    let $time = &std::time::SystemTime::from_value(value.clone())?;
                    $converted
                })?
                Value::Text($text) => $parsed,
                $(Value::Time($time) => $converted,)?
                value => {
                    let expected = concat!("a string such as \"", $example, "\"");
                    return Err(ValueError::wrong_kind(Self::type_info(), expected, value));
                }
            };
            made.ok_or_else(|| ValueError::wrong_format($name, concat!('"', $example, '"'), &value))
        });
    };
}

pub(super) use date_time_leaf;

/// Converts to a time where RFC 3339 can represent it, so that scripts can compare it, and otherwise to the `text` of its
/// crate.
pub(super) fn point(time: Option<SystemTime>, text: impl FnOnce() -> String) -> Value<'static> {
    match time {
        Some(time) if has_rfc3339(time) => Value::Time(time),
        _ => Value::from(text()),
    }
}

/// Converts a duration that may be negative, which a script's durations cannot be.
pub(super) fn span(negative: bool, length: Duration) -> Value<'static> {
    if negative { Value::from(format!("-{}", DurationText(length))) } else { Value::Duration(length) }
}

/// Returns whether a duration is negative, and its length.
pub(super) fn convert_span(
    info: &'static TypeInfo,
    value: Value<'_>,
) -> Result<(bool, Duration), ValueError> {
    match &value {
        Value::Text(text) if text.starts_with('-') => {
            Duration::from_value(Value::from(&text[1..])).map(|length| (true, length))
        }
        Value::Text(_) | Value::Duration(_) => Duration::from_value(value).map(|length| (false, length)),
        value => Err(ValueError::wrong_kind(info, "a duration such as \"1.5s\" or \"-1.5s\"", value)),
    }
}

/// Implements a leaf for a duration that may be negative.
macro_rules! duration_leaf {
    ($ty:ty, $name:literal, |$this:ident| $read:expr, |$negative:ident, $length:ident| $made:expr) => {
        $crate::reflect::impls::leaf_macro::leaf!($ty, $name, |$this| $read, |value| {
            let ($negative, $length) =
                $crate::reflect::impls::date_time_macros::convert_span(Self::type_info(), value)?;
            let made: Option<Self> = $made;
            made.ok_or_else(|| {
                let message = format!(
                    concat!("{} is too long for a ", $name),
                    $crate::reflect::model::Value::Duration($length)
                );
                $crate::reflect::model::ValueError::new(message)
            })
        });
    };
}

pub(super) use duration_leaf;

#[cfg(test)]
pub(super) mod test_support {
    use crate::reflect::model::{Manhole, Shape, Value};

    pub(in crate::reflect::impls) fn seen(value: &dyn Manhole) -> Value<'static> {
        let Shape::Leaf(seen) = value.reflect().into_shape() else { panic!("a leaf") };
        seen.into_owned()
    }

    /// Asserts that a script can write a value as it reads it, and as it is shown.
    pub(in crate::reflect::impls) fn assert_round_trip<T: Manhole + PartialEq + std::fmt::Debug>(value: &T) {
        assert_eq!(&T::from_value(seen(value)).unwrap(), value);
        let shown = match seen(value) {
            Value::Text(text) => text.into_owned(),
            other => other.to_string(),
        };
        assert_eq!(&T::from_value(Value::from(shown)).unwrap(), value);
    }
}
