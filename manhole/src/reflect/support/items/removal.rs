//! Removes items from collections of the standard library and of `indexmap`.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// A map of which the console removes items by their keys, of any type.
#[doc(hidden)]
pub trait ShrinkMap {
    type Key;

    /// Removes the first item whose key `is_it`. Returns whether there was one.
    fn remove_key(&mut self, is_it: &mut dyn FnMut(&Self::Key) -> bool) -> bool;

    /// Removes all items.
    fn remove_all(&mut self);
}

/// A list of which the console removes items.
#[doc(hidden)]
pub trait ShrinkList {
    /// Removes the item at an index. Returns whether it existed.
    fn remove_at(&mut self, index: usize) -> bool;

    /// Removes all items from `len` on.
    fn shrink_to(&mut self, len: usize);
}

macro_rules! shrink_map {
    ($([$($generics:tt)*] $ty:ty;)+) => {$(
        impl<$($generics)*> ShrinkMap for $ty {
            type Key = K;

            fn remove_key(&mut self, is_it: &mut dyn FnMut(&K) -> bool) -> bool {
                let mut is_removed = false;
                self.retain(|key, _| {
                    let stays = is_removed || !is_it(key);
                    is_removed |= !stays;
                    stays
                });
                is_removed
            }

            fn remove_all(&mut self) {
                self.clear();
            }
        }
    )+};
}

macro_rules! shrink_list {
    ($([$($generics:tt)*] $ty:ty;)+) => {$(
        impl<$($generics)*> ShrinkList for $ty {
            fn remove_at(&mut self, index: usize) -> bool {
                let exists = index < self.len();
                if exists {
                    drop(self.remove(index));
                }
                exists
            }

            fn shrink_to(&mut self, len: usize) {
                self.truncate(len);
            }
        }
    )+};
}

shrink_map! {
    [K, V, S] HashMap<K, V, S>;
    [K: Ord, V] BTreeMap<K, V>;
}
#[cfg(feature = "indexmap")]
shrink_map!([K: Eq + std::hash::Hash, V, S: std::hash::BuildHasher] indexmap::IndexMap<K, V, S>;);
shrink_list! {
    [T] Vec<T>;
    [T] VecDeque<T>;
}
