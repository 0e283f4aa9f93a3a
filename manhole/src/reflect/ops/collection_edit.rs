//! Adds items to collections and removes them.

use super::snapshot::snapshot_value;
use crate::reflect::model::{
    AccessMode, Level, List, Map, Set, ShapeMut, Value, ValueBorrow, ValueError, ValueRef,
};
#[cfg(feature = "console")]
use crate::reflect::model::{Manhole, Shape};
use crate::reflect::walk::{AccessError, AccessErrorKind as Kind, Target, require, resolve_index, walk};

/// An edit of a collection: adds or removes items.
///
/// ```
/// use manhole::reflect::{CollectionEdit, Removed, Target, Value};
///
/// let jobs = std::sync::Mutex::new(vec![1_u32, 2, 3]);
/// let target = Target::new("jobs", &jobs);
/// target.edit(&CollectionEdit::Push(Value::from(4)))?;
/// target.edit(&CollectionEdit::Insert(Value::from(0), Value::from(9)))?;
/// assert_eq!(target.edit(&CollectionEdit::Pop)?, Removed::Item(Value::from(4)));
/// target.edit(&CollectionEdit::Truncate(2))?;
/// assert_eq!(*jobs.lock().unwrap(), [9, 1]);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CollectionEdit<'a> {
    /// Appends an item to a list, or adds it to a set.
    Push(Value<'a>),
    /// Inserts an item before an index of a list, or at a key of a map.
    Insert(Value<'a>, Value<'a>),
    /// Removes the item at an index of a list, the entry at a key of a map, or an item of a set.
    Remove(Value<'a>),
    /// Removes the last item of a list.
    Pop,
    /// Keeps this many items of a list, and removes the rest.
    Truncate(usize),
    /// Removes all items.
    Clear,
}

impl CollectionEdit<'_> {
    fn into_owned(self) -> CollectionEdit<'static> {
        match self {
            Self::Push(item) => CollectionEdit::Push(item.into_owned()),
            Self::Insert(key, item) => CollectionEdit::Insert(key.into_owned(), item.into_owned()),
            Self::Remove(key) => CollectionEdit::Remove(key.into_owned()),
            Self::Pop => CollectionEdit::Pop,
            Self::Truncate(len) => CollectionEdit::Truncate(len),
            Self::Clear => CollectionEdit::Clear,
        }
    }
}

/// The item that a [`CollectionEdit`] removed.
///
/// ```
/// use std::collections::HashMap;
///
/// use manhole::reflect::{CollectionEdit, Removed, Target, Value};
///
/// let ages = std::sync::Mutex::new(HashMap::from([("alice".to_owned(), 33_u8)]));
/// let remove = || Target::new("ages", &ages).edit(&CollectionEdit::Remove(Value::from("alice")));
/// assert_eq!(remove()?, Removed::Item(Value::from(33)));
/// assert_eq!(remove()?, Removed::Missing);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Removed {
    /// The edit removes no item, or one that is too large to copy.
    Nothing,
    /// The collection did not have the item.
    Missing,
    /// A copy of the item; for a set, whether the edit changed it.
    Item(Value<'static>),
}

impl Target<'_> {
    /// Adds or removes items of the collection, and returns the removed item.
    ///
    /// ```
    /// use manhole::reflect::{CollectionEdit, Target};
    ///
    /// let bare = vec![1_u32];
    /// let error = Target::new("bare", &bare).edit(&CollectionEdit::Clear).unwrap_err();
    /// assert_eq!(
    ///     error.help().unwrap(),
    ///     "in the application, keep it behind a Mutex or RwLock, or make the field an atomic"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end, no lock above the collection gives exclusive access, the collection does not
    /// support the edit, or the new item does not fit. The collection is then unchanged.
    pub fn edit(&self, edit: &CollectionEdit<'_>) -> Result<Removed, AccessError> {
        require(self.level, Level::Operate).map_err(|kind| self.fail(kind))?;
        let (edit, level) = (edit.clone().into_owned(), self.level);
        walk(self, AccessMode::Write, move |found| edit_value(found, &edit, level))
    }
}

#[cfg(feature = "console")]
impl Target<'_> {
    /// Inserts an item at a key of a map that does not have the key.
    pub(crate) fn insert_missing(&self, key: &Value<'_>, item: &Value<'_>) -> Result<(), AccessError> {
        require(self.level, Level::Operate).map_err(|kind| self.fail(kind))?;
        let (key, level) = (key.clone().into_owned(), self.level);
        let edit = CollectionEdit::Insert(key.clone(), item.clone().into_owned());
        walk(self, AccessMode::Write, move |found| {
            let is_known = match &found {
                ValueBorrow::Exclusive(found) => has_key(*found, &key),
                ValueBorrow::Shared(found) => has_key(*found, &key),
            };
            if is_known { Ok(()) } else { edit_value(found, &edit, level).map(drop) }
        })
    }
}

