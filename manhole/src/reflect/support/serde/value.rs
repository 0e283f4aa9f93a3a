//! A bounded copy of what a type serializes as.

use std::borrow::Cow;

use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};

/// One value of the copy, with what is inside.
#[derive(Debug)]
pub enum Data {
    Leaf(Value<'static>),
    None,
    List {
        items: Vec<Data>,
        /// How many were left out.
        more: usize,
    },
    Map {
        entries: Vec<(Data, Data)>,
        /// How many were left out.
        more: usize,
    },
    /// A text that stands for what could not be copied.
    Mark(String),
}

impl Data {
    /// The shape, for a look.
    pub(super) fn shape(&self) -> Shape<'_> {
        match self {
            Self::Leaf(value) => Shape::Leaf(borrowed(value)),
            Self::None => Shape::Option(None),
            Self::List { .. } => Shape::List(self),
            Self::Map { .. } => Shape::Map(self),
            Self::Mark(text) => Shape::Text(text.clone()),
        }
    }

    /// All of it as one value; `None` if something was left out.
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
            Self::List { .. } | Self::Map { .. } | Self::Mark(_) => return None,
        })
    }

    /// What is inside at `place`: the positions from here down.
    pub(super) fn at(&self, place: &[usize]) -> Option<&Self> {
        let Some((first, rest)) = place.split_first() else { return Some(self) };
        match self {
            Self::List { items, .. } => items.as_slice().get(*first)?.at(rest),
            Self::Map { entries, .. } => entries.as_slice().get(*first)?.1.at(rest),
            _ => None,
        }
    }

    /// The position of the entry under `key`.
    pub(super) fn position(&self, key: &Value<'_>) -> Option<usize> {
        let Self::Map { entries, .. } = self else { return None };
        entries.iter().position(|(known, _)| matches!(known, Self::Leaf(known) if known.same(key)))
    }
}

/// The same value without a copy of its text.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
        value => value.clone(),
    }
}

/// What is known of the parts: serde tells no types.
pub(super) fn undescribed() -> &'static TypeInfo {
    const { &TypeInfo::new("data", TypeKind::Opaque) }
}

impl Manhole for Data {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(self.shape())
    }

    /// A change to the copy would change nothing else.
    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Whole)
    }
}

impl List for Data {
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

impl Map for Data {
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
