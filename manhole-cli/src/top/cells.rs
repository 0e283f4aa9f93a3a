//! The texts of cells.

use std::time::Duration;

use manhole_client::cli_support::duration::parse_duration;
use manhole_protocol::Data;
use manhole_protocol::text::clean;

use crate::terminal::format::{in_one_line, short_time};

/// How the value of a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    /// A share of one, in percent.
    Share,
    Time,
    Bytes,
    Count,
    /// A number with its sign.
    Difference,
}

impl Format {
    /// Returns whether cells are aligned to the right.
    pub(super) fn is_number(self) -> bool {
        self != Self::Text
    }

    /// Returns the text of a value. What the system does not report, and what is not there, is a dash.
    pub(super) fn text(self, value: &Data) -> String {
        match (self, value) {
            (_, Data::Null | Data::Placeholder(_)) => "–".to_owned(),
            (Self::Share, value) => number(value).map_or_else(|| plain(value), percent),
            (Self::Bytes, value) => number(value).map_or_else(|| plain(value), bytes),
            (Self::Time, value) => duration(value).map_or_else(|| plain(value), short_time),
            (Self::Difference, Data::Int(difference)) if *difference != 0 => format!("{difference:+}"),
            (_, value) => plain(value),
        }
    }
}

/// Returns a value as it stands in a line.
pub(super) fn plain(value: &Data) -> String {
    let text = match value {
        Data::Text(text) => text.clone(),
        Data::Placeholder(why) => format!("<{why}>"),
        value => serde_json::to_string(value).unwrap_or_default(),
    };
    clean(&in_one_line(&text)).into_owned()
}

pub(super) fn number(value: &Data) -> Option<f64> {
    match value {
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn duration(value: &Data) -> Option<Duration> {
    match value {
        Data::Text(text) => parse_duration(text),
        _ => None,
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

pub(super) fn bytes(mut bytes: f64) -> String {
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for next in units {
        if bytes < 1024.0 {
            break;
        }
        (bytes, unit) = (bytes / 1024.0, next);
    }
    if unit == "B" { format!("{bytes:.0} B") } else { format!("{bytes:.1} {unit}") }
}

/// Returns the field of a struct.
pub(super) fn field<'a>(value: &'a Data, name: &str) -> Option<&'a Data> {
    let Data::Map(fields) = value else { return None };
    let found = fields.iter().find(|(key, _)| matches!(key, Data::Text(key) if key == name));
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_short() {
        let text = |text: &str| Data::Text(text.to_owned());
        for (format, value, expected) in [
            (Format::Share, Data::Float(0.923), "92%"),
            (Format::Share, Data::Placeholder("is not reported".to_owned()), "–"),
            (Format::Time, text("25.308µs"), "25 µs"),
            (Format::Time, text("90ms"), "90 ms"),
            (Format::Time, text("1.557179079s"), "1.6 s"),
            (Format::Time, text("7265s"), "2h 1m"),
            (Format::Time, text("soon"), "soon"),
            (Format::Bytes, Data::Int(1_000), "1000 B"),
            (Format::Bytes, Data::Int(23_281_664), "22.2 MiB"),
            (Format::Difference, Data::Int(5), "+5"),
            (Format::Difference, Data::Int(0), "0"),
            (Format::Difference, Data::Null, "–"),
            (Format::Text, text("a\nb\u{1b}[2J"), "a b\u{fffd}[2J"),
            (Format::Text, Data::List(vec![Data::Int(1)]), "[1]"),
        ] {
            assert_eq!(format.text(&value), expected);
        }
    }
}
