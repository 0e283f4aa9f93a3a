//! Values as JSON.
//!
//! Integers of every width are numbers with all their digits. A value that JSON lacks is a string as the console shows it: `"NaN"`,
//! `"inf"`, durations, times. Bytes are a list of numbers on one line. Keys that are not strings are written as the console shows them.

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::reflect::{Value, placeholder};

/// A value that serializes as JSON.
pub(crate) struct Json<'a>(pub(crate) &'a Value<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unit => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i128(*value),
            Value::Uint(value) => serializer.serialize_u128(*value),
            Value::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Value::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::Char(value) => serializer.serialize_char(*value),
            Value::Placeholder(why) => serializer.serialize_str(&placeholder::text(why)),
            Value::Bytes(bytes) => {
                let bytes: Vec<_> = bytes.iter().map(u8::to_string).collect();
                RawValue::from_string(format!("[{}]", bytes.join(",")))
                    .map_err(Error::custom)?
                    .serialize(serializer)
            }
            Value::List(items) => serializer.collect_seq(items.iter().map(Json)),
            Value::Map(entries) => serializer.collect_map(entries.iter().map(|(key, item)| {
                let key = if let Value::Text(text) = key { text.to_string() } else { key.to_string() };
                (key, Json(item))
            })),
            Value::Struct(value) => Json(&(**value).clone().into_plain()).serialize(serializer),
            other => serializer.collect_str(other),
        }
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
            serde_json::to_string(&Json(&map)).unwrap(),
            "{\"a \\\"b\\\"\\n\\u0001\":[1,340282366920938463463374607431768211455],\"7\":\"NaN\",\"empty\":[],\"float\":1e+300}"
        );
        let pretty = Value::Map(vec![(Value::from("a"), Value::List(vec![Value::Unit, Value::Bool(true)]))]);
        let pretty_text = |value: &Value<'_>| serde_json::to_string_pretty(&Json(value)).unwrap();
        assert_eq!(pretty_text(&pretty), "{\n  \"a\": [\n    null,\n    true\n  ]\n}");
        assert_eq!(pretty_text(&Value::Bytes(b"\x00a".as_slice().into())), "[0,97]");
    }
}
