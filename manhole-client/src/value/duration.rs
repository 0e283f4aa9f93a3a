//! Durations, which are texts in the protocol, as `Debug` writes them.

use std::time::Duration;

/// Parses a duration: `1.5s`, `90ms`, `7200s`. Returns `None` for another text, and for a fraction of a nanosecond.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(char::is_alphabetic)?);
    // A unit has this many digits of nanoseconds.
    let digits = match unit {
        "s" => 9,
        "ms" => 6,
        "µs" => 3,
        "ns" => 0,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > digits {
        return None;
    }
    let nanoseconds: u128 = format!("{whole}{fraction:0<digits$}").parse().ok()?;
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(nanoseconds % 1_000_000_000).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_parse_exactly() {
        for duration in [
            Duration::ZERO,
            Duration::from_millis(1500),
            Duration::from_secs(60),
            Duration::from_micros(250),
            Duration::from_nanos(7),
            Duration::new(u64::MAX, 999_999_999),
        ] {
            assert_eq!(parse_duration(&format!("{duration:?}")), Some(duration));
        }
        for text in ["soon", "s", "1", "-1s", "1.5", "0.5ns", "1h"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
