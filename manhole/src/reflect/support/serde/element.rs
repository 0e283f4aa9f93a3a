//! Writes one element of a serialized field.
//!
//! Serde deserializes only whole values. So each element knows its positions below the root: a write changes the copy of
//! the root and deserializes it.

use super::value::{SerdeValue, untyped};
use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, Value, ValueError, ValueMut, ValueRef,
};

type Entries = Vec<(Value<'static>, Value<'static>)>;

/// A whole field, which its elements are part of.
pub trait SerdeRoot {
    /// Returns the serialized copy.
    fn data(&self) -> &SerdeValue;

    /// Deserializes `value` and stores it in the field.
    ///
    /// # Errors
    ///
    /// If the type cannot be deserialized from `value`.
    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError>;
}

impl SerdeRoot for &mut dyn SerdeRoot {
    fn data(&self) -> &SerdeValue {
        (**self).data()
    }

    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        (**self).replace(value)
    }
}

/// The element at `place`, the positions below the root. With an empty `place` it is the root.
pub struct SerdeElement<W> {
    root: W,
    place: Vec<usize>,
    info: &'static TypeInfo,
}

impl<W: SerdeRoot> SerdeElement<W> {
    /// Creates the element that is the root.
    pub(super) const fn root(root: W, info: &'static TypeInfo) -> Self {
        Self { root, place: Vec::new(), info }
    }

    fn data(&self) -> &SerdeValue {
        self.root.data().at(&self.place).unwrap_or(&SerdeValue::None)
    }

    /// Returns the element one step down.
    fn inside(&mut self, position: usize) -> ValueMut<'_> {
        let place = self.place.iter().copied().chain([position]).collect();
        let root: &mut dyn SerdeRoot = &mut self.root;
        ValueMut::owned(SerdeElement { root, place, info: untyped() })
    }

    /// Deserializes the root after `change` to this element.
    fn change<R>(
        &mut self,
        change: impl FnOnce(&mut Value<'static>) -> Result<R, ValueError>,
    ) -> Result<R, ValueError> {
        let Some(mut root) = self.root.data().value() else {
            return Err(ValueError::new(
                "cannot change one element: the console shows only a part of this value, so assign the whole value",
            ));
        };
        let mut element = &mut root;
        for position in &self.place {
            let next = match element {
                Value::List(items) => items.get_mut(*position),
                Value::Map(entries) => entries.get_mut(*position).map(|(_, item)| item),
                _ => None,
            };
            element = next.ok_or_else(ValueError::fixed_size)?;
        }
        let result = change(element)?;
        self.root.replace(root)?;
        Ok(result)
    }
}

impl<W: SerdeRoot> SerdeElement<W> {
    fn change_items(&mut self, change: impl FnOnce(&mut Vec<Value<'static>>)) -> Result<(), ValueError> {
        self.change(|element| match element {
            Value::List(items) => {
                change(items);
                Ok(())
            }
            _ => Err(ValueError::fixed_size()),
        })
    }

    fn change_entries(&mut self, change: impl FnOnce(&mut Entries)) -> Result<(), ValueError> {
        self.change(|element| match element {
            Value::Map(entries) => {
                change(entries);
                Ok(())
            }
            _ => Err(ValueError::fixed_size()),
        })
    }
}

impl<W: SerdeRoot> Manhole for SerdeElement<W> {
    fn type_info() -> &'static TypeInfo {
        untyped()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(self.info, self.data().shape())
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        let info = self.info;
        let shape = match self.data().shape() {
            Shape::List(_) => ShapeMut::List(self),
            Shape::Map(_) => ShapeMut::Map(self),
            Shape::Option(_) => ShapeMut::Option(None),
            _ => ShapeMut::Leaf,
        };
        NodeMut::described(info, shape)
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        // The root is replaced as it is: what the copy left out is replaced too.
        if self.place.is_empty() {
            return self.root.replace(value);
        }
        self.change(|element| {
            *element = value.into_owned();
            Ok(())
        })
    }
}

impl<W: SerdeRoot> List for SerdeElement<W> {
    fn len(&self) -> usize {
        List::len(self.data())
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        List::get(self.data(), index)
    }

    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        List::get(self.data(), index)?;
        Some(self.inside(index))
    }

    fn insert(&mut self, index: usize, value: Value<'_>) -> Result<(), ValueError> {
        self.change_items(|items| items.insert(index.min(items.len()), value.into_owned()))
    }

    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        self.change_items(|items| drop(items.drain(index..=index)))
    }

    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        self.change_items(|items| items.truncate(len))
    }
}

impl<W: SerdeRoot> Map for SerdeElement<W> {
    fn len(&self) -> usize {
        Map::len(self.data())
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        Map::get(self.data(), key)
    }

    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
        let position = self.data().position(key)?;
        Some(self.inside(position))
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.data().entries(visit);
    }

    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let known = self.data().position(&key);
        let entry = (key.into_owned(), value.into_owned());
        self.change_entries(|entries| match known {
            Some(position) => entries[position] = entry,
            None => entries.push(entry),
        })
    }

    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let Some(position) = self.data().position(key) else { return Ok(false) };
        self.change_entries(|entries| drop(entries.remove(position)))?;
        Ok(true)
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        self.change_entries(Vec::clear)
    }
}
