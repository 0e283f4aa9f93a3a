//! Durations and times as people read them, and as they type them: `1h 30m`, `5s ago`, `2026-01-31T12:00:00Z`.

use std::fmt::{self, Write as _};
use std::time::{Duration, Instant, SystemTime};

const NANOS_OF_SECOND: u128 = 1_000_000_000;
const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// The units of a duration and their nanoseconds. The first one of each length is shown.
const UNITS: [(&[&str], u128); 10] = [
    (&["ns", "nsec", "nanos"], 1),
    (&["µs", "us", "μs", "usec", "micros"], 1_000),
    (&["ms", "msec", "millis"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], NANOS_OF_SECOND),
    (&["m", "min", "mins", "minute", "minutes"], 60 * NANOS_OF_SECOND),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600 * NANOS_OF_SECOND),
    (&["d", "day", "days"], 86_400 * NANOS_OF_SECOND),
    (&["w", "wk", "wks", "week", "weeks"], 604_800 * NANOS_OF_SECOND),
    // 30.44 and 365.25 days.
    (&["M", "month", "months"], 2_630_016 * NANOS_OF_SECOND),
    (&["y", "yr", "yrs", "year", "years"], 31_557_600 * NANOS_OF_SECOND),
];

/// Writes a duration exactly: `90ms`, `1.53s`, `1h 30m 5s`.
pub(crate) struct DurationText(pub(crate) Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if self.0.is_zero() {
            return f.write_str("0s");
        }
        let parts = [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm')];
        let mut separator = "";
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count}{unit}")?;
            separator = " ";
        }
        let rest = Duration::new(seconds % 60, self.0.subsec_nanos());
        if rest.is_zero() { Ok(()) } else { write!(f, "{separator}{rest:?}") }
    }
}

/// Writes an instant by its distance from now, rounded to what people read: `in 23.6s`, `2h 5m ago`. The distance changes while
/// it is read, so it has three digits, and above a minute its first two units.
pub(crate) struct InstantText(pub(crate) Instant);

impl fmt::Display for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Instant::now();
        let distance = DurationText(rounded(distance(self.0, now)));
        if self.0 > now { write!(f, "in {distance}") } else { write!(f, "{distance} ago") }
    }
}

/// Returns the time between two instants, whichever is later.
pub(crate) fn distance(a: Instant, b: Instant) -> Duration {
    a.saturating_duration_since(b).max(b.saturating_duration_since(a))
}

fn rounded(exact: Duration) -> Duration {
    let nanos = exact.as_nanos();
    let step = match exact.as_secs() {
        0..60 => 10_u128.pow(nanos.checked_ilog10().unwrap_or_default().saturating_sub(2)),
        60..3_600 => NANOS_OF_SECOND,
        3_600..86_400 => 60 * NANOS_OF_SECOND,
        _ => 3_600 * NANOS_OF_SECOND,
    };
    duration_of((nanos + step / 2) / step * step).unwrap_or(exact)
}

fn duration_of(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / NANOS_OF_SECOND).ok()?;
    Some(Duration::new(seconds, (nanos % NANOS_OF_SECOND) as u32))
}

/// Parses a duration: numbers with units, one after another.
///
/// # Errors
///
/// With the reason, if `text` is none, or not a whole number of nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut nanos = 0_u128;
    while !rest.is_empty() {
        let number = take(&mut rest, |char| char.is_ascii_digit() || char == '.');
        let unit = take(&mut rest, char::is_alphabetic);
        if number.is_empty() || number.starts_with('.') {
            return Err("a number is missing".to_owned());
        }
        let known = UNITS.iter().find(|(names, _)| names.contains(&unit));
        let Some((_, length)) = known else {
            return Err(match unit {
                "" => format!("{number} has no unit such as ms, s, m or h"),
                unit => format!("there is no unit `{unit}`; the units are ns, us, ms, s, m, h, d and w"),
            });
        };
        let part = scaled(number, *length).and_then(|part| nanos.checked_add(part));
        nanos = part.ok_or_else(|| format!("{number}{unit} is too long or too precise"))?;
    }
    duration_of(nanos).ok_or_else(|| "it is too long".to_owned())
}

/// Takes the longest beginning of `text` whose characters are all `wanted`, and the spaces behind it.
fn take<'t>(text: &mut &'t str, wanted: impl Fn(char) -> bool) -> &'t str {
    let end = text.find(|char| !wanted(char)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest.trim_start();
    taken
}

