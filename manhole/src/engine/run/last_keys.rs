//! The keys of maps that completion has read last. They are offered while a lock is held, or a command runs.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::reflect::{Level, TypeInfo, Value};
use crate::sync::LockIgnoringPoison;

/// The most maps of which the keys are kept.
const MAX_MAPS: usize = 16;

/// The most keys of a map that are kept.
pub(crate) const MAX_KEYS: usize = 500;

/// The most bytes that all kept keys take.
const MAX_BYTES: usize = 64 * 1024;

/// The keys of a map.
#[derive(Debug, Clone, Default)]
pub(crate) struct MapKeys {
    /// The keys, in their order.
    pub(crate) keys: Vec<Value<'static>>,
    /// The type of the items.
    pub(crate) item: Option<&'static TypeInfo>,
    /// How many more keys there were.
    pub(crate) left: usize,
}

/// The keys of the last maps of a session.
#[derive(Default)]
pub(crate) struct LastKeys(Mutex<VecDeque<SeenKeys>>);

struct SeenKeys {
    /// The path of the map.
    path: String,
    /// The level at which they were read. A lower one may not see them.
    level: Level,
    keys: MapKeys,
    bytes: usize,
}

impl LastKeys {
    /// Keeps `keys` in place of those that the map at `path` had before.
    pub(crate) fn replace(&self, path: &str, level: Level, mut keys: MapKeys) {
        let mut bytes = path.len();
        let fitting = keys.keys.iter().take(MAX_KEYS).take_while(|key| {
            bytes += size(key);
            bytes <= MAX_BYTES
        });
        let count = fitting.count();
        keys.left = keys.left.saturating_add(keys.keys.len() - count);
        keys.keys.truncate(count);
        keys.keys.shrink_to_fit();
        let mut seen = self.0.lock_ignoring_poison();
        seen.retain(|known| known.path != path);
        seen.push_front(SeenKeys { path: path.to_owned(), level, keys, bytes: bytes.min(MAX_BYTES) });
        let mut total = 0;
        let fitting = seen.iter().take(MAX_MAPS).take_while(|known| {
            total += known.bytes;
            total <= MAX_BYTES
        });
        let count = fitting.count();
        seen.truncate(count);
    }

    /// Returns the last keys of the map at `path`, if `level` may see them.
    pub(crate) fn of(&self, path: &str, level: Level) -> Option<MapKeys> {
        let seen = self.0.lock_ignoring_poison();
        let seen = seen.iter().find(|known| known.path == path)?;
        (seen.level <= level).then(|| seen.keys.clone())
    }
}

fn size(key: &Value<'_>) -> usize {
    size_of::<Value<'_>>() + if let Value::Text(text) = key { text.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize, bytes: usize) -> MapKeys {
        let keys = (0..count).map(|number| Value::from(format!("{number:0bytes$}")));
        MapKeys { keys: keys.collect(), item: None, left: 0 }
    }

    #[test]
    fn the_last_keys_of_a_map_are_kept_for_those_who_could_see_them() {
        let last = LastKeys::default();
        last.replace("gizmo.by_name", Level::Operate, keys(3, 1));
        last.replace("gizmo.by_name", Level::Operate, keys(2, 1));
        assert_eq!(last.of("gizmo.by_name", Level::Admin).unwrap().keys.len(), 2);
        assert_eq!(last.of("gizmo.by_name", Level::Operate).unwrap().left, 0);
        assert!(last.of("gizmo.by_name", Level::Observe).is_none());
        assert!(last.of("gizmo.by_id", Level::Admin).is_none());
    }

    #[test]
    fn the_memory_of_keys_is_bounded() {
        let last = LastKeys::default();
        last.replace("large", Level::Observe, keys(10_000, 8));
        let large = last.of("large", Level::Observe).unwrap();
        assert_eq!((large.keys.len(), large.left), (MAX_KEYS, 10_000 - MAX_KEYS));
        for number in 0..100 {
            last.replace(&number.to_string(), Level::Observe, keys(1, 1));
        }
        assert_eq!(last.0.lock_ignoring_poison().len(), MAX_MAPS);
        last.replace("long", Level::Observe, keys(100, 4_000));
        assert!(last.of("long", Level::Observe).unwrap().keys.len() < 20);
        let bytes: usize = last.0.lock_ignoring_poison().iter().map(|seen| seen.bytes).sum();
        assert!(bytes <= MAX_BYTES, "{bytes}");
    }
}
