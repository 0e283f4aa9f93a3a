//! Serializes a value into a bounded copy.

use std::cell::Cell;

use ::serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::SerdeError;
use super::value::SerdeValue;
use crate::reflect::model::Value;
use crate::reflect::ops::leaf_text;
use crate::reflect::text::{placeholder, thousands};
use crate::reflect::walk::author_code;

type Name = &'static str;
type Result<T = SerdeValue> = std::result::Result<T, SerdeError>;

/// The most values copied.
const MAX_VALUES: usize = 4096;
/// The most bytes of text copied.
const MAX_BYTES: usize = 256 * 1024;
/// The most levels of nesting copied: each takes stack.
const MAX_DEPTH: usize = 64;

/// Serializes `value`, or returns a placeholder with the error or panic message.
pub(super) fn read<T: Serialize + ?Sized>(value: &T) -> SerdeValue {
    let budget =
        SizeBudget { nodes: Cell::new(MAX_VALUES), bytes: Cell::new(MAX_BYTES), stopped: Cell::new(None) };
    match author_code::run(|| Writer { budget: &budget, depth: 0 }.copy(value)) {
        Ok(Ok(data)) => data,
        Ok(Err(failure)) => SerdeValue::Placeholder(placeholder::text(failure)),
        Err(panicked) => SerdeValue::Placeholder(panicked),
    }
}

/// The part of the limits that is left.
struct SizeBudget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    /// The collection that ended its `Serialize` by an error, because the budget is spent: the rest need not be passed over.
    stopped: Cell<Option<SerdeValue>>,
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    budget: &'a SizeBudget,
    depth: usize,
}

impl Writer<'_> {
    /// Copies an element; `None` if the budget is spent.
    fn element<T: Serialize + ?Sized>(self, value: &T) -> Result<Option<SerdeValue>> {
        let nodes = self.budget.nodes.get();
        if nodes == 0 || self.budget.bytes.get() == 0 {
            return Ok(None);
        }
        self.budget.nodes.set(nodes - 1);
        let inner = Self { budget: self.budget, depth: self.depth + 1 };
        if inner.depth > MAX_DEPTH {
            return Ok(Some(SerdeValue::Placeholder("…".to_owned())));
        }
        inner.copy(value).map(Some)
    }

    /// Copies a value, or the beginning of a collection at which the budget was spent.
    fn copy<T: Serialize + ?Sized>(self, value: &T) -> Result {
        let copied = value.serialize(self);
        match (copied, self.budget.stopped.take()) {
            (Err(_), Some(beginning)) => Ok(beginning),
            (copied, _) => copied,
        }
    }

    /// Copies the one value of a variant or newtype, or a placeholder if the budget is spent.
    fn root<T: Serialize + ?Sized>(self, value: &T) -> Result {
        Ok(self.element(value)?.unwrap_or_else(|| SerdeValue::Placeholder("…".to_owned())))
    }

    fn text(self, text: &str) -> SerdeValue {
        let left = self.budget.bytes.get();
        self.budget.bytes.set(left.saturating_sub(text.len()));
        if text.len() <= left {
            SerdeValue::Leaf(Value::from(text.to_owned()))
        } else {
            SerdeValue::Placeholder(leaf_text(&Value::from(text), left))
        }
    }
}

impl<'a> Writer<'a> {
    fn list(self, variant: Option<Name>) -> ListWriter<'a> {
        ListWriter { writer: self, variant, len: None, items: Vec::new(), more: 0 }
    }

    fn map(self, variant: Option<Name>) -> MapWriter<'a> {
        MapWriter { writer: self, variant, len: None, entries: Vec::new(), more: 0, key: None }
    }

    /// Ends the `Serialize` of a collection. Its copy becomes `beginning`.
    fn stop(self, beginning: SerdeValue) -> Result<()> {
        self.budget.stopped.set(Some(beginning));
        Err(SerdeError("the copy is complete".to_owned()))
    }
}

/// Wraps the data of a variant in a map of one entry.
fn of_variant(variant: Option<Name>, data: SerdeValue) -> SerdeValue {
    match variant {
        None => data,
        Some(name) => SerdeValue::Map { entries: vec![(named(name), data)], more: 0 },
    }
}

fn named(name: Name) -> SerdeValue {
    SerdeValue::Leaf(Value::from(name))
}

