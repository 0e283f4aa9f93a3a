//! `DashSet`: a set in shards, each with its own lock. It is opened like a `DashMap`.

use std::cell::Cell;
use std::hash::{BuildHasher, Hash};

use super::dashmap::DashSet;
use super::map::record_locked;
use crate::reflect::impls::list::convert_items;
use crate::reflect::impls::map::convert_key;
use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Set, Shape, ShapeMut, TypeInfo,
    TypeKind, Value, ValueBorrow, ValueError, ValueVisitor,
};

impl<T, S> Manhole for DashSet<T, S>
where
    T: Manhole + Eq + Hash,
    S: BuildHasher + Clone + Default,
{
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("DashSet", TypeKind::Set(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        convert_items(Self::type_info(), value)
    }
}

impl<T, S> Lockable for DashSet<T, S>
where
    T: Manhole + Eq + Hash,
    S: BuildHasher + Clone + Default,
{
    fn open(&self, _mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let mut open = Open { set: self, wait, failed: Cell::new(None) };
        then(ValueBorrow::Exclusive(&mut open));
        open.failed.take().map_or(Ok(()), Err)
    }

    fn is_lock(&self) -> bool {
        false
    }
}

/// A set during a command.
struct Open<'a, T, S> {
    set: &'a DashSet<T, S>,
    wait: &'a LockWait<'a>,
    /// The reason why a step failed, which only [`Lockable::open`] can return.
    failed: Cell<Option<LockError>>,
}

impl<T: Eq + Hash, S: BuildHasher + Clone> Open<'_, T, S> {
    /// Waits until the shard of `item` is free.
    ///
    /// The set has no `try_` methods. A thread that locks the shard between this check and the next step is waited for,
    /// without a timeout: the only such wait. It would have to take the lock within nanoseconds, and keep it.
    fn wait_for(&self, item: &T) -> Result<(), ValueError> {
        let shard = &self.set.shards()[self.set.determine_shard(self.set.hash_usize(item))];
        self.wait.wait_for(|| shard.try_write()).map(drop).map_err(|error| record_locked(&self.failed, error))
    }
}

impl<T, S> Manhole for Open<'_, T, S>
where
    T: Manhole + Eq + Hash,
    S: BuildHasher + Clone + Default,
{
    fn type_info() -> &'static TypeInfo {
        DashSet::<T, S>::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Set(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Set(self))
    }

    /// Clears and refills the set. The application may see it empty or incomplete, since no one has it exclusively.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let items: Vec<T> = convert_items(Self::type_info(), value)?;
        self.clear()?;
        for item in items {
            self.wait_for(&item)?;
            self.set.insert(item);
        }
        Ok(())
    }
}

impl<T, S> Set for Open<'_, T, S>
where
    T: Manhole + Eq + Hash,
    S: BuildHasher + Clone + Default,
{
    fn len(&self) -> usize {
        let mut len = 0;
        for shard in self.set.shards() {
            match self.wait.wait_for(|| shard.try_read()) {
                Ok(items) => len += items.len(),
                // One locked shard is enough to fail; the others are not waited for.
                Err(error) => {
                    self.failed.set(Some(error));
                    break;
                }
            }
        }
        len
    }

    fn contains(&self, item: &Value<'_>) -> bool {
        let Ok(item) = convert_key::<T>(item.clone()) else { return false };
        let shard = &self.set.shards()[self.set.determine_shard(self.set.hash_usize(&item))];
        match self.wait.wait_for(|| shard.try_read()) {
            // A thread that holds it for reading can lock it again.
            Ok(_guard) => self.set.contains(&item),
            Err(error) => {
                self.failed.set(Some(error));
                false
            }
        }
    }

    fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let all = || self.set.shards().iter().map(|shard| shard.try_read()).collect::<Option<Vec<_>>>();
        match self.wait.wait_for(all) {
            Ok(_guards) => {
                for item in self.set.iter() {
                    if !visit(item.key()) {
                        break;
                    }
                }
            }
            Err(error) => self.failed.set(Some(error)),
        }
    }

    fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
        let item = T::from_value(value)?;
        self.wait_for(&item)?;
        Ok(self.set.insert(item))
    }

    fn remove(&mut self, item: &Value<'_>) -> Result<bool, ValueError> {
        let Ok(item) = convert_key::<T>(item.clone()) else { return Ok(false) };
        self.wait_for(&item)?;
        Ok(self.set.remove(&item).is_some())
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        // All shards or none.
        let all = || self.set.shards().iter().map(|shard| shard.try_write()).collect::<Option<Vec<_>>>();
        let shards = self.wait.wait_for(all).map_err(|error| record_locked(&self.failed, error))?;
        shards.into_iter().for_each(|mut shard| shard.clear());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn items_of_a_shared_set_are_inserted_and_removed() {
        let set = DashSet::<u8>::new();
        let none = LockWait::none();
        let mut open = Open { set: &set, wait: &none, failed: Cell::new(None) };
        assert_eq!(Set::insert(&mut open, Value::from(1)), Ok(true));
        assert_eq!(Set::insert(&mut open, Value::from(1)), Ok(false));
        assert!(Set::contains(&open, &Value::from(1)) && !Set::contains(&open, &Value::from("1a")));
        assert_eq!(shown(&set), "{1}");
        assert_eq!(Set::remove(&mut open, &Value::from(1)), Ok(true));
        assert_eq!(open.write(Value::List(vec![Value::from(7), Value::from(8)])), Ok(()));
        assert_eq!(Set::len(&open), 2);
        let held = set.get(&7).unwrap();
        assert!(
            Set::remove(&mut open, &Value::from(7)).is_err(),
            "a shard that another reader holds is locked"
        );
        assert!(Set::clear(&mut open).is_err());
        assert_eq!((open.failed.take(), set.len()), (Some(LockError::Locked), 2));
        drop(held);
        assert_eq!(Set::clear(&mut open), Ok(()));
        assert_eq!(open.failed.take(), None);
        assert!(set.is_empty());
    }
}