/// Returns the product of a decimal number and `unit`, if it is a whole number.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction = fraction.trim_end_matches('0');
    let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let numerator = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? }.checked_mul(unit)?;
    let whole = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    (numerator % parts == 0).then_some(numerator / parts)?.checked_add(whole)
}

/// A point in time by its distance from now.
pub(crate) enum FromNow {
    /// Later than now.
    After(Duration),
    /// Now, or earlier.
    Before(Duration),
}

impl FromNow {
    /// Parses `in 5s`, `5s ago` or `now`. Returns `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, String>> {
        let text = text.trim();
        if text == "now" {
            return Some(Ok(Self::Before(Duration::ZERO)));
        }
        let later = text.strip_prefix("in ").map(|text| parse_duration(text).map(Self::After));
        later.or_else(|| text.strip_suffix(" ago").map(|text| parse_duration(text).map(Self::Before)))
    }

    /// Returns the instant, or `None` if the clock does not reach it.
    pub(crate) fn instant(&self) -> Option<Instant> {
        match self {
            Self::After(time) => Instant::now().checked_add(*time),
            Self::Before(time) => Instant::now().checked_sub(*time),
        }
    }

    /// Returns the time of day, or `None` if the clock does not reach it.
    pub(crate) fn time(&self) -> Option<SystemTime> {
        match self {
            Self::After(time) => SystemTime::now().checked_add(*time),
            Self::Before(time) => SystemTime::now().checked_sub(*time),
        }
    }
}

/// Writes a time as in RFC 3339, in UTC. Years before 0 and after 9999 have a sign, as in ISO 8601.
pub(crate) struct TimeText(pub(crate) SystemTime);

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = since_epoch(self.0);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_OF_DAY));
        let second = seconds.rem_euclid(SECONDS_OF_DAY);
        match year {
            0..=9_999 => write!(f, "{year:04}")?,
            _ => write!(f, "{year:+05}")?,
        }
        write!(f, "-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)?;
        if nanos > 0 {
            f.write_char('.')?;
            f.write_str(format!("{nanos:09}").trim_end_matches('0'))?;
        }
        f.write_char('Z')
    }
}

/// Returns the seconds since 1970, rounded down, and the nanoseconds after them.
fn since_epoch(time: SystemTime) -> (i64, u32) {
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (seconds(since), since.subsec_nanos()),
        Err(before) => match before.duration() {
            before if before.subsec_nanos() == 0 => (-seconds(before), 0),
            before => (-seconds(before) - 1, 1_000_000_000 - before.subsec_nanos()),
        },
    }
}

/// Parses a time as in RFC 3339. A space may stand for the `T`, and without an offset it is in UTC.
pub(crate) fn parse_time(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let signed = text.strip_prefix(['-', '+']);
    let (year, rest) = signed.unwrap_or(text).split_once('-')?;
    if year.len() < 4 || (signed.is_none() && year.len() > 4) {
        return None;
    }
    let year = number(year, ..=292_000_000_000)? * if text.starts_with('-') { -1 } else { 1 };
    let (month, rest) = rest.split_once('-')?;
    let (day, rest) = rest.split_once(['T', 't', ' '])?;
    let month = number(month, 1..=12)?;
    let days = days_from_civil(year, month, number(day, 1..=31)?);
    // A day that the month lacks is another one.
    if civil_from_days(days).1 != month {
        return None;
    }
    let (rest, offset) = offset(rest)?;
    let (time, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 0..=23)?;
    let minute = number(parts.next()?, 0..=59)?;
    let second = number(parts.next()?, 0..=59)?;
    if parts.next().is_some() || fraction.len() > 9 {
        return None;
    }
    let nanos = number(&format!("{fraction:0<9}"), 0..=999_999_999)?;
    let seconds =
        days.checked_mul(SECONDS_OF_DAY)?.checked_add(hour * 3_600 + minute * 60 + second - offset)?;
    let (epoch, whole) = (SystemTime::UNIX_EPOCH, Duration::from_secs(seconds.unsigned_abs()));
    let second = if seconds < 0 { epoch.checked_sub(whole) } else { epoch.checked_add(whole) };
    second?.checked_add(Duration::from_nanos(nanos.unsigned_abs()))
}

/// Splits the offset from UTC off a time of day. Returns it in seconds.
fn offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(sign) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at(sign);
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds = number(hours, 0..=23)? * 3_600 + number(minutes, 0..=59)? * 60;
    Some((time, if offset.starts_with('-') { -seconds } else { seconds }))
}

fn number(text: &str, range: impl std::ops::RangeBounds<i64>) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && range.contains(number))
}

