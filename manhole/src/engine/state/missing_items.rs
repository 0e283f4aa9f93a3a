//! Counts the items that a command leaves out because the application has removed them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::run::Watchdog;
use crate::reflect::thousands;

/// The number of items left out since the last note.
#[derive(Default)]
pub(crate) struct MissingItems(AtomicUsize);

impl MissingItems {
    /// Forgets the items of the command before.
    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends the client a note with the number of items, if there are any.
    pub(crate) fn report(&self, watchdog: &Watchdog) {
        let count = self.0.swap(0, Ordering::Relaxed);
        if count > 0 {
            let items = if count == 1 { "item" } else { "items" };
            let count = thousands(count);
            watchdog.send_note(&format!(
                "left out {count} {items} that the application removed during the query"
            ));
        }
    }
}
