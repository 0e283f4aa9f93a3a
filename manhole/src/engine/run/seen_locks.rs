//! The locks that `locks` has found held, so that a later look can say for how long.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use crate::reflect::Level;
use crate::sync::LockIgnoringPoison;

/// The most locks that are kept.
const MAX_LOCKS: usize = 1_024;

/// The locks that the last looks have found held, by the level of the look and the path. A look at a lower level does not see all.
#[derive(Default)]
pub(crate) struct SeenLocks(Mutex<HashMap<(Level, String), SeenLock>>);

/// A lock that each look since a time has found held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SeenLock {
    /// The time of the first of these looks.
    pub(crate) since: Instant,
    /// The number of these looks.
    pub(crate) looks: u32,
}

impl SeenLocks {
    /// Notes that a look at `level` has found the locks at `paths` held. Returns since when. Forgets the others if the look was complete.
    pub(crate) fn note(&self, level: Level, paths: &[String], is_complete: bool) -> Vec<SeenLock> {
        let mut known = self.0.lock_ignoring_poison();
        if is_complete {
            known.retain(|(of, path), _| *of != level || paths.contains(path));
        }
        let now = Instant::now();
        let mut note = |path: &String| {
            let new = SeenLock { since: now, looks: 1 };
            let key = (level, path.clone());
            if let Some(seen) = known.get_mut(&key) {
                seen.looks = seen.looks.saturating_add(1);
                return *seen;
            }
            if known.len() < MAX_LOCKS {
                known.insert(key, new);
            }
            new
        };
        paths.iter().map(&mut note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_known_as_long_as_each_look_finds_it_held() {
        let seen = SeenLocks::default();
        let look = |level, paths: &[&str], is_complete| {
            let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
            seen.note(level, &paths, is_complete)
        };
        let first = look(Level::Admin, &["a", "b"], true);
        assert_eq!(first[0].looks, 1);
        let second = look(Level::Admin, &["a"], true);
        assert_eq!(second, [SeenLock { since: first[0].since, looks: 2 }]);
        assert!(look(Level::Observe, &["b"], true)[0].looks == 1, "another level");
        assert_eq!(look(Level::Admin, &["b"], false)[0].looks, 1, "it was released in between");
        assert_eq!(look(Level::Admin, &["a"], false)[0].looks, 3);
        look(Level::Admin, &[], false);
        assert_eq!(look(Level::Admin, &["a"], false)[0].looks, 4, "a look that has not seen all");
    }

    #[test]
    fn the_number_of_locks_is_bounded() {
        let seen = SeenLocks::default();
        let paths: Vec<_> = (0..2_000).map(|number| number.to_string()).collect();
        seen.note(Level::Admin, &paths, true);
        assert_eq!(seen.0.lock_ignoring_poison().len(), MAX_LOCKS);
    }
}
