//! Values that have arrived, as serde reads them.

use manhole_protocol::Data;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::ValueError;
use super::duration::parse_duration;

/// A value to read.
pub(super) struct ValueDeserializer(pub(super) Data);

impl ValueDeserializer {
    /// Returns the value as a float, if a float holds it exactly.
    fn float(&self) -> Option<f64> {
        let Data::Int(value) = self.0 else { return None };
        let magnitude = value.unsigned_abs();
        let bits = (u128::BITS - magnitude.leading_zeros()).saturating_sub(magnitude.trailing_zeros());
        (bits <= f64::MANTISSA_DIGITS).then_some(value as f64)
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(value),
            Data::Int(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(value),
            },
            Data::Uint(value) => visitor.visit_u128(value),
            Data::Float(value) => visitor.visit_f64(value),
            Data::Text(value) => visitor.visit_string(value),
            Data::Bytes(value) => visitor.visit_byte_buf(value),
            Data::List(items) => visitor.visit_seq(Items { items: items.into_iter(), position: 0 }),
            Data::Map(entries) => visitor.visit_map(Entries { entries: entries.into_iter(), current: None }),
            Data::Placeholder(why) => Err(ValueError::new(format!("the value is not shown: <{why}>"))),
            _ => Err(ValueError::new("the value is of a kind that this version does not know")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match (self.float(), &self.0) {
            (Some(value), _) => visitor.visit_f64(value),
            (None, Data::Int(value)) => Err(ValueError::new(format!("a float cannot hold {value} exactly"))),
            (None, _) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Data::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Data::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    /// The standard library's `Duration` is a struct for serde.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match &self.0 {
            Data::Text(text) if name == "Duration" => match parse_duration(text) {
                Some(time) => visitor.visit_map(MapDeserializer::new(
                    [("secs", time.as_secs()), ("nanos", time.subsec_nanos().into())].into_iter(),
                )),
                None => Err(ValueError::new(format!("expected a duration, found {text:?}"))),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            Data::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            Data::Map(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((Data::Text(name), value)) => visitor.visit_enum(Variant { name, value: Some(value) }),
                _ => Err(ValueError::new("expected the name of a variant as the key")),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    /// A hidden value in a part that is skipped is no error.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct map identifier
    }
}

/// The items of a list.
struct Items {
    items: std::vec::IntoIter<Data>,
    position: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let position = self.position;
        self.position += 1;
        let value = seed.deserialize(ValueDeserializer(item));
        value.map(Some).map_err(|error| error.inside(&format!("[{position}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map or struct.
struct Entries {
    entries: std::vec::IntoIter<(Data, Data)>,
    /// The step to the value that is next, and the value.
    current: Option<(String, Data)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        let step = match &key {
            Data::Text(key) => format!(".{key}"),
            Data::Int(key) => format!("[{key}]"),
            key => format!("[{key:?}]"),
        };
        let read = seed.deserialize(ValueDeserializer(key)).map(Some);
        let read = read.map_err(|error| error.inside(&step));
        self.current = Some((step, value));
        read
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        let (step, value) = self.current.take().ok_or_else(|| ValueError::new("a value without a key"))?;
        seed.deserialize(ValueDeserializer(value)).map_err(|error| error.inside(&step))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A variant of an enum, with its fields.
struct Variant {
    name: String,
    value: Option<Data>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = ValueError;
    type Variant = Fields;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Fields), ValueError> {
        let variant = seed.deserialize(self.name.as_str().into_deserializer())?;
        Ok((variant, Fields(self.value)))
    }
}

/// The fields of a variant.
struct Fields(Option<Data>);

impl Fields {
    fn deserializer(self) -> Result<ValueDeserializer, ValueError> {
        let missing = || de::Error::custom("the variant has no fields");
        self.0.map(ValueDeserializer).ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Fields {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        match self.0 {
            None => Ok(()),
            Some(_) => Err(ValueError::new("the variant has fields")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ValueError> {
        seed.deserialize(self.deserializer()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.deserializer()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserializer()?.deserialize_any(visitor)
    }
}
