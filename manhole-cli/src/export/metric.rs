//! A metric: its name, its expression, and the numbers in a value.

use manhole_protocol::Data;

use crate::terminal::data::key_text;

/// How many series one metric has in one application: a time series database keeps each for weeks.
const MAX_SERIES: usize = 1_000;

/// The label for the key of a map, or the position in a list.
const DEFAULT_LABEL: &str = "key";

/// What ends the name of a counter.
const COUNTER_SUFFIX: &str = "_total";

/// Metrics of the exporter itself.
pub(super) const OWN_PREFIX: &str = "manhole_";

/// An expression whose value is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metric {
    /// Without the suffix of a counter.
    pub(super) name: String,
    pub(super) is_counter: bool,
    /// The label for the keys of a map.
    pub(super) label: String,
    pub(super) code: String,
}

/// A number of the application.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// One number of a metric, and its key if there are several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) key: Option<String>,
    pub(super) number: Number,
}

impl Metric {
    /// Parses `EXPRESSION`, `NAME = EXPRESSION` or `NAME{LABEL} = EXPRESSION`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (head, code) = match text.split_once('=') {
            // `a == b` and `a => b` are expressions; so is what has no name before the sign.
            Some((head, code)) if !code.starts_with(['=', '>']) && is_head(head) => {
                (Some(head.trim()), code.trim())
            }
            _ => (None, text.trim()),
        };
        if code.is_empty() {
            return Err("expected an expression".to_owned());
        }
        let (name, label) = match head.map(|head| head.split_once('{').unwrap_or((head, "}"))) {
            Some((name, label)) => (name.trim().to_owned(), label.trim_end_matches('}').trim()),
            None => (name_of(code), ""),
        };
        if name.starts_with(OWN_PREFIX) {
            return Err(format!("names that begin with {OWN_PREFIX} are the exporter's"));
        }
        let counter = name.strip_suffix(COUNTER_SUFFIX).filter(|name| !name.is_empty());
        Ok(Self {
            is_counter: counter.is_some(),
            name: counter.map(str::to_owned).unwrap_or(name),
            label: if label.is_empty() { DEFAULT_LABEL } else { label }.to_owned(),
            code: code.to_owned(),
        })
    }

    /// Returns the name with the suffix of a counter.
    pub(super) fn full_name(&self) -> String {
        format!("{}{}", self.name, if self.is_counter { COUNTER_SUFFIX } else { "" })
    }

    /// Returns the numbers in a value: itself, or those in a list, in a map or in the fields of a struct.
    pub(super) fn series(&self, value: &Data) -> Result<Vec<Series>, String> {
        let item = |key: String, item: &Data| {
            let number = self.number(item)?;
            Some(Series { key: Some(key), number })
        };
        let (series, items): (Vec<_>, usize) = match value {
            Data::Null => return Ok(Vec::new()),
            Data::List(items) => (
                items.iter().enumerate().filter_map(|(at, value)| item(at.to_string(), value)).collect(),
                items.len(),
            ),
            Data::Map(entries) => (
                entries.iter().filter_map(|(key, value)| item(key_text(key), value)).collect(),
                entries.len(),
            ),
            value => match self.number(value) {
                Some(number) => return Ok(vec![Series { key: None, number }]),
                None => return Err(not_a_number(value)),
            },
        };
        if series.len() > MAX_SERIES {
            return Err(format!("it has {} numbers, more than {MAX_SERIES}", series.len()));
        }
        if series.is_empty() && items > 0 {
            return Err("none of its items is a number; map(|x| x.count) takes one of each".to_owned());
        }
        Ok(series)
    }

    /// Returns a number that the metric can have.
    fn number(&self, value: &Data) -> Option<Number> {
        let number = match value {
            Data::Bool(value) => Number::Int((*value).into()),
            Data::Int(value) => i64::try_from(*value).map_or(Number::Float(*value as f64), Number::Int),
            Data::Uint(value) => Number::Float(*value as f64),
            Data::Float(value) => Number::Float(*value),
            _ => return None,
        };
        let is_negative =
            matches!(number, Number::Int(..0)) || matches!(number, Number::Float(value) if value < 0.0);
        (!self.is_counter || !is_negative).then_some(number)
    }
}

/// Returns whether a text is a metric's name, perhaps with a label.
fn is_head(text: &str) -> bool {
    let text = text.trim();
    match text.split_once('{') {
        None => is_name(text),
        Some((name, label)) => {
            is_name(name.trim()) && label.strip_suffix('}').is_some_and(|label| is_name(label.trim()))
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

/// Makes a name of an expression: `gizmo.items.len()` is `gizmo_items_len`.
fn name_of(code: &str) -> String {
    let words: Vec<_> =
        code.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = words.join("_");
    if name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        format!("_{name}")
    } else {
        name
    }
}

fn not_a_number(value: &Data) -> String {
    match value {
        Data::Placeholder(why) => format!("its value is <{why}>"),
        Data::Text(text) => {
            format!("its value is the text {text:?}, not a number; a duration has as_secs_f64()")
        }
        _ => "its value is not a number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, String, String) {
        let metric = Metric::parse(text).unwrap();
        (metric.full_name(), metric.label, metric.code)
    }

    #[test]
    fn a_metric_has_a_name_or_gets_one() {
        for (text, name, label, code) in [
            ("requests = app.requests", "requests", "key", "app.requests"),
            ("requests_total=app.requests", "requests_total", "key", "app.requests"),
            ("by_mode{mode} = app.by_mode()", "by_mode", "mode", "app.by_mode()"),
            ("gizmo.items.len()", "gizmo_items_len", "key", "gizmo.items.len()"),
            ("gizmo.count == 5", "gizmo_count_5", "key", "gizmo.count == 5"),
            ("ok = gizmo.count == 5", "ok", "key", "gizmo.count == 5"),
            ("gizmo.count >= 5", "gizmo_count_5", "key", "gizmo.count >= 5"),
            ("7", "_7", "key", "7"),
        ] {
            assert_eq!(parsed(text), (name.to_owned(), label.to_owned(), code.to_owned()), "{text}");
        }
        for text in ["", "x = ", "manhole_up = 1"] {
            assert!(Metric::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_found_in_values() {
        let gauge = Metric::parse("x").unwrap();
        let keys = |value: &Data| {
            let series = gauge.series(value).unwrap();
            series
                .into_iter()
                .map(|series| (series.key.unwrap_or_default(), series.number))
                .collect::<Vec<_>>()
        };
        let one = |number| vec![(String::new(), number)];
        assert_eq!(keys(&7.into()), one(Number::Int(7)));
        assert_eq!(keys(&true.into()), one(Number::Int(1)));
        assert_eq!(keys(&Data::Uint(u128::MAX)), one(Number::Float(u128::MAX as f64)));
        assert_eq!(keys(&Data::Null), []);
        assert_eq!(keys(&Data::List(vec![])), []);
        let map =
            Data::Map(vec![(7.into(), 1.5.into()), ("a".into(), "text".into()), ("b".into(), 2.into())]);
        assert_eq!(keys(&map), [("7".to_owned(), Number::Float(1.5)), ("b".to_owned(), Number::Int(2))]);
        for value in [
            "90s".into(),
            Data::Placeholder("locked".to_owned()),
            Data::List(vec!["a".into()]),
            Data::List(vec![1.into(); MAX_SERIES + 1]),
        ] {
            assert!(gauge.series(&value).is_err(), "{value:?}");
        }
        let counter = Metric::parse("x_total = x").unwrap();
        assert!(counter.series(&(-1).into()).is_err() && counter.series(&1.into()).is_ok());
    }
}
