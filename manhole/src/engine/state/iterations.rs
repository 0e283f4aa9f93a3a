//! The iterations over live collections that are going on, so that an edit of a collection can spare them.

use std::sync::{Arc, Mutex, Weak};

use crate::engine::live::Handle;
use crate::engine::value::ScriptResult;
use crate::sync::LockIgnoringPoison;

/// What an edit does to the places of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// It adds an item at the end, or removes the last ones.
    AtEnd,
    /// It adds or removes items anywhere.
    Anywhere,
}

/// An iteration over a live collection.
pub(crate) trait Iteration: Send + Sync {
    /// Prepares for an edit of `collection`, or refuses it.
    fn before_edit(&self, collection: &Handle, edit: Edit) -> ScriptResult<()>;
}

/// The iterations of the running command.
#[derive(Default)]
pub(crate) struct Iterations {
    running: Mutex<Vec<Weak<dyn Iteration>>>,
}

impl Iterations {
    /// Forgets the iterations of the command before.
    pub(crate) fn clear(&self) {
        self.running.lock_ignoring_poison().clear();
    }

    pub(crate) fn add(&self, iteration: Weak<dyn Iteration>) {
        let mut running = self.running.lock_ignoring_poison();
        running.retain(|known| known.strong_count() > 0);
        running.push(iteration);
    }

    /// Prepares all iterations for an edit of `collection`.
    pub(crate) fn before_edit(&self, collection: &Handle, edit: Edit) -> ScriptResult<()> {
        // An iteration may begin another one meanwhile.
        let running: Vec<Arc<dyn Iteration>> =
            self.running.lock_ignoring_poison().iter().filter_map(Weak::upgrade).collect();
        running.iter().try_for_each(|iteration| iteration.before_edit(collection, edit))
    }
}
