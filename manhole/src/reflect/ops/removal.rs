//! Removes several items of a collection under one lock.

use std::time::{Duration, Instant};

use super::collection_edit::{CollectionEdit, Removed, edit_value};
use super::snapshot::snapshot_value;
use crate::reflect::model::{AccessMode, Level, Manhole, Shape, Value, ValueBorrow};
use crate::reflect::walk::{AccessError, AccessErrorKind as Kind, Target, require, resolve_index, walk};

/// An item to remove.
#[derive(Clone)]
pub(crate) struct Removal {
    /// The position in a list, the key in a map, or the item of a set.
    pub(crate) key: Value<'static>,
    /// A copy of the item of a list, which is not removed if it has changed.
    pub(crate) expected: Option<Value<'static>>,
}

/// What a pass over the items to remove has done.
#[derive(Default)]
pub(crate) struct RemovalPass {
    /// The number of items that it handled.
    pub(crate) handled: usize,
    /// The number of those that it removed.
    pub(crate) removed: usize,
    /// The number of those that had changed.
    pub(crate) changed: usize,
}

impl Target<'_> {
    /// Removes one or more of `items` from the collection under one lock, for as long as `max_time`.
    pub(crate) fn remove_items(
        &self,
        items: &[Removal],
        max_time: Duration,
    ) -> Result<RemovalPass, AccessError> {
        require(self.level, Level::Operate).map_err(|kind| self.fail(kind))?;
        let (items, level) = (items.to_vec(), self.level);
        walk(self, AccessMode::Write, move |found| {
            let found = match found {
                ValueBorrow::Exclusive(found) => found,
                ValueBorrow::Shared(found) => {
                    return Err(Kind::NoLock { ty: found.reflect().info().to_string() });
                }
            };
            let mut pass = RemovalPass::default();
            let start = Instant::now();
            for Removal { key, expected } in &items {
                let is_same = |expected: &Value<'_>| {
                    copy_at(found, key, level).is_some_and(|found| found.same(expected))
                };
                if expected.as_ref().is_none_or(is_same) {
                    let edit = CollectionEdit::Remove(key.clone());
                    let removed = edit_value(ValueBorrow::Exclusive(&mut *found), &edit, level)?;
                    let is_missing = matches!(removed, Removed::Missing | Removed::Item(Value::Bool(false)));
                    pass.removed += usize::from(!is_missing || expected.is_some());
                } else {
                    pass.changed += 1;
                }
                pass.handled += 1;
                if start.elapsed() > max_time {
                    break;
                }
            }
            Ok(pass)
        })
    }
}

/// Returns a copy of the item of a list.
fn copy_at(found: &dyn Manhole, index: &Value<'_>, level: Level) -> Option<Value<'static>> {
    match found.reflect().into_shape() {
        Shape::Option(Some(inner)) => copy_at(inner, index, level),
        Shape::List(list) => {
            let index = resolve_index(index, list.len())?;
            snapshot_value(&*list.get(index)?, level).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn items_that_have_changed_stay() {
        let list = Mutex::new(vec![5_u8, 6, 7]);
        let removal = |key: usize, expected: u8| Removal {
            key: Value::from(key),
            expected: Some(Value::from(expected)),
        };
        let items = [removal(9, 7), removal(2, 7), removal(1, 5)];
        let pass = Target::new("list", &list).remove_items(&items, Duration::from_secs(60)).unwrap();
        assert_eq!((pass.handled, pass.removed, pass.changed), (3, 1, 2));
        assert_eq!(*list.lock().unwrap(), [5, 6]);
    }
}
