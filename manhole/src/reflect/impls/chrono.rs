//! Dates, times and durations of `chrono`.

use std::time::SystemTime;

use chrono::{DateTime, Duration as TimeDelta, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::date_time_macros::date_time_leaf;
use super::date_time_macros::duration_leaf;
use super::date_time_macros::point;
use super::date_time_macros::span;

date_time_leaf!(
    DateTime<Utc>,
    "DateTime<Utc>",
    "2026-01-31T12:00:00Z",
    |this| point(Some(SystemTime::from(*this)), || this.to_rfc3339()),
    |text| text.parse().ok(),
    |time| utc(*time)
);
date_time_leaf!(
    DateTime<Local>,
    "DateTime<Local>",
    "2026-01-31T12:00:00+01:00",
    |this| this.to_rfc3339(),
    |text| text.parse().ok(),
    |time| utc(*time).map(Self::from)
);
date_time_leaf!(
    DateTime<FixedOffset>,
    "DateTime<FixedOffset>",
    "2026-01-31T12:00:00+01:00",
    |this| this.to_rfc3339(),
    |text| text.parse().ok(),
    |time| utc(*time).map(Self::from)
);

// `FromStr` parses the `Debug` form; the `Display` of the last type has no `T`.
date_time_leaf!(NaiveDate, "NaiveDate", "2026-01-31", |this| format!("{this:?}"), |text| text.parse().ok());
date_time_leaf!(NaiveTime, "NaiveTime", "12:00:00", |this| format!("{this:?}"), |text| text.parse().ok());
date_time_leaf!(NaiveDateTime, "NaiveDateTime", "2026-01-31T12:00:00", |this| format!("{this:?}"), |text| {
    text.replacen(' ', "T", 1).parse().ok()
});

duration_leaf!(
    TimeDelta,
    "TimeDelta",
    // A positive value always fits.
    |this| span(*this < Self::zero(), this.abs().to_std().unwrap_or_default()),
    |negative, length| Self::from_std(length).ok().map(|delta| if negative { -delta } else { delta })
);

/// Returns the same time, or `None` if it is out of range.
fn utc(time: SystemTime) -> Option<DateTime<Utc>> {
    let start = DateTime::UNIX_EPOCH;
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => start.checked_add_signed(TimeDelta::from_std(since).ok()?),
        Err(before) => start.checked_sub_signed(TimeDelta::from_std(before.duration()).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::reflect::impls::date_time_macros::test_support::{assert_round_trip, seen};
    use crate::reflect::model::{Manhole, Value};

    #[test]
    fn each_value_parses_its_display_form() {
        for text in ["2026-01-31T12:00:00.000000001Z", "1969-12-31T23:59:59Z", "+12000-01-01T00:00:00Z"] {
            let time: DateTime<Utc> = text.parse().unwrap();
            assert_round_trip(&time);
            assert_round_trip(&time.with_timezone(&Local));
            assert_round_trip(&time.with_timezone(&FixedOffset::west_opt(5_400).unwrap()));
            assert_round_trip(&time.naive_utc());
            assert_round_trip(&time.date_naive());
            assert_round_trip(&time.time());
        }
        for delta in [
            TimeDelta::zero(),
            TimeDelta::milliseconds(-1_500),
            TimeDelta::nanoseconds(1_501),
            TimeDelta::MAX,
            TimeDelta::MIN,
        ] {
            assert_round_trip(&delta);
        }
        assert_eq!(seen(&TimeDelta::milliseconds(-1_500)), Value::from("-1.5s"));
    }

    #[test]
    fn a_date_time_is_a_time_for_scripts() {
        let time: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
        assert_eq!(seen(&time), Value::Time(SystemTime::from(time)));
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 60)).unwrap();
        assert!(DateTime::<Utc>::from_value(Value::Time(far)).is_err());
        let offset = DateTime::<FixedOffset>::from_value(seen(&time)).unwrap();
        assert_eq!(seen(&offset), Value::from("2026-01-31T12:00:00+00:00"));
    }

    #[test]
    fn an_invalid_time_reports_the_format() {
        let error = DateTime::<Utc>::from_value(Value::from("soon")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"soon\" is not a valid DateTime<Utc>; write it as \"2026-01-31T12:00:00Z\""
        );
        let error = NaiveDate::from_value(Value::from(7)).unwrap_err();
        assert_eq!(error.to_string(), "NaiveDate takes a string such as \"2026-01-31\", not the integer 7");
        let error = TimeDelta::from_value(Value::Duration(Duration::MAX)).unwrap_err();
        assert!(error.to_string().ends_with(" is too long for a TimeDelta"), "{error}");
    }
}
