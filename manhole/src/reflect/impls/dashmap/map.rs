//! `DashMap`: a map in shards, each with its own lock.
//!
//! No one ever has the whole map exclusively, so a walk opens it without a lock. Each step then locks the shards that it
//! needs: one for an entry, all for an iteration. The map's own methods wait for these locks without a timeout, so each
//! step tries the locks first; a thread that holds a shard for reading can lock it for reading again, even if a writer
//! waits.

use std::cell::Cell;
use std::hash::{BuildHasher, Hash};

use super::HasEntry;
use super::dashmap::DashMap;
use super::dashmap::mapref::entry::Entry;
use super::dashmap::try_result::TryResult;
use crate::reflect::impls::map::{convert_key, is_borrowed};
use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo,
    TypeKind, Value, ValueBorrow, ValueError, ValueMut, ValueRef, ValueVisitor,
};

impl<K, V, S> Manhole for DashMap<K, V, S>
where
    K: Manhole + Eq + Hash,
    V: Manhole,
    S: BuildHasher + Clone + Default,
{
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("DashMap", TypeKind::Map(K::type_info, V::type_info))
                .with_params(&[K::type_info, V::type_info])
        }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        Ok(made_entries(Self::type_info(), value)?.into_iter().collect())
    }
}

impl<K, V, S> Lockable for DashMap<K, V, S>
where
    K: Manhole + Eq + Hash,
    V: Manhole,
    S: BuildHasher + Clone + Default,
{
    fn open(&self, _mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let mut open = Open { map: self, wait, failed: Cell::new(None) };
        then(ValueBorrow::Exclusive(&mut open));
        // A map that was only partly visible counts as locked.
        open.failed.take().map_or(Ok(()), Err)
    }

    fn is_lock(&self) -> bool {
        false
    }
}

fn made_entries<K: Manhole, V: Manhole>(
    info: &TypeInfo,
    value: Value<'_>,
) -> Result<Vec<(K, V)>, ValueError> {
    match value {
        Value::Map(entries) => {
            entries.into_iter().map(|(key, item)| Ok((convert_key(key)?, V::from_value(item)?))).collect()
        }
        value => Err(ValueError::wrong_kind(info, "a map", &value)),
    }
}

/// Records that an edit found a shard locked, which [`Lockable::open`] then returns.
pub(super) fn record_locked(failed: &Cell<Option<LockError>>, error: LockError) -> ValueError {
    failed.set(Some(error));
    ValueError::new("the application has locked that part of it; try again")
}

/// A map during a command.
struct Open<'a, K, V, S> {
    map: &'a DashMap<K, V, S>,
    wait: &'a LockWait<'a>,
    /// The reason why a step failed, which only [`Lockable::open`] can return.
    failed: Cell<Option<LockError>>,
}

impl<K: Eq + Hash, V, S: BuildHasher + Clone> Open<'_, K, V, S> {
    /// Runs `work` while all shards are locked for reading, so that an iteration does not wait.
    fn with_all_read_locks(&self, work: impl FnOnce()) {
        let all = || self.map.shards().iter().map(|shard| shard.try_read()).collect::<Option<Vec<_>>>();
        match self.wait.wait_for(all) {
            Ok(_guards) => work(),
            Err(error) => self.failed.set(Some(error)),
        }
    }
}

impl<K, V, S> Manhole for Open<'_, K, V, S>
where
    K: Manhole + Eq + Hash,
    V: Manhole,
    S: BuildHasher + Clone + Default,
{
    fn type_info() -> &'static TypeInfo {
        DashMap::<K, V, S>::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Map(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Map(self))
    }

    /// Clears and refills the map. The application may see it empty or incomplete, since no one has it exclusively.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        made_entries::<K, V>(Self::type_info(), value.clone())?;
        self.clear()?;
        let Value::Map(entries) = value else { return Ok(()) };
        entries.into_iter().try_for_each(|(key, item)| self.insert(key, item))
    }
}

impl<K, V, S> Map for Open<'_, K, V, S>
where
    K: Manhole + Eq + Hash,
    V: Manhole,
    S: BuildHasher + Clone + Default,
{
    fn len(&self) -> usize {
        let mut len = 0;
        for shard in self.map.shards() {
            match self.wait.wait_for(|| shard.try_read()) {
                Ok(entries) => len += entries.len(),
                // One locked shard is enough to fail; the others are not waited for.
                Err(error) => {
                    self.failed.set(Some(error));
                    break;
                }
            }
        }
        len
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        self.item(key).map(ValueRef::owned)
    }

    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
        self.item(key).map(ValueMut::owned)
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.with_all_read_locks(|| {
            for entry in self.map {
                if !visit(entry.key(), entry.value()) {
                    break;
                }
            }
        });
    }

    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let item = V::from_value(value)?;
        let entry = self.entry(&key)?;
        // The old item is dropped after the lock is released: its `drop` is the application's code.
        let _before = match entry {
            Entry::Occupied(mut entry) => Some(entry.insert(item)),
            Entry::Vacant(entry) => {
                entry.insert(item);
                None
            }
        };
        Ok(())
    }

    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        if convert_key::<K>(key.clone()).is_err() {
            return Ok(false);
        }
        match self.entry(key)? {
            Entry::Occupied(entry) => {
                drop(entry.remove_entry());
                Ok(true)
            }
            Entry::Vacant(_) => Ok(false),
        }
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        // All shards or none.
        let all = || self.map.shards().iter().map(|shard| shard.try_write()).collect::<Option<Vec<_>>>();
        let shards = self.wait.wait_for(all).map_err(|error| record_locked(&self.failed, error))?;
        shards.into_iter().for_each(|mut shard| shard.clear());
        Ok(())
    }
}

