//! Durations and times.

use std::time::{Duration, Instant, SystemTime};

use super::leaf_macro::leaf;
use crate::reflect::model::{Value, ValueError};
use crate::reflect::text::times::{FromNow, parse_duration, parse_time};

leaf!(Duration, "Duration", |this| Value::Duration(*this), |value| match value {
    Value::Duration(value) => Ok(value),
    Value::Text(ref text) => parse_duration(text).map_err(|error| invalid_duration(&value, &error)),
    value => Err(ValueError::wrong_kind(Self::type_info(), "a duration such as \"1.5s\"", &value)),
});

leaf!(SystemTime, "SystemTime", |this| Value::Time(*this), |value| match value {
    Value::Time(value) => Ok(value),
    Value::Text(ref text) => match FromNow::parse(text) {
        Some(parsed) => from_now(&value, parsed)?.time().ok_or_else(|| out_of_reach(&value)),
        None => parse_time(text).ok_or_else(|| {
            ValueError::wrong_format("time", "\"2026-01-31T12:00:00Z\", \"in 5s\" or \"5s ago\"", &value)
        }),
    },
    value =>
        Err(ValueError::wrong_kind(Self::type_info(), "a time such as \"2026-01-31T12:00:00Z\"", &value)),
});

// A monotonic time is meaningless by itself, so its text is the distance from now.
leaf!(Instant, "Instant", |this| Value::Instant(*this), |value| match value {
    Value::Instant(value) => Ok(value),
    Value::Text(ref text) => match FromNow::parse(text) {
        Some(parsed) => from_now(&value, parsed)?.instant().ok_or_else(|| out_of_reach(&value)),
        None => Err(ValueError::wrong_format("instant", INSTANT_FORMS, &value)),
    },
    value => Err(ValueError::wrong_kind(
        Self::type_info(),
        &format!("a distance from now such as {INSTANT_FORMS}"),
        &value
    )),
});

/// The forms of an instant.
const INSTANT_FORMS: &str = "\"in 5s\", \"5s ago\" or \"now\"";

fn invalid_duration(value: &Value<'_>, error: &str) -> ValueError {
    ValueError::new(format!("{value} is not a valid duration: {error}; write it as \"1.5s\""))
}

fn from_now(value: &Value<'_>, parsed: Result<FromNow, String>) -> Result<FromNow, ValueError> {
    parsed.map_err(|error| invalid_duration(value, &error))
}

fn out_of_reach(value: &Value<'_>) -> ValueError {
    ValueError::new(format!("{value} is beyond the range of the clock"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::Manhole;

    #[test]
    fn times_parse_their_display_form() {
        for duration in [Duration::ZERO, Duration::from_millis(1_500), Duration::from_nanos(7_234_567_890)] {
            let shown = Value::Duration(duration).to_string();
            assert_eq!(Duration::from_value(Value::from(shown)), Ok(duration));
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_123);
        let shown = Value::Time(time).to_string();
        assert_eq!(shown, "2026-09-21T14:13:20.123Z");
        assert_eq!(SystemTime::from_value(Value::from(shown)), Ok(time));
    }

    #[test]
    fn an_instant_is_written_as_its_distance_from_now() {
        let now = Instant::now();
        for (text, shown) in [("in 2h", "in 2h"), ("2h ago", "2h ago"), ("in 90m", "in 1h 30m")] {
            let instant = Instant::from_value(Value::from(text)).unwrap();
            assert_eq!(instant > now, text.starts_with("in "), "{text}");
            assert_eq!(Value::Instant(instant).to_string(), shown);
        }
        let begin = Instant::from_value(Value::from("now")).unwrap();
        assert!(begin >= now && begin.elapsed() < Duration::from_secs(60));
        let ago = SystemTime::from_value(Value::from("1h ago")).unwrap();
        assert!(ago.elapsed().unwrap() >= Duration::from_secs(3_600));
    }

    #[test]
    fn an_invalid_time_reports_the_format() {
        let error = |error: ValueError| error.to_string();
        assert_eq!(
            Duration::from_value(Value::from("soon")).map_err(error),
            Err("\"soon\" is not a valid duration: a number is missing; write it as \"1.5s\"".to_owned())
        );
        assert_eq!(
            Duration::from_value(Value::from(5)).map_err(error),
            Err("Duration takes a duration such as \"1.5s\", not the integer 5".to_owned())
        );
        let forms = "\"in 5s\", \"5s ago\" or \"now\"";
        assert_eq!(
            Instant::from_value(Value::from("1s")).map_err(error),
            Err(format!("\"1s\" is not a valid instant; write it as {forms}"))
        );
        assert_eq!(
            Instant::from_value(Value::Duration(Duration::from_secs(1))).map_err(error),
            Err(format!("Instant takes a distance from now such as {forms}, not the duration 1s"))
        );
        assert_eq!(
            Instant::from_value(Value::from("in 5")).map_err(error),
            Err(
                "\"in 5\" is not a valid duration: 5 has no unit such as ms, s, m or h; write it as \"1.5s\""
                    .to_owned()
            )
        );
        assert_eq!(
            Instant::from_value(Value::from("in 500000000000y")).map_err(error),
            Err("\"in 500000000000y\" is beyond the range of the clock".to_owned())
        );
        assert_eq!(
            SystemTime::from_value(Value::from("soon")).map_err(error),
            Err(
                "\"soon\" is not a valid time; write it as \"2026-01-31T12:00:00Z\", \"in 5s\" or \"5s ago\""
                    .to_owned()
            )
        );
    }
}
