//! Values as JSON.
//!
//! Integers of every width are numbers with all their digits. A value that JSON lacks is a string as the console shows it: `"NaN"`,
//! `"inf"`, durations, times. Bytes are a list of numbers. Keys that are not strings are written as the console shows them.

use std::fmt::Write as _;

use crate::reflect::Value;

/// Returns the JSON of `value` on one line.
pub(crate) fn compact(value: &Value<'_>) -> String {
    let mut writer = Writer { out: String::new(), level: None };
    writer.value(value);
    writer.out
}

/// Returns the JSON of `value` with each item on its own line, indented by its level.
pub(crate) fn pretty(value: &Value<'_>) -> String {
    let mut writer = Writer { out: String::new(), level: Some(0) };
    writer.value(value);
    writer.out
}

struct Writer {
    out: String,
    /// The indentation of the current line; `None` writes all on one line.
    level: Option<usize>,
}

impl Writer {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Unit => self.out.push_str("null"),
            Value::Bool(_) | Value::Int(_) | Value::Uint(_) => self.out.push_str(&value.to_string()),
            Value::F32(float) if float.is_finite() => self.out.push_str(&value.to_string()),
            Value::Float(float) if float.is_finite() => self.out.push_str(&value.to_string()),
            Value::Text(text) => self.string(text),
            Value::Placeholder(why) => self.string(&format!("<{why}>")),
            Value::Char(char) => self.string(char.encode_utf8(&mut [0; 4])),
            Value::Bytes(bytes) => {
                let bytes: Vec<_> = bytes.iter().map(u8::to_string).collect();
                let _ = write!(self.out, "[{}]", bytes.join(","));
            }
            Value::List(list) => self.items(['[', ']'], list, Self::value),
            Value::Map(entries) => self.items(['{', '}'], entries, |writer, (key, item)| {
                match key {
                    Value::Text(text) => writer.string(text),
                    key => writer.string(&key.to_string()),
                }
                writer.out.push_str(if writer.level.is_some() { ": " } else { ":" });
                writer.value(item);
            }),
            other => self.string(&other.to_string()),
        }
    }

    fn items<T>(&mut self, [open, close]: [char; 2], items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.out.push(open);
        let outer = self.level;
        self.level = outer.map(|level| level + 1);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.start_line();
            write(self, item);
        }
        self.level = outer;
        if !items.is_empty() {
            self.start_line();
        }
        self.out.push(close);
    }

    fn start_line(&mut self) {
        if let Some(level) = self.level {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(level));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for char in text.chars() {
            match char {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                char if char < ' ' || char == '\u{7f}' => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(char));
                }
                char => self.out.push(char),
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_has_json() {
        let map = Value::Map(vec![
            (Value::from("a \"b\"\n\u{1}"), Value::List(vec![Value::from(1), Value::from(u128::MAX)])),
            (Value::from(7), Value::Float(f64::NAN)),
            (Value::from("empty"), Value::List(Vec::new())),
            (Value::from("float"), Value::Float(1e300)),
        ]);
        assert_eq!(
            compact(&map),
            "{\"a \\\"b\\\"\\n\\u0001\":[1,340282366920938463463374607431768211455],\"7\":\"NaN\",\"empty\":[],\"float\":1e300}"
        );
        let pretty = Value::Map(vec![(Value::from("a"), Value::List(vec![Value::Unit, Value::Bool(true)]))]);
        assert_eq!(self::pretty(&pretty), "{\n  \"a\": [\n    null,\n    true\n  ]\n}");
        assert_eq!(self::pretty(&Value::Bytes(b"\x00a".as_slice().into())), "[0,97]");
    }
}
