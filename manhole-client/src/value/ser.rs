//! Values to send, as serde writes them.

use std::time::Duration;

use manhole_protocol::Data;
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::ValueError;

/// Makes the data of a value.
pub(super) struct DataSerializer;

/// A list that grows, perhaps as the fields of a variant.
pub(super) struct List {
    variant: Option<&'static str>,
    items: Vec<Data>,
}

/// A map or struct that grows, perhaps as the fields of a variant.
pub(super) struct Map {
    name: &'static str,
    variant: Option<&'static str>,
    entries: Vec<(Data, Data)>,
    key: Option<Data>,
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

/// Returns the data of a variant with fields.
fn variant(name: &str, value: Data) -> Data {
    Data::Map(vec![(text(name), value)])
}

impl List {
    fn new(variant: Option<&'static str>, length: usize) -> Self {
        Self { variant, items: Vec::with_capacity(length) }
    }

    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ValueError> {
        let position = self.items.len();
        let item = item.serialize(DataSerializer).map_err(|error| error.inside(&format!("[{position}]")))?;
        self.items.push(item);
        Ok(())
    }

    fn data(self) -> Data {
        let list = Data::List(self.items);
        match self.variant {
            Some(name) => variant(name, list),
            None => list,
        }
    }
}

impl Map {
    fn new(name: &'static str, variant: Option<&'static str>) -> Self {
        Self { name, variant, entries: Vec::new(), key: None }
    }

    fn push<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), ValueError> {
        let value = value.serialize(DataSerializer).map_err(|error| error.inside(&format!(".{key}")))?;
        self.entries.push((text(key), value));
        Ok(())
    }

    /// Returns the standard library's `Duration`, which is a struct for serde.
    fn duration(&self) -> Option<Duration> {
        match &self.entries[..] {
            [(Data::Text(secs), Data::Int(seconds)), (Data::Text(nanos), Data::Int(nanoseconds))]
                if self.name == "Duration" && secs == "secs" && nanos == "nanos" =>
            {
                Some(Duration::new(u64::try_from(*seconds).ok()?, u32::try_from(*nanoseconds).ok()?))
            }
            _ => None,
        }
    }

    fn data(self) -> Data {
        if let Some(duration) = self.duration() {
            return Data::Text(format!("{duration:?}"));
        }
        let map = Data::Map(self.entries);
        match self.variant {
            Some(name) => variant(name, map),
            None => map,
        }
    }
}

impl Serializer for DataSerializer {
    type Ok = Data;
    type Error = ValueError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    fn serialize_bool(self, value: bool) -> Result<Data, ValueError> {
        Ok(Data::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_i128(self, value: i128) -> Result<Data, ValueError> {
        Ok(Data::Int(value))
    }

    fn serialize_u8(self, value: u8) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<Data, ValueError> {
        Ok(Data::Int(value.into()))
    }

    fn serialize_u128(self, value: u128) -> Result<Data, ValueError> {
        Ok(i128::try_from(value).map_or(Data::Uint(value), Data::Int))
    }

    /// The `f64` with the same text narrows back to the `f32`.
    fn serialize_f32(self, value: f32) -> Result<Data, ValueError> {
        Ok(Data::Float(value.to_string().parse().unwrap_or_else(|_| value.into())))
    }

    fn serialize_f64(self, value: f64) -> Result<Data, ValueError> {
        Ok(Data::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Data, ValueError> {
        Ok(Data::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Data, ValueError> {
        Ok(text(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Data, ValueError> {
        Ok(Data::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Data, ValueError> {
        Ok(Data::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Data, ValueError> {
        Ok(Data::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Data, ValueError> {
        Ok(Data::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Data, ValueError> {
        Ok(text(name))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Data, ValueError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Data, ValueError> {
        let value = value.serialize(self).map_err(|error| error.inside(&format!(".{name}")))?;
        Ok(variant(name, value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, ValueError> {
        Ok(List::new(None, length.unwrap_or_default()))
    }

    fn serialize_tuple(self, length: usize) -> Result<List, ValueError> {
        Ok(List::new(None, length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, ValueError> {
        Ok(List::new(None, length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<List, ValueError> {
        Ok(List::new(Some(name), length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map, ValueError> {
        Ok(Map::new("", None))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Map, ValueError> {
        Ok(Map::new(name, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Map, ValueError> {
        Ok(Map::new("", Some(name)))
    }
}

/// Implements a trait of serde that adds items to a list.
macro_rules! list {
    ($($trait:ident $add:ident),*) => {$(
        impl $trait for List {
            type Ok = Data;
            type Error = ValueError;

            fn $add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ValueError> {
                self.push(item)
            }

            fn end(self) -> Result<Data, ValueError> {
                Ok(self.data())
            }
        }
    )*};
}

list! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
}

impl SerializeMap for Map {
    type Ok = Data;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.key = Some(key.serialize(DataSerializer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let key = self.key.take().ok_or_else(|| ValueError::new("a value without a key"))?;
        let value = value.serialize(DataSerializer).map_err(|error| error.inside(&format!("[{key:?}]")))?;
        self.entries.push((key, value));
        Ok(())
    }

    fn end(self) -> Result<Data, ValueError> {
        Ok(self.data())
    }
}

/// Implements a trait of serde that adds fields to a struct.
macro_rules! fields {
    ($($trait:ident),*) => {$(
        impl $trait for Map {
            type Ok = Data;
            type Error = ValueError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), ValueError> {
                self.push(key, value)
            }

            fn end(self) -> Result<Data, ValueError> {
                Ok(self.data())
            }
        }
    )*};
}

fields! { SerializeStruct, SerializeStructVariant }
