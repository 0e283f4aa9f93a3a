//! What the sessions of a console have changed and called last, for its root `console`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use crate::engine::ChangeKind;
use crate::reflect::{Level, Value};
use crate::sync::LockIgnoringPoison;

/// How many are kept.
const MAX_KEPT: usize = 100;
/// How many of one command are kept, so that a loop hides no other change.
pub(super) const MAX_KEPT_OF_COMMAND: usize = 16;

/// A change or a call.
#[derive(Clone)]
pub(crate) struct LastChange {
    pub(crate) number: u64,
    pub(crate) at: SystemTime,
    pub(crate) session: u64,
    pub(crate) user: Option<String>,
    pub(crate) level: Level,
    pub(crate) path: String,
    pub(crate) kind: ChangeKind,
    pub(crate) values: Vec<Value<'static>>,
}

/// The last ones, of all sessions.
#[derive(Clone, Default)]
pub(crate) struct LastChanges(Arc<Mutex<Ring>>);

#[derive(Default)]
struct Ring {
    count: u64,
    last: VecDeque<LastChange>,
}

impl LastChanges {
    /// Keeps a change, whose number it sets.
    pub(super) fn keep(&self, mut change: LastChange) {
        let mut ring = self.0.lock_ignoring_poison();
        ring.count += 1;
        change.number = ring.count;
        let dropped = if ring.last.len() == MAX_KEPT { ring.last.pop_front() } else { None };
        ring.last.push_back(change);
        drop(ring);
        drop(dropped);
    }

    /// Returns the last ones.
    pub(crate) fn all(&self) -> Vec<LastChange> {
        self.0.lock_ignoring_poison().last.iter().cloned().collect()
    }
}
