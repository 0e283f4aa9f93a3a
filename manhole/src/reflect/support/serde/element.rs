//! Writing a part of what was read as data.
//!
//! Serde makes values only as a whole. So a part knows the way from the whole to itself: what is written to it is put into the
//! copy of the whole, of which the value is made anew.

use super::value::{Data, undescribed};
use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, Value, ValueError, ValueMut, ValueRef,
};

type Entries = Vec<(Value<'static>, Value<'static>)>;

/// All of a field.
pub trait Whole {
    /// The copy of it.
    fn data(&self) -> &Data;

    /// Replaces it by what can be made of `value`.
    ///
    /// # Errors
    ///
    /// If nothing can.
    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError>;
}

impl Whole for &mut dyn Whole {
    fn data(&self) -> &Data {
        (**self).data()
    }

    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        (**self).replace(value)
    }
}

/// What is inside of the whole at some place; at the empty place it is the whole itself.
pub struct Part<W> {
    whole: W,
    place: Vec<usize>,
    info: &'static TypeInfo,
}

impl<W: Whole> Part<W> {
    /// The whole.
    pub(super) const fn whole(whole: W, info: &'static TypeInfo) -> Self {
        Self { whole, place: Vec::new(), info }
    }

    fn data(&self) -> &Data {
        self.whole.data().at(&self.place).unwrap_or(&Data::None)
    }

    /// What is one step further down.
    fn inside(&mut self, position: usize) -> ValueMut<'_> {
        let place = self.place.iter().copied().chain([position]).collect();
        let whole: &mut dyn Whole = &mut self.whole;
        ValueMut::owned(Part { whole, place, info: undescribed() })
    }

    /// Makes the whole anew after `change` to this part.
    fn change<R>(
        &mut self,
        change: impl FnOnce(&mut Value<'static>) -> Result<R, ValueError>,
    ) -> Result<R, ValueError> {
        let Some(mut whole) = self.whole.data().value() else {
            return Err(ValueError::new(
                "not all of it can be seen here, so no part of it can be changed: assign the whole value",
            ));
        };
        let mut part = &mut whole;
        for position in &self.place {
            let next = match part {
                Value::List(items) => items.get_mut(*position),
                Value::Map(entries) => entries.get_mut(*position).map(|(_, item)| item),
                _ => None,
            };
            part = next.ok_or_else(ValueError::fixed_size)?;
        }
        let result = change(part)?;
        self.whole.replace(whole)?;
        Ok(result)
    }
}

impl<W: Whole> Part<W> {
    fn change_items(&mut self, change: impl FnOnce(&mut Vec<Value<'static>>)) -> Result<(), ValueError> {
        self.change(|part| match part {
            Value::List(items) => {
                change(items);
                Ok(())
            }
            _ => Err(ValueError::fixed_size()),
        })
    }

    fn change_entries(&mut self, change: impl FnOnce(&mut Entries)) -> Result<(), ValueError> {
        self.change(|part| match part {
            Value::Map(entries) => {
                change(entries);
                Ok(())
            }
            _ => Err(ValueError::fixed_size()),
        })
    }
}

impl<W: Whole> Manhole for Part<W> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
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
        // What is written to the whole replaces all that could not be seen of it.
        if self.place.is_empty() {
            return self.whole.replace(value);
        }
        self.change(|part| {
            *part = value.into_owned();
            Ok(())
        })
    }
}

impl<W: Whole> List for Part<W> {
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

impl<W: Whole> Map for Part<W> {
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