impl<'a, K: Manhole + Eq + Hash, V, S: BuildHasher + Clone> Open<'a, K, V, S> {
    /// Returns the place of `key`, whether or not it has an entry.
    fn entry(&self, key: &Value<'_>) -> Result<<DashMap<K, V, S> as HasEntry<'a>>::Entry, ValueError> {
        let mut made = Some(convert_key(key.clone())?);
        // If the shard is locked, the key is lost.
        let attempt = || self.map.try_entry(made.take().or_else(|| convert_key(key.clone()).ok())?);
        self.wait.wait_for(attempt).map_err(|error| record_locked(&self.failed, error))
    }

    /// Returns the item at `key`, or `None` if it certainly does not exist.
    fn item(&self, key: &Value<'_>) -> Option<Item<'a, K, V, S>> {
        let key = if is_borrowed::<K>() {
            Key::ByScan(key.clone().into_owned())
        } else {
            let key = convert_key(key.clone()).ok()?;
            match self.map.try_get(&key) {
                TryResult::Absent => return None,
                TryResult::Present(_) | TryResult::Locked => Key::ByKey(key),
            }
        };
        Some(Item { map: self.map, key })
    }
}

/// How to find an item.
enum Key<K> {
    /// By its key.
    ByKey(K),
    /// By comparing all keys: no `&'static str` can be created from a script's string.
    ByScan(Value<'static>),
}

/// An item of a map. It is locked while it is read, and may have been removed before.
struct Item<'a, K, V, S> {
    map: &'a DashMap<K, V, S>,
    key: Key<K>,
}

impl<K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher + Clone> Manhole for Item<'_, K, V, S> {
    fn type_info() -> &'static TypeInfo {
        V::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }
}

