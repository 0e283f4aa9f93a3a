//! Values of the application as JSON, without loss.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of the application.
///
/// | value | JSON |
/// |---|---|
/// | `()`, `None` | `null` |
/// | booleans, strings | `true`, `"text"`; characters, durations and times are strings |
/// | integers from −(2⁵³ − 1) to 2⁵³ − 1 | a number, which every parser reads exactly |
/// | other integers | `{"$int": "18446744073709551615"}` |
/// | floats | a number with a point or an exponent |
/// | NaN and infinities | `{"$float": "NaN"}`, `"inf"`, `"-inf"` |
/// | bytes | `{"$bytes": "00ff"}`, in hexadecimal |
/// | lists, sets, tuples | `[…]` |
/// | structs, maps with string keys | `{"key": …}` |
/// | maps with other keys, or with a key that begins with `$` | `{"$map": [[key, value], …]}` |
/// | a value that is not shown | `{"$placeholder": "secret"}`, `"locked"`, `"cut"`, … |
///
/// Parsing also accepts integers of up to 64 bits as plain numbers.
///
/// ```
/// use manhole_protocol::Data;
///
/// let big = Data::Int(1 << 53);
/// assert_eq!(serde_json::to_string(&big)?, r#"{"$int":"9007199254740992"}"#);
/// assert_eq!(serde_json::from_str::<Data>(r#"{"$int":"9007199254740992"}"#)?, big);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `()` or `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer up to `i128::MAX`.
    Int(i128),
    /// An integer above `i128::MAX`.
    Uint(u128),
    /// A float.
    Float(f64),
    /// A string.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values in order.
    List(Vec<Data>),
    /// Keys and values in order.
    Map(Vec<(Data, Data)>),
    /// Stands for a value that is not shown, and says why.
    Placeholder(String),
}

/// The largest integer up to which a 64-bit float is exact. Many JSON parsers read numbers as floats.
const MAX_EXACT_INT: i128 = (1 << 53) - 1;

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) if (-MAX_EXACT_INT..=MAX_EXACT_INT).contains(value) => {
                serializer.serialize_i64(i64::try_from(*value).map_err(serde::ser::Error::custom)?)
            }
            Self::Int(value) => tagged(serializer, "$int", &value.to_string()),
            Self::Uint(value) => tagged(serializer, "$int", &value.to_string()),
            Self::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::Float(value) if value.is_nan() => tagged(serializer, "$float", "NaN"),
            Self::Float(value) => tagged(serializer, "$float", if *value > 0.0 { "inf" } else { "-inf" }),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => tagged(serializer, "$bytes", &hexadecimal(value)),
            Self::Placeholder(why) => tagged(serializer, "$placeholder", why),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(entries) if entries.iter().all(|(key, _)| is_plain(key)) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, item)| map.serialize_entry(key, item))?;
                map.end()
            }
            Self::Map(entries) => tagged(serializer, "$map", entries),
        }
    }
}

/// Returns whether `key` can be a key of a JSON object.
fn is_plain(key: &Data) -> bool {
    matches!(key, Data::Text(text) if !text.starts_with('$'))
}

fn tagged<S: Serializer>(
    serializer: S,
    tag: &str,
    value: &(impl Serialize + ?Sized),
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|char| char.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Data, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key.starts_with('$') {
                let value = untag(&key, &mut entries)?;
                if !map.is_empty() || entries.next_key::<String>()?.is_some() {
                    return Err(de::Error::custom(format!(
                        "expected {key:?} as the only key; write a map with this key as {{\"$map\": [[key, value], …]}}"
                    )));
                }
                return Ok(value);
            }
            map.push((Data::Text(key), entries.next_value()?));
        }
        Ok(Data::Map(map))
    }
}

/// Reads the value of an object with the key `tag`.
fn untag<'de, A: MapAccess<'de>>(tag: &str, entries: &mut A) -> Result<Data, A::Error> {
    let wrong =
        |text: &str, expected: &str| de::Error::custom(format!("{tag}: expected {expected}, found {text:?}"));
    match tag {
        "$int" => {
            let text: String = entries.next_value()?;
            let int = text.parse().map(Data::Int).or_else(|_| text.parse().map(Data::Uint));
            int.map_err(|_| wrong(&text, "a 128-bit integer"))
        }
        "$float" => {
            let text: String = entries.next_value()?;
            match text.as_str() {
                "NaN" => Ok(Data::Float(f64::NAN)),
                "inf" => Ok(Data::Float(f64::INFINITY)),
                "-inf" => Ok(Data::Float(f64::NEG_INFINITY)),
                _ => Err(wrong(&text, "NaN, inf or -inf")),
            }
        }
        "$bytes" => {
            let text: String = entries.next_value()?;
            from_hexadecimal(&text).map(Data::Bytes).ok_or_else(|| wrong(&text, "hexadecimal digits"))
        }
        "$map" => entries.next_value().map(Data::Map),
        "$placeholder" => entries.next_value().map(Data::Placeholder),
        _ => Err(de::Error::custom(format!(
            "expected one of the tags $int, $float, $bytes, $map and $placeholder, found {tag:?}"
        ))),
    }
}

