//! What dates, times and spans of different crates have in common: all are written as a text, some are a point of time as well.

use std::time::{Duration, SystemTime};

use crate::reflect::model::{Manhole, TypeInfo, Value, ValueError};

/// A leaf that is read from a text, and from a point of time if it is given how.
macro_rules! calendar_leaf {
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
                made.ok_or_else(|| ValueError::misspelt($name, concat!('"', $example, '"'), &value))
            }
        }
    };
}

pub(super) use calendar_leaf;

/// A point of time where RFC 3339 can write it, so that scripts can compare it, and otherwise the `text` that its crate writes.
pub(super) fn point(time: Option<SystemTime>, text: impl FnOnce() -> String) -> Value<'static> {
    /// The last second that RFC 3339 can write: the end of the year 9999.
    const LAST: u64 = 253_402_300_799;

    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    match (time, since) {
        (Some(time), Some(since)) if since.as_secs() <= LAST => Value::Time(time),
        _ => Value::from(text()),
    }
}

/// A span of time that may be negative, which a script's durations are not.
pub(super) fn span(negative: bool, length: Duration) -> Value<'static> {
    if negative { Value::from(format!("-{length:?}")) } else { Value::Duration(length) }
}

/// Whether a span is negative, and how long it is.
pub(super) fn made_span(info: &'static TypeInfo, value: Value<'_>) -> Result<(bool, Duration), ValueError> {
    match &value {
        Value::Text(text) if text.starts_with('-') => {
            Duration::from_value(Value::from(&text[1..])).map(|length| (true, length))
        }
        Value::Text(_) | Value::Duration(_) => Duration::from_value(value).map(|length| (false, length)),
        value => Err(ValueError::wrong_kind(info, "a duration such as \"1.5s\" or \"-1.5s\"", value)),
    }
}

/// A leaf for a span that may be negative.
macro_rules! span_leaf {
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
                    $crate::reflect::impls::date_time_macros::made_span(Self::type_info(), value)?;
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

pub(super) use span_leaf;
