//! Version 6.

use ::dashmap;

/// Names the type of an entry, whose parameters differ between the versions.
trait HasEntry<'a> {
    type Entry;
}

impl<'a, K: 'a, V: 'a, S: 'a> HasEntry<'a> for dashmap::DashMap<K, V, S> {
    type Entry = dashmap::mapref::entry::Entry<'a, K, V>;
}

#[path = "map.rs"]
mod map;
#[path = "set.rs"]
mod set;
