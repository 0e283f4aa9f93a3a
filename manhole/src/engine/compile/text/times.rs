//! Durations, instants and times, as the console shows them.

use crate::engine::value::lexing::is_word;

/// The units of a shown duration, the longer ones first.
const UNITS: [&str; 9] = ["ms", "ns", "us", "µs", "d", "h", "m", "s", "w"];

/// Returns the length of the duration, instant or time at the beginning of `text`: `1h 30m`, `in 5s`, `5s ago`,
/// `2026-01-31T12:00:00Z`.
pub(crate) fn shown_len(text: &str) -> Option<usize> {
    if let Some(later) = text.strip_prefix("in ") {
        return duration_len(later).map(|len| "in ".len() + len);
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+')) {
        return None;
    }
    let len = time_len(text).or_else(|| duration_len(text))?;
    let ago = text[len..].strip_prefix(" ago").filter(|rest| !rest.starts_with(is_word));
    Some(if ago.is_some() { len + " ago".len() } else { len })
}

/// Returns the length of numbers with units, with a space between two of them.
fn duration_len(text: &str) -> Option<usize> {
    let mut len = 0;
    loop {
        let number = if len > 0 { text[len..].strip_prefix(' ') } else { Some(text) };
        let Some(part) = number.and_then(part_len) else { return (len > 0).then_some(len) };
        len += part + usize::from(len > 0);
    }
}

/// Returns the length of a decimal number with a unit.
fn part_len(text: &str) -> Option<usize> {
    let rest = after_digits(text)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => after_digits(fraction)?,
        None => rest,
    };
    let rest =
        UNITS.iter().find_map(|unit| rest.strip_prefix(unit).filter(|rest| !rest.starts_with(is_word)))?;
    Some(text.len() - rest.len())
}

fn after_digits(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

/// Returns the length of a time as in RFC 3339.
fn time_len(text: &str) -> Option<usize> {
    let year = after_digits(text.strip_prefix(['-', '+']).unwrap_or(text))?;
    let two =
        |text: &'_ str| text.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let mut rest = year;
    for separator in ['-', '-', 'T', ':', ':'] {
        rest = rest.strip_prefix(separator).filter(|rest| two(rest))?.get(2..)?;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = after_digits(fraction)?;
    }
    let offset = rest
        .strip_prefix(['-', '+'])
        .filter(|rest| two(rest) && rest[2..].starts_with(':') && two(&rest[3..]));
    let rest = offset.map(|rest| &rest[5..]).or_else(|| rest.strip_prefix('Z'))?;
    (!rest.starts_with(is_word)).then(|| text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_one_token() {
        for text in [
            "5s",
            "1h 30m 5s",
            "1.53s",
            "3µs",
            "212186290673066d 2h 40m 20.759956834s",
            "in 23.6s",
            "2h 5m ago",
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.5+01:00",
            "-0001-12-31T23:59:59Z",
        ] {
            assert_eq!(shown_len(text), Some(text.len()), "{text}");
            assert_eq!(shown_len(&format!("{text}, x")), Some(text.len()), "{text}");
        }
        assert_eq!(shown_len("5s agony"), Some(2));
        assert_eq!(shown_len("1h 30"), Some(2));
        for text in [
            "5",
            "5sec",
            "1u8",
            "0x5d",
            "1.s",
            "in 5",
            "in x",
            "index",
            "2026-01-31",
            "2026 - 01",
            "-5",
            "5m2",
        ] {
            assert_eq!(shown_len(text), None, "{text}");
        }
    }
}
