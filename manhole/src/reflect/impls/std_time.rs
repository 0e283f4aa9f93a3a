//! Durations and times.

use std::time::{Duration, Instant, SystemTime};

use crate::reflect::model::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value, ValueError};

macro_rules! time_leaf {
    ($ty:ident, |$this:ident| $read:expr, |$value:ident| $made:expr) => {
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new(stringify!($ty), TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::leaf::<Self>($read)
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value($value: Value<'_>) -> Result<Self, ValueError> {
                $made
            }
        }
    };
}

time_leaf!(Duration, |this| Value::Duration(*this), |value| match value {
    Value::Duration(value) => Ok(value),
    Value::Text(ref text) => humantime::parse_duration(text).map_err(|error| ValueError::new(format!(
        "{value} is not a valid duration: {error}; write it as \"1.5s\""
    ))),
    value => Err(ValueError::wrong_kind(Self::type_info(), "a duration such as \"1.5s\"", &value)),
});

time_leaf!(SystemTime, |this| Value::Time(*this), |value| match value {
    Value::Time(value) => Ok(value),
    Value::Text(ref text) => humantime::parse_rfc3339_weak(text).map_err(|error| ValueError::new(format!(
        "{value} is not a valid time: {error}; write it as \"2026-01-31T12:00:00Z\""
    ))),
    value =>
        Err(ValueError::wrong_kind(Self::type_info(), "a time such as \"2026-01-31T12:00:00Z\"", &value)),
});

// A monotonic time is meaningless by itself. So it is shown as its age, and cannot be written: an age changes all the time.
time_leaf!(Instant, |this| Value::Duration(this.elapsed()), |_value| Err(ValueError::new(
    "an Instant is shown as its age and cannot be set"
)));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_parse_their_display_form() {
        for duration in [Duration::ZERO, Duration::from_millis(1_500), Duration::from_nanos(1_234_567_890)] {
            let shown = Value::Duration(duration).to_string();
            assert_eq!(Duration::from_value(Value::from(shown)), Ok(duration));
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_123);
        let shown = Value::Time(time).to_string();
        assert_eq!(shown, "2026-09-21T14:13:20.123000000Z");
        assert_eq!(SystemTime::from_value(Value::from(shown)), Ok(time));
    }

    #[test]
    fn a_time_beyond_rfc_3339_is_shown() {
        for time in [
            SystemTime::UNIX_EPOCH - Duration::from_secs(1),
            SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000),
        ] {
            assert_eq!(Value::Time(time).to_string(), format!("{time:?}"));
        }
    }

    #[test]
    fn an_invalid_time_reports_the_format() {
        let error = Duration::from_value(Value::from("soon")).unwrap_err().to_string();
        assert!(
            error.starts_with("\"soon\" is not a valid duration: ")
                && error.ends_with("write it as \"1.5s\""),
            "{error}"
        );
        assert!(Duration::from_value(Value::from(5)).is_err());
        assert!(Instant::from_value(Value::from("1s")).is_err());
    }
}
