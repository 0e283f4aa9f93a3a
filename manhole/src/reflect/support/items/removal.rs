//! Removes items from collections of the standard library and of `indexmap`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

use crate::reflect::model::{Manhole, Value};
use crate::reflect::support::construct::convert_key;

/// A collection of which the console removes items without knowing their type.
#[doc(hidden)]
pub trait Shrink {
    /// Removes the item at a key, or of a list at an index. Returns whether it existed.
    fn remove_at(&mut self, key: &Value<'_>) -> bool;

    /// Removes all items from `len` on, or of a map all.
    fn shrink_to(&mut self, len: usize);
}

macro_rules! shrink_map {
    ($([$($generics:tt)*] $ty:ty, $remove:ident;)+) => {$(
        impl<$($generics)*> Shrink for $ty {
            fn remove_at(&mut self, key: &Value<'_>) -> bool {
                convert_key(key.clone()).is_ok_and(|key: K| self.$remove(&key).is_some())
            }

            fn shrink_to(&mut self, _len: usize) {
                self.clear();
            }
        }
    )+};
}

macro_rules! shrink_list {
    ($([$($generics:tt)*] $ty:ty;)+) => {$(
        impl<$($generics)*> Shrink for $ty {
            fn remove_at(&mut self, key: &Value<'_>) -> bool {
                let Value::Int(index) = key else { return false };
                let index = usize::try_from(*index).ok().filter(|index| *index < self.len());
                index.is_some_and(|index| {
                    drop(self.remove(index));
                    true
                })
            }

            fn shrink_to(&mut self, len: usize) {
                self.truncate(len);
            }
        }
    )+};
}

shrink_map! {
    [K: Manhole + Eq + Hash, V, S: BuildHasher] HashMap<K, V, S>, remove;
    [K: Manhole + Ord, V] BTreeMap<K, V>, remove;
}
#[cfg(feature = "indexmap")]
shrink_map!([K: Manhole + Eq + Hash, V, S: BuildHasher] indexmap::IndexMap<K, V, S>, shift_remove;);
shrink_list! {
    [T] Vec<T>;
    [T] VecDeque<T>;
}
