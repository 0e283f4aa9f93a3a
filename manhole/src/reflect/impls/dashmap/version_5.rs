//! Version 5.

use ::dashmap_05 as dashmap;

/// Names the type of an entry, whose parameters differ between the versions.
trait HasEntry<'a> {
    type Entry;
}

impl<'a, K: 'a, V: 'a, S: 'a> HasEntry<'a> for dashmap::DashMap<K, V, S> {
    type Entry = dashmap::mapref::entry::Entry<'a, K, V, S>;
}

#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "map.rs"]
mod map;
#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "set.rs"]
mod set;
