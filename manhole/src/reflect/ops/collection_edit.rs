//! Adding items to a collection and taking them out.

use super::snapshot;
use crate::reflect::model::{
    AccessMode, Level, List, LockWait, Manhole, Map, Path, Set, ShapeMut, Value, ValueBorrow, ValueError,
    ValueRef,
};
use crate::reflect::walk::{
    AccessError, AccessErrorKind as Kind, Target, may_change, require, resolve_index, walk,
};

/// A change of which items a collection has.
///
/// ```
/// use manhole::reflect::{CollectionEdit, Path, LockWait, Removed, Value, change};
///
/// let jobs = std::sync::Mutex::new(vec![1_u32, 2, 3]);
/// let change = |what| change("jobs", &jobs, &Path::root(), &LockWait::none(), &what);
/// change(CollectionEdit::Push(Value::from(4)))?;
/// change(CollectionEdit::Insert(Value::from(0), Value::from(9)))?;
/// assert_eq!(change(CollectionEdit::Pop)?, Removed::Item(Value::from(4)));
/// change(CollectionEdit::Truncate(2))?;
/// assert_eq!(*jobs.lock().unwrap(), [9, 1]);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CollectionEdit<'a> {
    /// Puts an item at the end of a list, or into a set.
    Push(Value<'a>),
    /// Puts an item in front of the one at a position of a list, or under a key of a map.
    Insert(Value<'a>, Value<'a>),
    /// Takes out the item at a position of a list, under a key of a map, or an item of a set.
    Remove(Value<'a>),
    /// Takes out the last item of a list.
    Pop,
    /// Takes out all items of a list from this number on.
    Truncate(usize),
    /// Takes out all items.
    Clear,
}

/// What a [`CollectionEdit`] has taken out of a collection.
///
/// ```
/// use std::collections::HashMap;
///
/// use manhole::reflect::{CollectionEdit, Path, LockWait, Removed, Value, change};
///
/// let ages = std::sync::Mutex::new(HashMap::from([("alice".to_owned(), 33_u8)]));
/// let remove = || {
///     let alice = CollectionEdit::Remove(Value::from("alice"));
///     change("ages", &ages, &Path::root(), &LockWait::none(), &alice)
/// };
/// assert_eq!(remove()?, Removed::Item(Value::from(33)));
/// assert_eq!(remove()?, Removed::Missing);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Removed {
    /// It is not a change that takes something out.
    Nothing,
    /// What was to be taken out, or replaced, was not there.
    Missing,
    /// The item, as data; of a set, whether the change was one.
    Item(Value<'static>),
}

/// Changes which items the collection has that `path` leads to, and answers what was taken out.
///
/// ```
/// use manhole::reflect::{CollectionEdit, Path, LockWait, change};
///
/// let bare = vec![1_u32];
/// let clear = change("bare", &bare, &Path::root(), &LockWait::none(), &CollectionEdit::Clear);
/// let error = clear.unwrap_err();
/// assert_eq!(
///     error.help().unwrap(),
///     "in the program, keep it behind a Mutex or RwLock, or make the field an atomic"
/// );
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end, nothing above the collection locks, it cannot be changed like this, or no item can
/// be made of what is given. Nothing has changed then.
pub fn change(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
    change: &CollectionEdit<'_>,
) -> Result<Removed, AccessError> {
    let mut taken = Removed::Nothing;
    let target = Target { name, value, route: path.into() };
    may_change(&target, wait)?;
    walk(target, AccessMode::Write, wait, &mut |access| {
        taken = change_here(access, change, wait.level())?;
        Ok(())
    })?;
    Ok(taken)
}

fn change_here(access: ValueBorrow<'_>, change: &CollectionEdit<'_>, level: Level) -> Result<Removed, Kind> {
    let found = match access {
        ValueBorrow::Exclusive(found) => found,
        ValueBorrow::Shared(found) => return Err(Kind::NoLock { ty: found.reflect().info().to_string() }),
    };
    let node = found.reflect_mut();
    let info = node.info();
    // Who puts an item in writes all that is inside of it. Who takes one out writes nothing.
    if matches!(change, CollectionEdit::Push(_) | CollectionEdit::Insert(..)) {
        require(level, info.replace_level())?;
    }
    match node.into_shape() {
        ShapeMut::Option(Some(inner)) => change_here(ValueBorrow::Exclusive(inner), change, level),
        ShapeMut::Option(None) => Err(Kind::IsNone),
        ShapeMut::List(list) => change_list(list, change, level),
        ShapeMut::Map(map) => change_map(map, change, level),
        ShapeMut::Set(set) => change_set(set, change),
        ShapeMut::Whole => Err(Kind::Whole { ty: info.to_string() }),
        ShapeMut::Shared(_) | ShapeMut::Swapped(_) => Err(Kind::NoLock { ty: info.to_string() }),
        _ => Err(Kind::NoCollection { ty: info.to_string() }),
    }
}

fn change_list(list: &mut dyn List, change: &CollectionEdit<'_>, level: Level) -> Result<Removed, Kind> {
    let len = list.len();
    let resolve_index = |asked: &Value<'_>, end: usize| {
        resolve_index(asked, len)
            .filter(|index| *index < end)
            .ok_or_else(|| Kind::NoItem { index: asked.clone().into_owned(), len })
    };
    let index = match change {
        CollectionEdit::Push(item) => {
            list.insert(len, item.clone()).map_err(Kind::Value)?;
            return Ok(Removed::Nothing);
        }
        CollectionEdit::Insert(index, item) => {
            list.insert(resolve_index(index, len + 1)?, item.clone()).map_err(Kind::Value)?;
            return Ok(Removed::Nothing);
        }
        CollectionEdit::Truncate(len) => {
            list.truncate(*len).map_err(Kind::Value)?;
            return Ok(Removed::Nothing);
        }
        CollectionEdit::Clear => {
            list.truncate(0).map_err(Kind::Value)?;
            return Ok(Removed::Nothing);
        }
        CollectionEdit::Remove(index) => resolve_index(index, len)?,
        CollectionEdit::Pop => match len.checked_sub(1) {
            Some(last) => last,
            None => return Ok(Removed::Missing),
        },
    };
    let taken = taken(list.get(index), level);
    list.remove(index).map_err(Kind::Value)?;
    Ok(taken)
}