macro_rules! leaves {
    ($($method:ident: $ty:ty => |$value:ident| $leaf:expr,)*) => {
        $(fn $method(self, $value: $ty) -> Result {
            Ok(SerdeValue::Leaf($leaf))
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = SerdeValue;
    type Error = SerdeError;
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
        serialize_unit_struct: Name => |_name| Value::Unit,
    }

    fn serialize_str(self, text: &str) -> Result {
        Ok(self.text(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result {
        let left = self.budget.bytes.get();
        self.budget.bytes.set(left.saturating_sub(bytes.len()));
        Ok(if bytes.len() <= left {
            SerdeValue::Leaf(Value::Bytes(bytes.to_vec().into()))
        } else {
            SerdeValue::Placeholder(placeholder::text(format_args!("{} bytes", thousands(bytes.len()))))
        })
    }

    fn serialize_none(self) -> Result {
        Ok(SerdeValue::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        self.root(value)
    }

    fn serialize_unit(self) -> Result {
        Ok(SerdeValue::Leaf(Value::Unit))
    }

    fn serialize_unit_variant(self, _name: Name, _index: u32, variant: Name) -> Result {
        Ok(named(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: Name, value: &T) -> Result {
        self.root(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: Name,
        _index: u32,
        variant: Name,
        value: &T,
    ) -> Result {
        Ok(of_variant(Some(variant), self.root(value)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<ListWriter<'a>> {
        Ok(ListWriter { len, ..self.list(None) })
    }

    fn serialize_tuple(self, _len: usize) -> Result<ListWriter<'a>> {
        Ok(self.list(None))
    }

    fn serialize_tuple_struct(self, _name: Name, _len: usize) -> Result<ListWriter<'a>> {
        Ok(self.list(None))
    }

    fn serialize_tuple_variant(
        self,
        _name: Name,
        _index: u32,
        variant: Name,
        _len: usize,
    ) -> Result<ListWriter<'a>> {
        Ok(self.list(Some(variant)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<MapWriter<'a>> {
        Ok(MapWriter { len, ..self.map(None) })
    }

    fn serialize_struct(self, _name: Name, _len: usize) -> Result<MapWriter<'a>> {
        Ok(self.map(None))
    }

    fn serialize_struct_variant(
        self,
        _name: Name,
        _index: u32,
        variant: Name,
        _len: usize,
    ) -> Result<MapWriter<'a>> {
        Ok(self.map(Some(variant)))
    }
}

struct ListWriter<'a> {
    writer: Writer<'a>,
    variant: Option<Name>,
    /// The number of items that the type announces.
    len: Option<usize>,
    items: Vec<SerdeValue>,
    more: usize,
}

impl ListWriter<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        match self.writer.element(value)? {
            Some(item) => self.items.push(item),
            None => {
                self.more += 1;
                if let Some(len) = self.len {
                    let items = std::mem::take(&mut self.items);
                    let more = len.saturating_sub(items.len());
                    return self.writer.stop(SerdeValue::List { items, more });
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> SerdeValue {
        of_variant(self.variant, SerdeValue::List { items: self.items, more: self.more })
    }
}

macro_rules! lists {
    ($($of:ident $item:ident,)*) => {$(
        impl $of for ListWriter<'_> {
            type Ok = SerdeValue;
            type Error = SerdeError;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.item(value)
            }

            fn end(self) -> Result {
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
    variant: Option<Name>,
    /// The number of entries that the type announces.
    len: Option<usize>,
    entries: Vec<(SerdeValue, SerdeValue)>,
    more: usize,
    /// The key of the next value, if the budget allowed it.
    key: Option<SerdeValue>,
}

impl MapWriter<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, key: Option<SerdeValue>, value: &T) -> Result<()> {
        let item = if key.is_some() { self.writer.element(value)? } else { None };
        match key.zip(item) {
            Some(entry) => self.entries.push(entry),
            None => {
                self.more += 1;
                if let Some(len) = self.len {
                    let entries = std::mem::take(&mut self.entries);
                    let more = len.saturating_sub(entries.len());
                    return self.writer.stop(SerdeValue::Map { entries, more });
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> SerdeValue {
        of_variant(self.variant, SerdeValue::Map { entries: self.entries, more: self.more })
    }
}

impl SerializeMap for MapWriter<'_> {
    type Ok = SerdeValue;
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = self.writer.element(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take();
        self.item(key, value)
    }

    fn end(self) -> Result {
        Ok(self.finish())
    }
}

macro_rules! structs {
    ($($of:ident)*) => {$(
        impl $of for MapWriter<'_> {
            type Ok = SerdeValue;
            type Error = SerdeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: Name,
                value: &T,
            ) -> Result<()> {
                self.item(Some(named(name)), value)
            }

            fn end(self) -> Result {
                Ok(self.finish())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }
