//! Copying a value by its `Serialize`, as far as there is room for it.

use std::cell::Cell;

use ::serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::Failure;
use super::value::Data;
use crate::reflect::model::Value;
use crate::reflect::ops::leaf_text;
use crate::reflect::support::field_adapter::guarded;
use crate::reflect::text::thousands;

/// How many values are copied.
const NODES: usize = 4096;
/// How many bytes of texts are copied.
const BYTES: usize = 256 * 1024;
/// How many levels of nesting are copied: each takes some of the stack.
const DEPTH: usize = 64;

/// What `value` serializes as, or the mark of what has gone wrong.
pub(super) fn read<T: Serialize + ?Sized>(value: &T) -> Data {
    let room = Room { nodes: Cell::new(NODES), bytes: Cell::new(BYTES) };
    match guarded(|| value.serialize(Writer { room: &room, depth: 0 })) {
        Ok(Ok(data)) => data,
        Ok(Err(failure)) => Data::Mark(format!("<{failure}>")),
        Err(panicked) => Data::Mark(panicked),
    }
}

/// What may still be copied.
struct Room {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    room: &'a Room,
    depth: usize,
}

impl Writer<'_> {
    /// Copies what is inside; `None` if there is no room for it.
    fn part<T: Serialize + ?Sized>(self, value: &T) -> Result<Option<Data>, Failure> {
        let nodes = self.room.nodes.get();
        if nodes == 0 || self.room.bytes.get() == 0 {
            return Ok(None);
        }
        self.room.nodes.set(nodes - 1);
        let inner = Self { room: self.room, depth: self.depth + 1 };
        if inner.depth > DEPTH {
            return Ok(Some(Data::Mark("…".to_owned())));
        }
        value.serialize(inner).map(Some)
    }

    /// Copies what is always there: the one value of a variant or newtype.
    fn whole<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, Failure> {
        Ok(self.part(value)?.unwrap_or_else(|| Data::Mark("…".to_owned())))
    }

    fn text(self, text: &str) -> Data {
        let left = self.room.bytes.get();
        self.room.bytes.set(left.saturating_sub(text.len()));
        if text.len() <= left {
            Data::Leaf(Value::from(text.to_owned()))
        } else {
            Data::Mark(leaf_text(&Value::from(text), left))
        }
    }
}

