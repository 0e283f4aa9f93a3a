//! Deserializes a script's value.

use std::time::{Duration, SystemTime};

use ::serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use ::serde::forward_to_deserialize_any;

use super::SerdeError;
use crate::reflect::model::{StructValue, Value};
use crate::reflect::text::{placeholder, plural};

type Name = &'static str;
type Names = &'static [Name];
type Result<T> = std::result::Result<T, SerdeError>;

/// The value to deserialize.
pub(super) struct Reader<'a> {
    value: Value<'a>,
    /// Whether the value is the key of a map: a script writes all keys as strings.
    is_key: bool,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(value: Value<'a>) -> Self {
        Self { value, is_key: false }
    }

    /// Parses a key as an integer or boolean.
    fn unquoted(self) -> Self {
        let value = match &self.value {
            Value::Text(text) if self.is_key => {
                let int = text.parse().map(Value::Int);
                let int = int.or_else(|_| text.parse().map(Value::Uint)).ok();
                int.or_else(|| text.parse().map(Value::Bool).ok())
            }
            _ => None,
        };
        Self { value: value.unwrap_or(self.value), is_key: self.is_key }
    }
}

/// Represents a `Duration` or `SystemTime` as serde does: whole seconds and nanoseconds.
fn seconds_and_nanos(names: [Name; 2], since: Duration) -> Value<'static> {
    let values = [Value::from(since.as_secs()), Value::from(since.subsec_nanos())];
    Value::Map(names.map(Value::from).into_iter().zip(values).collect())
}

/// Returns the fields of a struct that has to be called `name`.
fn plain_fields<'a>(value: StructValue<'a>, name: Name) -> Result<Value<'a>> {
    if value.name() == name { Ok(value.into_fields().into_plain()) } else { Err(other_type(&value, name)) }
}

fn other_type(value: &StructValue<'_>, name: Name) -> SerdeError {
    SerdeError(format!("expected a {name}, found {}", value.path()))
}

macro_rules! keys {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.unquoted().deserialize_any(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Unit => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(value),
            },
            Value::Uint(value) => visitor.visit_u128(value),
            Value::F32(value) => visitor.visit_f32(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Char(value) => visitor.visit_char(value),
            Value::Text(value) => visitor.visit_string(value.into_owned()),
            Value::Bytes(value) => visitor.visit_byte_buf(value.into_owned()),
            Value::Duration(value) => {
                Reader::new(seconds_and_nanos(["secs", "nanos"], value)).deserialize_any(visitor)
            }
            Value::Time(_) | Value::Instant(_) => visitor.visit_string(self.value.to_string()),
            Value::List(items) => {
                let mut items = Items(items.into_iter());
                let made = visitor.visit_seq(&mut items)?;
                match items.0.len() {
                    0 => Ok(made),
                    more => Err(SerdeError(format!("the list has {} too many", plural(more, "item")))),
                }
            }
            Value::Placeholder(why) => visitor.visit_string(placeholder::text(why)),
            Value::Struct(value) => Reader::new(value.into_fields().into_plain()).deserialize_any(visitor),
            Value::Map(entries) => {
                let mut entries = Entries { entries: entries.into_iter(), item: None };
                let made = visitor.visit_map(&mut entries)?;
                // A type that reads until the end has read all of them.
                match entries.entries.len() {
                    0 => Ok(made),
                    _ => Err(SerdeError("the map has more entries than are read".to_owned())),
                }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Unit => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: Name, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Struct(value) => visitor.visit_newtype_struct(Reader::new(plain_fields(*value, name)?)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, name: Name, _fields: Names, visitor: V) -> Result<V::Value> {
        match (&self.value, name) {
            (Value::Time(time), "SystemTime") => {
                let since = time.duration_since(SystemTime::UNIX_EPOCH).map_err(SerdeError::custom)?;
                let names = ["secs_since_epoch", "nanos_since_epoch"];
                Reader::new(seconds_and_nanos(names, since)).deserialize_any(visitor)
            }
            (Value::Struct(_), _) => match self.value {
                Value::Struct(value) => Reader::new(plain_fields(*value, name)?).deserialize_any(visitor),
                _ => self.deserialize_any(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(self, name: Name, _variants: Names, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Text(name) => visitor.visit_enum(name.into_owned().into_deserializer()),
            Value::Struct(value) => {
                if !value.is_of(name) {
                    return Err(other_type(&value, name));
                }
                let variant = value.name().to_owned();
                visitor.visit_enum(Variant { name: variant, value: value.into_fields().into_plain() })
            }
            Value::Map(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((Value::Text(name), value)) => {
                    visitor.visit_enum(Variant { name: name.into_owned(), value })
                }
                _ => Err(SerdeError("the name of a variant is a string".to_owned())),
            },
            value => Err(Error::invalid_type(unexpected(&value), &"a variant: \"Name\" or #{ Name: … }")),
        }
    }

    keys! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn unexpected<'v>(value: &'v Value<'_>) -> Unexpected<'v> {
    match value {
        Value::Text(text) => Unexpected::Str(text),
        value => Unexpected::Other(value.kind()),
    }
}

struct Items<'a>(std::vec::IntoIter<Value<'a>>);

impl<'de> SeqAccess<'de> for &mut Items<'_> {
    type Error = SerdeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.0.next().map(|item| seed.deserialize(Reader::new(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'a> {
    entries: std::vec::IntoIter<(Value<'a>, Value<'a>)>,
    /// The item of the key that was read last, and that key for error messages.
    item: Option<(String, Value<'a>)>,
}

impl<'de> MapAccess<'de> for &mut Entries<'_> {
    type Error = SerdeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some((key, item)) = self.entries.next() else { return Ok(None) };
        let name = match &key {
            Value::Text(text) => text.to_string(),
            key => key.to_string(),
        };
        self.item = Some((name, item));
        seed.deserialize(Reader { value: key, is_key: true }).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some((name, item)) = self.item.take() else {
            return Err(SerdeError("a value is asked for before its key".to_owned()));
        };
        seed.deserialize(Reader::new(item))
            .map_err(|SerdeError(error)| SerdeError(format!("`{name}`: {error}")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A variant with its data.
struct Variant<'a> {
    name: String,
    value: Value<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = SerdeError;
    type Variant = Reader<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'a>)> {
        let name = seed.deserialize(self.name.into_deserializer())?;
        Ok((name, Reader::new(self.value)))
    }
}

impl<'de> VariantAccess<'de> for Reader<'_> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<()> {
        match self.value {
            Value::Unit => Ok(()),
            value => Err(Error::invalid_type(unexpected(&value), &"nothing: the variant holds no data")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: Names, visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }
}