impl<K: Manhole + Eq + Hash, V: Manhole, S: BuildHasher + Clone> Lockable for Item<'_, K, V, S> {
    fn open(&self, mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        /// Returns `None` while the shard is locked, and otherwise the item, if it exists.
        fn found<G>(result: TryResult<G>) -> Option<Option<G>> {
            match result {
                TryResult::Present(guard) => Some(Some(guard)),
                TryResult::Absent => Some(None),
                TryResult::Locked => None,
            }
        }

        const GONE: LockError = LockError::Empty("is no longer there");
        let key = match &self.key {
            Key::ByKey(key) => key,
            Key::ByScan(key) => {
                let open = Open { map: self.map, wait, failed: Cell::new(None) };
                let mut error = Some(GONE);
                open.with_all_read_locks(|| {
                    let same = |known: &K| matches!(known.reflect().into_shape(), Shape::Leaf(known) if known == *key);
                    if let Some(entry) = self.map.iter().find(|entry| same(entry.key())) {
                        then(ValueBorrow::Shared(entry.value()));
                        error = None;
                    }
                });
                return open.failed.take().or(error).map_or(Ok(()), Err);
            }
        };
        match mode {
            AccessMode::Read => {
                let item = wait.wait_for(|| found(self.map.try_get(key)))?.ok_or(GONE)?;
                then(ValueBorrow::Shared(item.value()));
            }
            AccessMode::Write => {
                let mut item = wait.wait_for(|| found(self.map.try_get_mut(key)))?.ok_or(GONE)?;
                then(ValueBorrow::Exclusive(item.value_mut()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::{Cancellation, Path, Step};
    use crate::reflect::ops::{CollectionEdit, Removed, shown};
    use crate::reflect::walk::{AccessError, Target};

    fn assign(map: &dyn Manhole, path: &Path, value: impl Into<Value<'static>>) -> Result<(), AccessError> {
        Target::new("map", map).at(path).write(&value.into())
    }

    fn key(key: Value<'static>) -> Path {
        Path::root().join(Step::Key(key))
    }

    #[test]
    fn an_item_is_written_under_its_own_lock() {
        let map: DashMap<_, _> = DashMap::from_iter([(7_u16, (1_u8, true))]);
        assert_eq!(shown(&map), "{7: (1, true)}");
        let field = key(Value::from(7)).join(Step::Key(Value::from(0)));
        assert_eq!(assign(&map, &field, Value::from(5)), Ok(()));
        assert_eq!(*map.get(&7).unwrap(), (5, true));
        let error = assign(&map, &key(Value::from(8)), Value::from(5)).unwrap_err();
        assert_eq!(error.to_string(), "cannot reach map[8]: the map has no key 8");
    }

    #[test]
    fn a_locked_item_is_reported() {
        let map = DashMap::with_shard_amount(2);
        map.insert(1_u8, 1_u8);
        let held = map.get_mut(&1).unwrap();
        assert_eq!(shown_inside(&map), "<locked>");
        let error = assign(&map, &key(Value::from(1)), Value::from(5)).unwrap_err();
        assert_eq!(error.to_string(), "cannot lock map[1]: the application holds the lock");
        let mut open = Open { map: &map, wait: &LockWait::none(), failed: Cell::new(None) };
        let error = Map::insert(&mut open, Value::from(1), Value::from(2)).unwrap_err();
        assert_eq!(error.to_string(), "the application has locked that part of it; try again");
        for other in 2..20 {
            map.try_entry(other).map(|entry| entry.or_insert(other));
        }
        let before =
            map.shards().iter().filter_map(|shard| shard.try_read().map(|shard| shard.len())).sum::<usize>();
        assert!(before > 0 && Map::clear(&mut open).is_err());
        let after =
            map.shards().iter().filter_map(|shard| shard.try_read().map(|shard| shard.len())).sum::<usize>();
        assert_eq!(after, before, "all or nothing");
        drop(held);
        map.retain(|key, _| *key == 1);
        assert_eq!(shown_inside(&map), "{1: 1}");
    }

    /// Returns the text of the map inside another value, where a lock is a placeholder instead of an error.
    fn shown_inside(map: &DashMap<u8, u8>) -> String {
        shown(&Some(map)).trim_start_matches("Some(").trim_end_matches(')').to_owned()
    }

    #[test]
    fn entries_of_a_shared_map_are_inserted_and_removed() {
        let map = DashMap::<String, u8>::new();
        let mut open = Open { map: &map, wait: &LockWait::none(), failed: Cell::new(None) };
        assert_eq!(Map::insert(&mut open, Value::from("a"), Value::from(1)), Ok(()));
        assert_eq!(Map::insert(&mut open, Value::from("a"), Value::from(2)), Ok(()));
        assert_eq!((Map::len(&open), *map.get("a").unwrap()), (1, 2));
        assert_eq!(Map::remove(&mut open, &Value::from("b")), Ok(false));
        assert_eq!(Map::remove(&mut open, &Value::from("a")), Ok(true));
        let whole = Value::Map(vec![(Value::from("x"), Value::from(3))]);
        assert_eq!(assign(&map, &Path::root(), whole), Ok(()));
        assert_eq!(shown(&map), "{\"x\": 3}");
        let error = assign(&map, &Path::root(), Value::from(1)).unwrap_err();
        assert_eq!(error.to_string(), "cannot write map: DashMap<String, u8> takes a map, not the integer 1");
        assert_eq!(map.len(), 1);
    }

    #[test]
    fn a_shard_inside_a_lock_is_waited_for_with_the_lock_released() {
        use std::sync::{Arc, Mutex, TryLockError, mpsc};
        use std::time::Duration;

        struct Never;
        impl Cancellation for Never {
            fn is_cancelled(&self) -> bool {
                false
            }
        }

        let map: Arc<DashMap<_, _>> = Arc::new(DashMap::from_iter([(1_u8, 1_u8)]));
        let outer = Arc::new(Mutex::new(Arc::clone(&map)));
        let wait = LockWait::new(Duration::from_secs(60), &Never);
        for what in [CollectionEdit::Insert(Value::from(1), Value::from(2)), CollectionEdit::Clear] {
            let held = map.get_mut(&1).unwrap();
            std::thread::scope(|scope| {
                let (done, result) = mpsc::channel();
                let outer = &outer;
                let what = &what;
                let wait = &wait;
                scope.spawn(move || done.send(Target::new("map", outer).with_wait(*wait).edit(what)));
                assert!(result.recv_timeout(Duration::from_millis(100)).is_err(), "it waits");
                let free = |_| {
                    std::thread::sleep(Duration::from_micros(100));
                    !matches!(outer.try_lock(), Err(TryLockError::WouldBlock))
                };
                assert!((0..100_000).any(free), "the outer lock is free most of the time");
                drop(held);
                let taken = result.recv_timeout(Duration::from_secs(60)).unwrap();
                assert!(matches!(taken, Ok(Removed::Item(_) | Removed::Nothing)), "{taken:?}");
            });
        }
        assert!(map.is_empty());
    }

    #[test]
    fn a_static_string_key_is_found_by_comparison() {
        use std::sync::atomic::{AtomicU8, Ordering};

        let map: DashMap<_, _> = DashMap::from_iter([("hits", AtomicU8::new(1))]);
        assert_eq!(assign(&map, &key(Value::from("hits")), Value::from(9)), Ok(()));
        assert_eq!(map.get("hits").unwrap().load(Ordering::SeqCst), 9);
        assert!(assign(&map, &key(Value::from("misses")), Value::from(9)).is_err());
    }
}
