//! Values for other programs: as JSON, plain or without loss, and as true or false.

use clap::ValueEnum;
use manhole_protocol::Data;
use serde::ser::{Serialize, Serializer};

/// A form of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum JsonForm {
    /// Every value is plain JSON: all digits of an integer, bytes as a list of numbers, and text for what JSON lacks.
    Plain,
    /// A value that JSON lacks is tagged, as in {"$int": "18446744073709551615"}. Nothing is lost.
    Exact,
}

/// A value that serializes in a form.
pub(crate) struct Json<'a>(pub(crate) &'a Data, pub(crate) JsonForm);

impl Json<'_> {
    /// Returns the JSON in one line.
    pub(crate) fn text(&self) -> String {
        // Neither form has an error: all keys are strings.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(data, form) = *self;
        if form == JsonForm::Exact {
            return data.serialize(serializer);
        }
        match data {
            Data::Int(value) => serializer.serialize_i128(*value),
            Data::Uint(value) => serializer.serialize_u128(*value),
            Data::Float(value) if !value.is_finite() => serializer.collect_str(value),
            Data::Bytes(bytes) => serializer.collect_seq(bytes),
            Data::Placeholder(why) => serializer.collect_str(&format_args!("<{why}>")),
            Data::List(items) => serializer.collect_seq(items.iter().map(|item| Json(item, form))),
            Data::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, item)| (key_text(key), Json(item, form))))
            }
            other => other.serialize(serializer),
        }
    }
}

/// Returns a key as the key of an object, which is a string.
pub(crate) fn key_text(key: &Data) -> String {
    if let Data::Text(text) = key { text.clone() } else { Json(key, JsonForm::Plain).text() }
}

/// Returns whether a value stands for true: neither false nor `None` nor `()` nor 0. A value that is not shown is none, since it
/// is not known.
pub(crate) fn is_true(data: Option<&Data>) -> bool {
    match data {
        None | Some(Data::Null | Data::Bool(false) | Data::Int(0) | Data::Uint(0) | Data::Placeholder(_)) => {
            false
        }
        Some(Data::Float(value)) => *value != 0.0,
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_has_no_tags() {
        let data = Data::List(vec![
            Data::Int(1 << 60),
            Data::Uint(u128::MAX),
            Data::Float(f64::NAN),
            Data::Float(1.0),
            Data::Bytes(vec![0, 255]),
            Data::Placeholder("secret".to_owned()),
            Data::Map(vec![(7.into(), Data::Null), ("$a".into(), true.into())]),
        ]);
        assert_eq!(
            Json(&data, JsonForm::Plain).text(),
            r#"[1152921504606846976,340282366920938463463374607431768211455,"NaN",1.0,[0,255],"<secret>",{"7":null,"$a":true}]"#
        );
        assert_eq!(Json(&data, JsonForm::Exact).text(), serde_json::to_string(&data).unwrap());
    }
}