impl From<bool> for Data {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Data {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Data {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Data {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_data() -> impl Strategy<Value = Data> {
        let leaf = prop_oneof![
            Just(Data::Null),
            any::<bool>().prop_map(Data::Bool),
            any::<i128>().prop_map(Data::Int),
            (-1_i128 << 54..1 << 54).prop_map(Data::Int),
            (u128::MAX / 2 + 1..=u128::MAX).prop_map(Data::Uint),
            any::<f64>().prop_map(Data::Float),
            ".*".prop_map(Data::Text),
            any::<Vec<u8>>().prop_map(Data::Bytes),
            "[a-z ]*".prop_map(Data::Placeholder),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            let key = prop_oneof![inner.clone(), "\\$?[a-z]*".prop_map(Data::Text)];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Data::List),
                prop::collection::vec((key, inner.clone()), 0..8).prop_map(Data::Map),
                prop::collection::vec(("[a-z]*".prop_map(Data::Text), inner), 0..8).prop_map(Data::Map),
            ]
        })
    }

    /// Compares values; NaN equals NaN.
    fn same(a: &Data, b: &Data) -> bool {
        match (a, b) {
            (Data::Float(a), Data::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Data::Map(a), Data::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
            }
            (a, b) => a == b,
        }
    }

    proptest! {
        #[test]
        fn json_round_trips(data in any_data()) {
            let json = serde_json::to_string(&data).unwrap();
            prop_assert!(!json.contains('\n'));
            let back: Data = serde_json::from_str(&json).unwrap();
            prop_assert!(same(&data, &back), "{json} is {back:?}");
        }
    }

    #[test]
    fn the_table_in_the_documentation_is_correct() {
        for (data, json) in [
            (Data::Null, "null"),
            (Data::Int((1 << 53) - 1), "9007199254740991"),
            (Data::Int(-(1 << 53)), r#"{"$int":"-9007199254740992"}"#),
            (Data::Uint(u128::MAX), r#"{"$int":"340282366920938463463374607431768211455"}"#),
            (Data::Float(1.0), "1.0"),
            (Data::Float(-0.0), "-0.0"),
            (Data::Float(f64::NEG_INFINITY), r#"{"$float":"-inf"}"#),
            (Data::Bytes(vec![0, 255]), r#"{"$bytes":"00ff"}"#),
            (Data::Map(vec![("a".into(), 1.into())]), r#"{"a":1}"#),
            (Data::Map(vec![("$a".into(), 1.into())]), r#"{"$map":[["$a",1]]}"#),
            (Data::Map(vec![(7.into(), "x".into())]), r#"{"$map":[[7,"x"]]}"#),
            (Data::Placeholder("secret".to_owned()), r#"{"$placeholder":"secret"}"#),
        ] {
            assert_eq!(serde_json::to_string(&data).unwrap(), json);
            assert_eq!(serde_json::from_str::<Data>(json).unwrap(), data);
        }
        assert_eq!(serde_json::from_str::<Data>("18446744073709551615").unwrap(), Data::Int(u64::MAX.into()));
    }

    #[test]
    fn invalid_data_is_an_error_with_the_expected_form() {
        for (json, error) in [
            (r#"{"$int":"1.5"}"#, "$int: expected a 128-bit integer, found \"1.5\""),
            (r#"{"$bytes":"0"}"#, "$bytes: expected hexadecimal digits, found \"0\""),
            (r#"{"$bytes":"+1"}"#, "$bytes: expected hexadecimal digits, found \"+1\""),
            (
                r#"{"$what":1}"#,
                "expected one of the tags $int, $float, $bytes, $map and $placeholder, found \"$what\"",
            ),
            (r#"{"a":1,"$int":"1"}"#, "expected \"$int\" as the only key"),
            (r#"{"$int":"1","a":1}"#, "expected \"$int\" as the only key"),
        ] {
            let found = serde_json::from_str::<Data>(json).unwrap_err().to_string();
            assert!(found.starts_with(error), "{found}");
        }
    }
}
