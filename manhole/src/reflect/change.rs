//! Adding items to a collection and taking them out.

use super::error::AccessErrorKind as Kind;
use super::level::to_replace;
use super::walk::{Target, may_change, require, walk};
use super::{
    Access, AccessError, Held, Intent, Level, List, Manhole, Map, Path, Patience, Set, ShapeMut, Value,
    ValueError, snapshot,
};

/// A change of which items a collection has.
///
/// ```
/// use manhole::reflect::{Change, Path, Patience, Taken, Value, change};
///
/// let jobs = std::sync::Mutex::new(vec![1_u32, 2, 3]);
/// let change = |what| change("jobs", &jobs, &Path::root(), &Patience::none(), &what);
/// change(Change::Push(Value::from(4)))?;
/// change(Change::Insert(Value::from(0), Value::from(9)))?;
/// assert_eq!(change(Change::Pop)?, Taken::Item(Value::from(4)));
/// change(Change::Truncate(2))?;
/// assert_eq!(*jobs.lock().unwrap(), [9, 1]);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change<'a> {
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

/// What a [`Change`] has taken out of a collection.
///
/// ```
/// use std::collections::HashMap;
///
/// use manhole::reflect::{Change, Path, Patience, Taken, Value, change};
///
/// let ages = std::sync::Mutex::new(HashMap::from([("alice".to_owned(), 33_u8)]));
/// let remove = || {
///     let alice = Change::Remove(Value::from("alice"));
///     change("ages", &ages, &Path::root(), &Patience::none(), &alice)
/// };
/// assert_eq!(remove()?, Taken::Item(Value::from(33)));
/// assert_eq!(remove()?, Taken::Missing);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Taken {
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
/// use manhole::reflect::{Change, Path, Patience, change};
///
/// let bare = vec![1_u32];
/// let clear = change("bare", &bare, &Path::root(), &Patience::none(), &Change::Clear);
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
    patience: &Patience<'_>,
    change: &Change<'_>,
) -> Result<Taken, AccessError> {
    let mut taken = Taken::Nothing;
    let target = Target { name, value, route: path.into() };
    may_change(&target, patience)?;
    walk(target, Intent::Write, patience, &mut |access| {
        taken = change_here(access, change, patience.level())?;
        Ok(())
    })?;
    Ok(taken)
}

fn change_here(access: Access<'_>, change: &Change<'_>, level: Level) -> Result<Taken, Kind> {
    let found = match access {
        Access::Exclusive(found) => found,
        Access::Shared(found) => return Err(Kind::NoLock { ty: found.reflect().info().to_string() }),
    };
    let node = found.reflect_mut();
    let info = node.info();
    // Who puts an item in writes all that is inside of it. Who takes one out writes nothing.
    if matches!(change, Change::Push(_) | Change::Insert(..)) {
        require(level, to_replace(info))?;
    }
    match node.into_shape() {
        ShapeMut::Option(Some(inner)) => change_here(Access::Exclusive(inner), change, level),
        ShapeMut::Option(None) => Err(Kind::IsNone),
        ShapeMut::List(list) => change_list(list, change, level),
        ShapeMut::Map(map) => change_map(map, change, level),
        ShapeMut::Set(set) => change_set(set, change),
        ShapeMut::Whole => Err(Kind::Whole { ty: info.to_string() }),
        ShapeMut::Shared(_) | ShapeMut::Swapped(_) => Err(Kind::NoLock { ty: info.to_string() }),
        _ => Err(Kind::NoCollection { ty: info.to_string() }),
    }
}

fn change_list(list: &mut dyn List, change: &Change<'_>, level: Level) -> Result<Taken, Kind> {
    let len = list.len();
    let position = |asked: &Value<'_>, end: usize| {
        position(asked, len)
            .filter(|index| *index < end)
            .ok_or_else(|| Kind::NoItem { index: asked.clone().into_owned(), len })
    };
    let index = match change {
        Change::Push(item) => {
            list.insert(len, item.clone()).map_err(Kind::Value)?;
            return Ok(Taken::Nothing);
        }
        Change::Insert(index, item) => {
            list.insert(position(index, len + 1)?, item.clone()).map_err(Kind::Value)?;
            return Ok(Taken::Nothing);
        }
        Change::Truncate(len) => {
            list.truncate(*len).map_err(Kind::Value)?;
            return Ok(Taken::Nothing);
        }
        Change::Clear => {
            list.truncate(0).map_err(Kind::Value)?;
            return Ok(Taken::Nothing);
        }
        Change::Remove(index) => position(index, len)?,
        Change::Pop => match len.checked_sub(1) {
            Some(last) => last,
            None => return Ok(Taken::Missing),
        },
    };
    let taken = taken(list.get(index), level);
    list.remove(index).map_err(Kind::Value)?;
    Ok(taken)
}

fn change_map(map: &mut dyn Map, change: &Change<'_>, level: Level) -> Result<Taken, Kind> {
    match change {
        Change::Insert(key, item) => {
            let before = taken(map.get(key), level);
            map.insert(key.clone(), item.clone()).map_err(Kind::Value)?;
            Ok(before)
        }
        Change::Remove(key) => {
            let taken = taken(map.get(key), level);
            map.remove(key).map_err(Kind::Value)?;
            Ok(taken)
        }
        Change::Clear => map.clear().map(|()| Taken::Nothing).map_err(Kind::Value),
        Change::Push(_) => refuse("a map takes insert(key, item)"),
        Change::Pop | Change::Truncate(_) => refuse("the items of a map are not counted"),
    }
}

fn change_set(set: &mut dyn Set, change: &Change<'_>) -> Result<Taken, Kind> {
    let answer = |known: Result<bool, ValueError>| {
        known.map(|known| Taken::Item(Value::Bool(known))).map_err(Kind::Value)
    };
    match change {
        Change::Push(item) => answer(set.insert(item.clone())),
        Change::Remove(item) => answer(set.remove(item)),
        Change::Clear => set.clear().map(|()| Taken::Nothing).map_err(Kind::Value),
        Change::Insert(..) => refuse("a set takes insert(item)"),
        Change::Pop | Change::Truncate(_) => refuse("the items of a set are not counted"),
    }
}

/// What is about to be taken out. What is too large to be copied is only gone.
fn taken(item: Option<Held<'_>>, level: Level) -> Taken {
    item.map_or(Taken::Missing, |item| snapshot::of(&*item, level).map_or(Taken::Nothing, Taken::Item))
}

fn refuse(why: &str) -> Result<Taken, Kind> {
    Err(Kind::Value(ValueError::new(why)))
}

/// The position that a script's integer stands for in a list of `len` items: negative ones count from the end.
pub(super) fn position(asked: &Value<'_>, len: usize) -> Option<usize> {
    let position = match asked {
        Value::Int(index) if *index < 0 => i128::try_from(len).ok()? + index,
        Value::Int(index) => *index,
        _ => return None,
    };
    usize::try_from(position).ok()
}
