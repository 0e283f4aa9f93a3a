//! JSON as a live tree: objects are maps, arrays are lists, and `null` is `None`.

use serde_json::{Map as Object, Number, Value as Json};

use super::shape_macro::shape_methods;
use crate::reflect::model::{
    Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError, ValueMut, ValueRef,
};

impl Manhole for Json {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Value", TypeKind::Opaque).with_doc("Any JSON value.") }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(match self {
            Self::Null => Shape::Option(None),
            Self::Bool(value) => Shape::Leaf(Value::Bool(*value)),
            Self::Number(number) => Shape::Leaf(read_number(number)),
            Self::String(text) => Shape::Leaf(Value::from(text.as_str())),
            Self::Array(items) => Shape::List(items),
            Self::Object(entries) => Shape::Map(entries),
        })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(match self {
            Self::Null => ShapeMut::Option(None),
            Self::Bool(_) | Self::Number(_) | Self::String(_) => ShapeMut::Leaf,
            Self::Array(items) => ShapeMut::List(items),
            Self::Object(entries) => ShapeMut::Map(entries),
        })
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    /// Converts a value. One without JSON form, such as a time, becomes the string that it is shown as.
    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Ok(match value {
            Value::Unit => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Char(value) => Self::String(value.into()),
            Value::Text(text) => Self::String(text.into_owned()),
            Value::Duration(_) | Value::Time(_) | Value::Instant(_) => Self::String(value.to_string()),
            Value::List(items) => {
                Self::Array(items.into_iter().map(Self::from_value).collect::<Result<_, _>>()?)
            }
            Value::Map(_) => Self::Object(Object::from_value(value)?),
            Value::Bytes(_) => return Err(ValueError::new("JSON cannot represent a byte string")),
            Value::Struct(_) => {
                return Err(ValueError::wrong_kind(Self::type_info(), "a map or a list", &value));
            }
            value => Self::Number(Number::from_value(value)?),
        })
    }
}

impl Manhole for Number {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Number", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<Self>(read_number(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let made = match value {
            Value::Int(value) => exact(&value.to_string()),
            Value::Uint(value) => exact(&value.to_string()),
            Value::Float(value) => Self::from_f64(value),
            // By its digits: 0.1, not 0.10000000149011612.
            Value::F32(value) => value.to_string().parse().ok().and_then(Self::from_f64),
            // The text that `read_number` returns for a number too large for any other type.
            Value::Text(ref text) => serde_json::from_str(text).ok(),
            ref value => return Err(ValueError::wrong_kind(Self::type_info(), "a number", value)),
        };
        made.ok_or_else(|| ValueError::new(format!("JSON cannot represent the number {value}")))
    }
}

/// Returns the exact number. Returns a string of digits if the application enables arbitrary precision and the number
/// is that large.
fn read_number(number: &Number) -> Value<'static> {
    if let Some(value) = number.as_i64() {
        return Value::Int(value.into());
    }
    let digits = number.to_string();
    if let Ok(value) = digits.parse() {
        return Value::Int(value);
    }
    if let Ok(value) = digits.parse() {
        return Value::Uint(value);
    }
    number.as_f64().map_or_else(|| Value::from(digits), Value::Float)
}

/// Makes a number of digits, if it can represent all of them. Otherwise serde_json would round.
fn exact(digits: &str) -> Option<Number> {
    serde_json::from_str::<Number>(digits).ok().filter(|number| number.to_string() == digits)
}

impl Manhole for Object<String, Json> {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("Map", TypeKind::Map(String::type_info, Json::type_info))
                .with_params(&[String::type_info, Json::type_info])
        }
    }

    shape_methods!(Map);

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Map(entries) => entries
                .into_iter()
                .map(|(key, item)| Ok((convert_key(key), Json::from_value(item)?)))
                .collect(),
            value => Err(ValueError::wrong_kind(Self::type_info(), "a map", &value)),
        }
    }
}

/// Converts a key. JSON has only string keys, so the number 1 is `"1"`.
fn convert_key(key: Value<'_>) -> String {
    match key {
        Value::Text(text) => text.into_owned(),
        Value::Char(key) => key.into(),
        key => key.to_string(),
    }
}

impl Map for Object<String, Json> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        self.get(&convert_key(key.clone())).map(ValueRef::from)
    }

    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
        self.get_mut(&convert_key(key.clone())).map(ValueMut::from)
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = self.iter().all(|(key, item)| visit(key, item));
    }

    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let value = Json::from_value(value)?;
        self.insert(convert_key(key), value);
        Ok(())
    }

    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let key = convert_key(key.clone());
        let before = self.len();
        // `Map::remove` may move another entry to that place, if the application enables `preserve_order`.
        self.retain(|known, _| *known != key);
        Ok(self.len() < before)
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        self.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reflect::model::{Path, Step};
    use crate::reflect::ops::{Lookup, shown};
    use crate::reflect::walk::Target;

    fn text(value: &'static str) -> Value<'static> {
        Value::from(value)
    }

    #[test]
    fn a_json_tree_is_shown_and_walked() {
        let json = json!({"list": [1, 2.5, "a", null, true], "big": u64::MAX});
        assert_eq!(shown(&json), r#"{"big": 18446744073709551615, "list": [1, 2.5, "a", None, true]}"#);
        let path = Path::root().join(Step::Name("list".into())).join(Step::Key(Value::from(1)));
        let found = Target::new("json", &json).at(&path).lookup(100);
        assert_eq!(found, Ok(Lookup::Leaf(Value::Float(2.5))));
    }

    #[test]
    fn a_json_tree_converts_from_values() {
        let value = Value::Map(vec![
            (text("a"), Value::List(vec![Value::from(u64::MAX), Value::Unit, Value::F32(0.1)])),
            (Value::from(1), Value::Char('x')),
        ]);
        let made = Json::from_value(value).unwrap();
        assert_eq!(made, json!({"a": [u64::MAX, null, 0.1], "1": "x"}));
        for (value, error) in [
            (Value::Float(f64::NAN), "JSON cannot represent the number NaN"),
            (Value::Bytes(b"x".into()), "JSON cannot represent a byte string"),
        ] {
            assert_eq!(Json::from_value(value).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn entries_are_inserted_and_removed() {
        let mut object = Object::new();
        assert_eq!(Map::insert(&mut object, text("a"), Value::from(1)), Ok(()));
        assert_eq!(Map::insert(&mut object, text("b"), Value::List(Vec::new())), Ok(()));
        assert_eq!(Map::remove(&mut object, &text("a")), Ok(true));
        assert_eq!(Map::remove(&mut object, &text("a")), Ok(false));
        assert_eq!(Json::from(object), json!({"b": []}));
    }
}