fn change_map(map: &mut dyn Map, change: &CollectionEdit<'_>, level: Level) -> Result<Removed, Kind> {
    match change {
        CollectionEdit::Insert(key, item) => {
            let before = taken(map.get(key), level);
            map.insert(key.clone(), item.clone()).map_err(Kind::Value)?;
            Ok(before)
        }
        CollectionEdit::Remove(key) => {
            let taken = taken(map.get(key), level);
            map.remove(key).map_err(Kind::Value)?;
            Ok(taken)
        }
        CollectionEdit::Clear => map.clear().map(|()| Removed::Nothing).map_err(Kind::Value),
        CollectionEdit::Push(_) => refuse("a map takes insert(key, item)"),
        CollectionEdit::Pop | CollectionEdit::Truncate(_) => refuse("the items of a map are not counted"),
    }
}

fn change_set(set: &mut dyn Set, change: &CollectionEdit<'_>) -> Result<Removed, Kind> {
    let answer = |known: Result<bool, ValueError>| {
        known.map(|known| Removed::Item(Value::Bool(known))).map_err(Kind::Value)
    };
    match change {
        CollectionEdit::Push(item) => answer(set.insert(item.clone())),
        CollectionEdit::Remove(item) => answer(set.remove(item)),
        CollectionEdit::Clear => set.clear().map(|()| Removed::Nothing).map_err(Kind::Value),
        CollectionEdit::Insert(..) => refuse("a set takes insert(item)"),
        CollectionEdit::Pop | CollectionEdit::Truncate(_) => refuse("the items of a set are not counted"),
    }
}

/// What is about to be taken out. What is too large to be copied is only gone.
fn taken(item: Option<ValueRef<'_>>, level: Level) -> Removed {
    item.map_or(Removed::Missing, |item| snapshot::of(&*item, level).map_or(Removed::Nothing, Removed::Item))
}

fn refuse(why: &str) -> Result<Removed, Kind> {
    Err(Kind::Value(ValueError::new(why)))
}
