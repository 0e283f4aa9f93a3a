//! The types of one version.
#![allow(clippy::unnecessary_fallible_conversions, reason = "in one version only, some of them cannot fail")]

use std::time::SystemTime;

#[cfg(test)]
use super::Zoned;
#[cfg(test)]
use super::jiff;
use super::jiff::civil::{Date, DateTime, Time};
use super::jiff::{SignedDuration, Span, Timestamp};
use crate::reflect::impls::date_time_macros::{date_time_leaf, duration_leaf, point, span};

date_time_leaf!(
    Timestamp,
    "Timestamp",
    "2026-01-31T12:00:00Z",
    |this| point(SystemTime::try_from(*this).ok(), || this.to_string()),
    |text| text.parse().ok(),
    |time| Self::try_from(*time).ok()
);

date_time_leaf!(Date, "Date", "2026-01-31", |this| this.to_string(), |text| text.parse().ok());
date_time_leaf!(Time, "Time", "12:00:00", |this| this.to_string(), |text| text.parse().ok());
date_time_leaf!(DateTime, "DateTime", "2026-01-31T12:00:00", |this| this.to_string(), |text| text
    .parse()
    .ok());
// Not a duration: months differ in length.
date_time_leaf!(Span, "Span", "P1DT2H30M", |this| this.to_string(), |text| text.parse().ok());

duration_leaf!(
    SignedDuration,
    "SignedDuration",
    |this| span(this.is_negative(), this.unsigned_abs()),
    |negative, length| Self::try_from(length).ok().map(|span| if negative { -span } else { span })
);

#[cfg(test)]
mod tests {
    use super::jiff::tz::{Offset, TimeZone};
    use super::*;
    use crate::reflect::impls::date_time_macros::test_support::{assert_round_trip, seen};
    use crate::reflect::model::{Manhole, Value};

    #[test]
    fn each_value_parses_its_display_form() {
        let zone = TimeZone::fixed(Offset::from_seconds(-5_400).unwrap());
        for text in ["2026-01-31T12:00:00.000000001Z", "1969-12-31T23:59:59Z", "-000001-01-01T00:00:00Z"] {
            let time: Timestamp = text.parse().unwrap();
            assert_round_trip(&time);
            let zoned = Zoned::new(time, zone.clone());
            assert_round_trip(&zoned);
            assert_round_trip(&zoned.datetime());
            assert_round_trip(&zoned.date());
            assert_round_trip(&zoned.time());
        }
        for span in [SignedDuration::ZERO, SignedDuration::from_millis(-1_500), SignedDuration::from_nanos(7)]
        {
            assert_round_trip(&span);
        }
        let span: Span = "P1Y2M3DT4H5M6.5S".parse().unwrap();
        let again = Span::from_value(seen(&span)).unwrap();
        assert_eq!(again.fieldwise(), span.fieldwise());
    }

    #[test]
    fn a_timestamp_is_a_time_for_scripts() {
        let time: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        assert_eq!(seen(&time), Value::Time(SystemTime::try_from(time).unwrap()));
        let error = Timestamp::from_value(Value::from("soon")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"soon\" is not a valid Timestamp; write it as \"2026-01-31T12:00:00Z\""
        );
    }
}