/// Returns year, month and day in the Gregorian calendar. The year begins in March here, so that its leap day is its last day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// Returns the days since 1970 of a day in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_shown_in_units() {
        for (nanos, shown) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (90_000_000, "90ms"),
            (1_530_000_000, "1.53s"),
            (59_999_999_999, "59.999999999s"),
            (60_000_000_000, "1m"),
            (90_500_000_000, "1m 30.5s"),
            (5_405_000_000_000, "1h 30m 5s"),
            (7_200_000_000_000, "2h"),
            (7_199_995_000_461, "1h 59m 59.995000461s"),
            (3_600_000_000_001, "1h 1ns"),
            (180_000_000_000_000, "2d 2h"),
        ] {
            assert_eq!(DurationText(Duration::from_nanos(nanos)).to_string(), shown);
        }
    }

    #[test]
    fn the_distance_of_an_instant_is_rounded() {
        for (nanos, shown) in [
            (123, "123ns"),
            (1_234, "1.23µs"),
            (23_649_999_999, "23.6s"),
            (59_960_000_000, "1m"),
            (90_500_000_000, "1m 31s"),
            (7_199_995_000_461, "2h"),
            (7_529_000_000_000, "2h 5m"),
            (270_000_000_000_000, "3d 3h"),
        ] {
            assert_eq!(DurationText(rounded(Duration::from_nanos(nanos))).to_string(), shown);
        }
        let now = Instant::now();
        let hour = Duration::from_secs(3_600);
        assert_eq!(InstantText(now - hour).to_string(), "1h ago");
        assert_eq!(InstantText(now + hour).to_string(), "in 1h");
    }

    #[test]
    fn durations_are_typed_in_many_ways() {
        for (text, nanos) in [
            ("0", 0),
            ("3us", 3_000),
            ("3µs", 3_000),
            ("3μs", 3_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            (" 2 hours 5 min ", 7_500_000_000_000),
            ("1w", 604_800_000_000_000),
            ("1.000000001s", 1_000_000_001),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        for (text, reason) in [
            ("", "it is empty"),
            ("5", "5 has no unit such as ms, s, m or h"),
            ("soon", "a number is missing"),
            ("-5s", "a number is missing"),
            ("5x", "there is no unit `x`; the units are ns, us, ms, s, m, h, d and w"),
            ("1.5ns", "1.5ns is too long or too precise"),
            ("1.2.3s", "1.2.3s is too long or too precise"),
            ("600000000000y", "it is too long"),
        ] {
            assert_eq!(parse_duration(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn times_are_shown_and_typed_as_in_rfc_3339() {
        let epoch = SystemTime::UNIX_EPOCH;
        for (time, shown) in [
            (epoch, "1970-01-01T00:00:00Z"),
            (epoch + Duration::from_millis(1_790_000_000_123), "2026-09-21T14:13:20.123Z"),
            (epoch - Duration::from_nanos(1), "1969-12-31T23:59:59.999999999Z"),
            (epoch + Duration::from_secs(951_782_400), "2000-02-29T00:00:00Z"),
            (epoch - Duration::from_secs(62_167_219_201), "-0001-12-31T23:59:59Z"),
            (epoch + Duration::from_secs(253_402_300_800), "+10000-01-01T00:00:00Z"),
        ] {
            assert_eq!(TimeText(time).to_string(), shown);
            assert_eq!(parse_time(shown), Some(time), "{shown}");
        }
        let noon = parse_time("2026-01-31T12:00:00Z");
        for text in ["2026-01-31 12:00:00", "2026-01-31T13:30:00+01:30", "2026-01-31T11:00:00.0-01:00"] {
            assert_eq!(parse_time(text), noon, "{text}");
        }
        for text in [
            "2026-02-29T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31",
            "26-01-31T12:00:00Z",
            "2026-1x-31T12:00:00Z",
            "soon",
            "2026-01-31T12:00:00.0000000001Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_shown_duration_is_typed_as_the_same(duration: Duration) {
            prop_assert_eq!(parse_duration(&DurationText(duration).to_string()), Ok(duration));
        }

        #[test]
        fn a_shown_time_is_typed_as_the_same(seconds in -1_i64 << 50..1 << 50, nanos in 0_u32..1_000_000_000) {
            let (epoch, whole) = (SystemTime::UNIX_EPOCH, Duration::from_secs(seconds.unsigned_abs()));
            let time = if seconds < 0 { epoch - whole } else { epoch + whole } + Duration::from_nanos(nanos.into());
            prop_assert_eq!(parse_time(&TimeText(time).to_string()), Some(time));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = (parse_duration(&text), parse_time(&text), FromNow::parse(&text).is_some());
        }
    }
}