impl<'a> Writer<'a> {
    fn list(self, variant: Option<&'static str>) -> ListWriter<'a> {
        ListWriter { writer: self, variant, items: Vec::new(), more: 0 }
    }

    fn map(self, variant: Option<&'static str>) -> MapWriter<'a> {
        MapWriter { writer: self, variant, entries: Vec::new(), more: 0, key: None }
    }
}

/// A variant with data is a map with one entry.
fn of_variant(variant: Option<&'static str>, data: Data) -> Data {
    match variant {
        None => data,
        Some(name) => Data::Map { entries: vec![(named(name), data)], more: 0 },
    }
}

fn named(name: &'static str) -> Data {
    Data::Leaf(Value::from(name))
}

macro_rules! leaves {
    ($($method:ident: $ty:ty => |$value:ident| $leaf:expr,)*) => {
        $(fn $method(self, $value: $ty) -> Result<Data, Failure> {
            Ok(Data::Leaf($leaf))
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = Data;
    type Error = Failure;
    type SerializeSeq = ListWriter<'a>;
    type SerializeTuple = ListWriter<'a>;
    type SerializeTupleStruct = ListWriter<'a>;
    type SerializeTupleVariant = ListWriter<'a>;
    type SerializeMap = MapWriter<'a>;
    type SerializeStruct = MapWriter<'a>;
    type SerializeStructVariant = MapWriter<'a>;

    leaves! {
        serialize_bool: bool => |value| Value::Bool(value),
        serialize_i8: i8 => |value| value.into(),
        serialize_i16: i16 => |value| value.into(),
        serialize_i32: i32 => |value| value.into(),
        serialize_i64: i64 => |value| value.into(),
        serialize_i128: i128 => |value| value.into(),
        serialize_u8: u8 => |value| value.into(),
        serialize_u16: u16 => |value| value.into(),
        serialize_u32: u32 => |value| value.into(),
        serialize_u64: u64 => |value| value.into(),
        serialize_u128: u128 => |value| value.into(),
        serialize_f32: f32 => |value| Value::F32(value),
        serialize_f64: f64 => |value| Value::Float(value),
        serialize_char: char => |value| Value::Char(value),
        serialize_unit_struct: &'static str => |_name| Value::Unit,
    }

    fn serialize_str(self, text: &str) -> Result<Data, Failure> {
        Ok(self.text(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Data, Failure> {
        let left = self.room.bytes.get();
        self.room.bytes.set(left.saturating_sub(bytes.len()));
        Ok(if bytes.len() <= left {
            Data::Leaf(Value::Bytes(bytes.to_vec().into()))
        } else {
            Data::Mark(format!("<{} bytes>", thousands(bytes.len())))
        })
    }

    fn serialize_none(self) -> Result<Data, Failure> {
        Ok(Data::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, Failure> {
        self.whole(value)
    }

    fn serialize_unit(self) -> Result<Data, Failure> {
        Ok(Data::Leaf(Value::Unit))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Data, Failure> {
        Ok(named(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Data, Failure> {
        self.whole(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Data, Failure> {
        Ok(of_variant(Some(variant), self.whole(value)?))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ListWriter<'a>, Failure> {
        Ok(self.list(None))
    }

    fn serialize_tuple(self, _len: usize) -> Result<ListWriter<'a>, Failure> {
        Ok(self.list(None))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<ListWriter<'a>, Failure> {
        Ok(self.list(None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ListWriter<'a>, Failure> {
        Ok(self.list(Some(variant)))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<MapWriter<'a>, Failure> {
        Ok(self.map(None))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<MapWriter<'a>, Failure> {
        Ok(self.map(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<MapWriter<'a>, Failure> {
        Ok(self.map(Some(variant)))
    }
}

struct ListWriter<'a> {
    writer: Writer<'a>,
    variant: Option<&'static str>,
    items: Vec<Data>,
    more: usize,
}

impl ListWriter<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        match self.writer.part(value)? {
            Some(item) => self.items.push(item),
            None => self.more += 1,
        }
        Ok(())
    }

    fn finish(self) -> Data {
        of_variant(self.variant, Data::List { items: self.items, more: self.more })
    }
}

macro_rules! lists {
    ($($of:ident $item:ident,)*) => {$(
        impl $of for ListWriter<'_> {
            type Ok = Data;
            type Error = Failure;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.item(value)
            }

            fn end(self) -> Result<Data, Failure> {
                Ok(self.finish())
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

struct MapWriter<'a> {
    writer: Writer<'a>,
    variant: Option<&'static str>,
    entries: Vec<(Data, Data)>,
    more: usize,
    /// What the next value is for, if there was room for it.
    key: Option<Data>,
}

impl MapWriter<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, key: Option<Data>, value: &T) -> Result<(), Failure> {
        let item = if key.is_some() { self.writer.part(value)? } else { None };
        match key.zip(item) {
            Some(entry) => self.entries.push(entry),
            None => self.more += 1,
        }
        Ok(())
    }

    fn finish(self) -> Data {
        of_variant(self.variant, Data::Map { entries: self.entries, more: self.more })
    }
}

impl SerializeMap for MapWriter<'_> {
    type Ok = Data;
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.key = self.writer.part(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let key = self.key.take();
        self.item(key, value)
    }

    fn end(self) -> Result<Data, Failure> {
        Ok(self.finish())
    }
}

macro_rules! structs {
    ($($of:ident)*) => {$(
        impl $of for MapWriter<'_> {
            type Ok = Data;
            type Error = Failure;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failure> {
                self.item(Some(named(name)), value)
            }

            fn end(self) -> Result<Data, Failure> {
                Ok(self.finish())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }
