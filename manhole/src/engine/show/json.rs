//! Values as JSON.
//!
//! Integers of all widths are numbers with all their digits. What JSON has no word for is a text, as the console shows it: `"NaN"`,
//! `"inf"`, durations, times. Bytes are a list of numbers, and keys that are no texts are written as the console shows them.

use std::fmt::Write as _;

use crate::reflect::Value;

/// The JSON of `value`: on one line, or with an indentation for each level.
pub(crate) fn json(value: &Value<'_>, pretty: bool) -> String {
    let mut out = String::new();
    write(value, pretty.then_some(0), &mut out);
    out
}

fn write(value: &Value<'_>, level: Option<usize>, out: &mut String) {
    match value {
        Value::Unit => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(_) | Value::Uint(_) => out.push_str(&value.to_string()),
        Value::F32(float) if float.is_finite() => out.push_str(&value.to_string()),
        Value::Float(float) if float.is_finite() => out.push_str(&value.to_string()),
        Value::Text(text) => string(text, out),
        Value::Placeholder(why) => string(&format!("<{why}>"), out),
        Value::Char(char) => string(char.encode_utf8(&mut [0; 4]), out),
        Value::Bytes(bytes) => {
            items(('[', ']'), level.map(|_| 0).filter(|_| false), bytes.iter(), out, |byte, _, out| {
                let _ = write!(out, "{byte}");
            });
        }
        Value::List(list) => {
            items(('[', ']'), level, list.iter(), out, |item, level, out| write(item, level, out));
        }
        Value::Map(entries) => {
            items(('{', '}'), level, entries.iter(), out, |(key, item), level, out| {
                match key {
                    Value::Text(text) => string(text, out),
                    key => string(&key.to_string(), out),
                }
                out.push_str(if level.is_some() { ": " } else { ":" });
                write(item, level, out);
            });
        }
        other => string(&other.to_string(), out),
    }
}

/// Several in brackets.
fn items<T>(
    (open, close): (char, char),
    level: Option<usize>,
    all: impl ExactSizeIterator<Item = T>,
    out: &mut String,
    mut each: impl FnMut(T, Option<usize>, &mut String),
) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&"  ".repeat(level));
    };
    out.push(open);
    let empty = all.len() == 0;
    for (index, item) in all.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(level) = level {
            line(level + 1, out);
        }
        each(item, level.map(|level| level + 1), out);
    }
    if let (Some(level), false) = (level, empty) {
        line(level, out);
    }
    out.push(close);
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char < ' ' || char == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_has_its_json() {
        let map = Value::Map(vec![
            (Value::from("a \"b\"\n\u{1}"), Value::List(vec![Value::from(1), Value::from(u128::MAX)])),
            (Value::from(7), Value::Float(f64::NAN)),
            (Value::from("empty"), Value::List(Vec::new())),
            (Value::from("float"), Value::Float(1e300)),
        ]);
        assert_eq!(
            json(&map, false),
            "{\"a \\\"b\\\"\\n\\u0001\":[1,340282366920938463463374607431768211455],\"7\":\"NaN\",\"empty\":[],\"float\":1e300}"
        );
        let pretty = Value::Map(vec![(Value::from("a"), Value::List(vec![Value::Unit, Value::Bool(true)]))]);
        assert_eq!(json(&pretty, true), "{\n  \"a\": [\n    null,\n    true\n  ]\n}");
        assert_eq!(json(&Value::Bytes(b"\x00a".as_slice().into()), true), "[0,97]");
    }
}