#[cfg(feature = "console")]
fn has_key(found: &dyn Manhole, key: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        Shape::Option(Some(inner)) => has_key(inner, key),
        Shape::Map(map) => map.get(key).is_some(),
        _ => false,
    }
}

pub(super) fn edit_value(
    found: ValueBorrow<'_>,
    edit: &CollectionEdit<'_>,
    level: Level,
) -> Result<Removed, Kind> {
    let found = match found {
        ValueBorrow::Exclusive(found) => found,
        ValueBorrow::Shared(found) => return Err(Kind::NoLock { ty: found.reflect().info().to_string() }),
    };
    let node = found.reflect_mut();
    let info = node.info();
    // An insertion writes everything inside the item, a removal writes nothing.
    if matches!(edit, CollectionEdit::Push(_) | CollectionEdit::Insert(..)) {
        require(level, info.replace_level())?;
    }
    match node.into_shape() {
        ShapeMut::Option(Some(inner)) => edit_value(ValueBorrow::Exclusive(inner), edit, level),
        ShapeMut::Option(None) => Err(Kind::IsNone),
        ShapeMut::List(list) => edit_list(list, edit, level),
        ShapeMut::Map(map) => edit_map(map, edit, level),
        ShapeMut::Set(set) => edit_set(set, edit),
        ShapeMut::Whole => Err(Kind::Whole { ty: info.to_string() }),
        ShapeMut::Shared(_) | ShapeMut::Swapped(_) => Err(Kind::NoLock { ty: info.to_string() }),
        _ => Err(Kind::NoCollection { ty: info.to_string() }),
    }
}

fn edit_list(list: &mut dyn List, edit: &CollectionEdit<'_>, level: Level) -> Result<Removed, Kind> {
    let len = list.len();
    let resolve_index = |index: &Value<'_>, end: usize| {
        resolve_index(index, len)
            .filter(|index| *index < end)
            .ok_or_else(|| Kind::NoItem { index: index.clone().into_owned(), len })
    };
    let done = |result: Result<(), ValueError>| result.map(|()| Removed::Nothing).map_err(Kind::Value);
    let index = match edit {
        CollectionEdit::Push(item) => return done(list.insert(len, item.clone())),
        CollectionEdit::Insert(index, item) => {
            return done(list.insert(resolve_index(index, len + 1)?, item.clone()));
        }
        CollectionEdit::Truncate(len) => return done(list.truncate(*len)),
        CollectionEdit::Clear => return done(list.truncate(0)),
        CollectionEdit::Remove(index) => resolve_index(index, len)?,
        CollectionEdit::Pop => match len.checked_sub(1) {
            Some(last) => last,
            None => return Ok(Removed::Missing),
        },
    };
    let removed = copy_removed(list.get(index), level);
    list.remove(index).map_err(Kind::Value)?;
    Ok(removed)
}

fn edit_map(map: &mut dyn Map, edit: &CollectionEdit<'_>, level: Level) -> Result<Removed, Kind> {
    match edit {
        CollectionEdit::Insert(key, item) => {
            let removed = copy_removed(map.get(key), level);
            map.insert(key.clone(), item.clone()).map_err(Kind::Value)?;
            Ok(removed)
        }
        CollectionEdit::Remove(key) => {
            let removed = copy_removed(map.get(key), level);
            map.remove(key).map_err(Kind::Value)?;
            Ok(removed)
        }
        CollectionEdit::Clear => map.clear().map(|()| Removed::Nothing).map_err(Kind::Value),
        CollectionEdit::Push(_) => refuse("a map has insert(key, item)"),
        CollectionEdit::Pop | CollectionEdit::Truncate(_) => refuse("the items of a map have no order"),
    }
}

fn edit_set(set: &mut dyn Set, edit: &CollectionEdit<'_>) -> Result<Removed, Kind> {
    let changed = |result: Result<bool, ValueError>| {
        result.map(|changed| Removed::Item(Value::Bool(changed))).map_err(Kind::Value)
    };
    match edit {
        CollectionEdit::Push(item) => changed(set.insert(item.clone())),
        CollectionEdit::Remove(item) => changed(set.remove(item)),
        CollectionEdit::Clear => set.clear().map(|()| Removed::Nothing).map_err(Kind::Value),
        CollectionEdit::Insert(..) => refuse("a set has insert(item)"),
        CollectionEdit::Pop | CollectionEdit::Truncate(_) => refuse("the items of a set have no order"),
    }
}

/// Copies the item that is about to be removed. An item that is too large for a copy is removed without one.
fn copy_removed(item: Option<ValueRef<'_>>, level: Level) -> Removed {
    item.map_or(Removed::Missing, |item| {
        snapshot_value(&*item, level).map_or(Removed::Nothing, Removed::Item)
    })
}

fn refuse(why: &str) -> Result<Removed, Kind> {
    Err(Kind::Value(ValueError::new(why)))
}
