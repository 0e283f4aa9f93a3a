//! Counts nested callbacks.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of nested callbacks that run.
#[derive(Default)]
pub(crate) struct CallbackDepth(AtomicUsize);

impl CallbackDepth {
    /// Counts one more callback. Returns the number of them.
    pub(crate) fn enter(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
