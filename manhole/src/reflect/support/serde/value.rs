//! A bounded copy of a serialized value.

use std::borrow::Cow;

use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};

/// One value of the copy, with its elements.
#[derive(Debug)]
pub enum SerdeValue {
    Leaf(Value<'static>),
    None,
    List {
        items: Vec<SerdeValue>,
        /// The number of items left out.
        more: usize,
    },
    Map {
        entries: Vec<(SerdeValue, SerdeValue)>,
        /// The number of entries left out.
        more: usize,
    },
    /// The text in place of a value that could not be copied.
    Placeholder(String),
}

impl SerdeValue {
    /// Returns the shape that a walk sees.
    pub(super) fn shape(&self) -> Shape<'_> {
        match self {
            Self::Leaf(value) => Shape::Leaf(borrowed(value)),
            Self::None => Shape::Option(None),
            Self::List { .. } => Shape::List(self),
            Self::Map { .. } => Shape::Map(self),
            Self::Placeholder(text) => Shape::Text(text.clone().into()),
        }
    }

    /// Returns the whole copy as one value, or `None` if anything was left out.
    pub(super) fn value(&self) -> Option<Value<'static>> {
        Some(match self {
            Self::Leaf(value) => value.clone(),
            Self::None => Value::Unit,
            Self::List { items, more: 0 } => {
                Value::List(items.iter().map(Self::value).collect::<Option<_>>()?)
            }
            Self::Map { entries, more: 0 } => Value::Map(
                entries
                    .iter()
                    .map(|(key, item)| Some((key.value()?, item.value()?)))
                    .collect::<Option<_>>()?,
            ),
            Self::List { .. } | Self::Map { .. } | Self::Placeholder(_) => return None,
        })
    }

    /// Returns the element at `place`, a list of positions.
    pub(super) fn at(&self, place: &[usize]) -> Option<&Self> {
        let Some((first, rest)) = place.split_first() else { return Some(self) };
        match self {
            Self::List { items, .. } => items.as_slice().get(*first)?.at(rest),
            Self::Map { entries, .. } => entries.as_slice().get(*first)?.1.at(rest),
            _ => None,
        }
    }

    /// Returns the position of the entry under `key`.
    pub(super) fn position(&self, key: &Value<'_>) -> Option<usize> {
        let Self::Map { entries, .. } = self else { return None };
        entries.iter().position(|(known, _)| matches!(known, Self::Leaf(known) if known.same(key)))
    }
}

/// Returns the same value, with its text or bytes borrowed.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
        value => value.clone(),
    }
}

/// Returns the description of all elements: serde has no type names.
pub(super) fn untyped() -> &'static TypeInfo {
    const { &TypeInfo::new("data", TypeKind::Opaque) }
}

impl Manhole for SerdeValue {
    fn type_info() -> &'static TypeInfo {
        untyped()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(self.shape())
    }

    /// Writes to the copy would not reach the field.
    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Whole)
    }
}

impl List for SerdeValue {
    fn len(&self) -> usize {
        match self {
            Self::List { items, more } => items.len() + more,
            _ => 0,
        }
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        match self {
            Self::List { items, .. } => items.as_slice().get(index).map(ValueRef::from),
            _ => None,
        }
    }

    fn get_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}

impl Map for SerdeValue {
    fn len(&self) -> usize {
        match self {
            Self::Map { entries, more } => entries.len() + more,
            _ => 0,
        }
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let position = self.position(key)?;
        self.at(&[position]).map(ValueRef::from)
    }

    fn get_mut(&mut self, _key: &Value<'_>) -> Option<ValueMut<'_>> {
        None
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        if let Self::Map { entries, .. } = self {
            let _ = entries.iter().all(|(key, item)| visit(key, item));
        }
    }
}
