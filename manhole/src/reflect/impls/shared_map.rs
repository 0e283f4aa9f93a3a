//! Maps whose entries belong to tasks and threads of the application, which enter and leave while the console reads.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use crate::reflect::model::{Manhole, Resume, Value};
use crate::sync::LockIgnoringPoison;

/// How many entries an iteration takes under one lock: entering and leaving wait for that.
const MAX_LOCKED_ENTRIES: usize = 64;

/// Entries by key. Each is shared with those who look at it, so that no lock is held meanwhile.
pub(crate) struct SharedMap<K, V>(Mutex<BTreeMap<K, Arc<V>>>);

/// A key of a [`SharedMap`].
pub(crate) trait SharedKey: Manhole + Ord + Clone {
    /// Returns the key that a script means.
    fn of(value: &Value<'_>) -> Option<Self>;
}

impl SharedKey for u64 {
    fn of(value: &Value<'_>) -> Option<Self> {
        let Value::Int(number) = value else { return None };
        Self::try_from(*number).ok()
    }
}

impl SharedKey for String {
    fn of(value: &Value<'_>) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        Some(text.clone().into_owned())
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    pub(crate) fn insert(&self, key: K, value: Arc<V>) {
        self.0.lock_ignoring_poison().insert(key, value);
    }

    /// Inserts `value` by `key`, or while that is taken by another one that `other_key` makes. Returns the key by which it is there.
    #[cfg(feature = "console")]
    pub(crate) fn insert_by_free_key(&self, key: K, mut other_key: impl FnMut() -> K, value: Arc<V>) -> K
    where
        K: Clone,
    {
        let mut entries = self.0.lock_ignoring_poison();
        let mut key = key;
        while entries.contains_key(&key) {
            key = other_key();
        }
        entries.insert(key.clone(), value);
        key
    }

    /// Removes an entry, which is dropped without the lock.
    pub(crate) fn remove(&self, key: &K) {
        let removed = self.0.lock_ignoring_poison().remove(key);
        drop(removed);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock_ignoring_poison().len()
    }
}

impl<K: SharedKey, V> SharedMap<K, V> {
    pub(crate) fn get(&self, key: &Value<'_>) -> Option<Arc<V>> {
        self.0.lock_ignoring_poison().get(&K::of(key)?).cloned()
    }

    /// Returns the first entries behind `key`.
    fn behind(&self, key: Option<&K>) -> Vec<(K, Arc<V>)> {
        let start = key.map_or(Bound::Unbounded, Bound::Excluded);
        let entries = self.0.lock_ignoring_poison();
        let next = entries.range((start, Bound::Unbounded)).take(MAX_LOCKED_ENTRIES);
        next.map(|(key, value)| (key.clone(), Arc::clone(value))).collect()
    }

    /// Passes the entries behind `place`, as long as `visit` returns true.
    pub(crate) fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&K, Arc<V>) -> bool) {
        let last = place.last.as_ref().and_then(K::of);
        let mut passed = if last.is_some() { place.passed } else { 0 };
        let mut batch = self.behind(last.as_ref());
        while let Some(end) = batch.last().map(|(key, _)| key.clone()) {
            for (key, value) in batch {
                passed += 1;
                if passed > place.passed && !visit(&key, value) {
                    return;
                }
            }
            batch = self.behind(Some(&end));
        }
    }
}

#[cfg(all(test, feature = "console"))]
mod tests {
    use super::*;

    #[test]
    fn no_entry_takes_the_key_of_another() {
        let map = SharedMap::new();
        map.insert(1_u64, Arc::new('a'));
        map.insert(2, Arc::new('b'));
        let mut others = 2..;
        let key = map.insert_by_free_key(1, || others.next().unwrap(), Arc::new('c'));
        assert_eq!((key, map.len()), (3, 3));
        assert_eq!(map.get(&Value::from(2)).as_deref(), Some(&'b'));
    }
}
