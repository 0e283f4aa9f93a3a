//! Macros for dates, times and durations of other crates: all are written as strings, some are points in time.

use std::time::{Duration, SystemTime};

use crate::reflect::model::{Manhole, TypeInfo, Value, ValueError};

/// Implements a leaf that is parsed from a string, and converted from a time if `point` is given.
macro_rules! date_time_leaf {
    (
        $ty:ty, $name:literal, $example:literal, |$this:ident| $read:expr, |$text:ident| $parsed:expr
        $(, |$time:ident| $converted:expr)?
    ) => {
        impl $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                const { &$crate::reflect::model::TypeInfo::new($name, $crate::reflect::model::TypeKind::Leaf) }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                let $this = self;
                $crate::reflect::model::Node::leaf::<Self>($read)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: $crate::reflect::model::Value<'_>) -> Result<(), $crate::reflect::model::ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: $crate::reflect::model::Value<'_>) -> Result<Self, $crate::reflect::model::ValueError> {
                use $crate::reflect::model::{Value, ValueError};

                let made: Option<Self> = match &value {
                    Value::Text($text) => $parsed,
                    $(Value::Time($time) => $converted,)?
                    value => {
                        let expected = concat!("a string such as \"", $example, "\"");
                        return Err(ValueError::wrong_kind(Self::type_info(), expected, value));
                    }
                };
                made.ok_or_else(|| ValueError::wrong_format($name, concat!('"', $example, '"'), &value))
            }
        }
    };
}

pub(super) use date_time_leaf;

/// Converts to a time where RFC 3339 can represent it, so that scripts can compare it, and otherwise to the `text` of its
/// crate.
pub(super) fn point(time: Option<SystemTime>, text: impl FnOnce() -> String) -> Value<'static> {
    /// The last second that RFC 3339 can represent: the end of the year 9999.
    const LAST: u64 = 253_402_300_799;

    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    match (time, since) {
        (Some(time), Some(since)) if since.as_secs() <= LAST => Value::Time(time),
        _ => Value::from(text()),
    }
}

/// Converts a duration that may be negative, which a script's durations cannot be.
pub(super) fn span(negative: bool, length: Duration) -> Value<'static> {
    if negative { Value::from(format!("-{length:?}")) } else { Value::Duration(length) }
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
        impl $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                const { &$crate::reflect::model::TypeInfo::new($name, $crate::reflect::model::TypeKind::Leaf) }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                let $this = self;
                $crate::reflect::model::Node::leaf::<Self>($read)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::leaf::<Self>()
            }

            fn write(
                &mut self,
                value: $crate::reflect::model::Value<'_>,
            ) -> Result<(), $crate::reflect::model::ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: $crate::reflect::model::Value<'_>) -> Result<Self, $crate::reflect::model::ValueError> {
                let ($negative, $length) =
                    $crate::reflect::impls::date_time_macros::convert_span(Self::type_info(), value)?;
                let made: Option<Self> = $made;
                made.ok_or_else(|| {
                    $crate::reflect::model::ValueError::new(format!(
                        concat!("{:?} is too long for a ", $name),
                        $length
                    ))
                })
            }
        }
    };
}

pub(super) use duration_leaf;
