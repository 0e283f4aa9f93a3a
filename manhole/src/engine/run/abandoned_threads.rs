//! Counts the threads of commands inside code of the application that does not return.
//!
//! Nothing can end such a thread, so it is abandoned: its session continues on another thread, and it counts until it returns.
//! Once [`MAX_ABANDONED`] threads are abandoned, no more of the application's code is called.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::value::{ScriptError, ScriptResult};

/// How many threads may be abandoned.
pub(crate) const MAX_ABANDONED: usize = 16;

/// The number of abandoned threads.
#[derive(Default)]
pub(crate) struct AbandonedThreads(AtomicUsize);

impl AbandonedThreads {
    /// Returns an error if no more of the application's methods and functions may be called.
    pub(crate) fn check_call_allowed(&self) -> ScriptResult<()> {
        let abandoned = self.0.load(Ordering::Relaxed);
        if abandoned < MAX_ABANDONED {
            return Ok(());
        }
        let message = format!(
            "cannot call the application: {abandoned} calls have not returned, and occupy a thread each"
        );
        Err(ScriptError::new(message).with_help("wait until some of them return; you can read and write"))
    }

    /// Returns the number of abandoned threads.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one thread less, which returned.
    pub(crate) fn returned(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts one more abandoned thread, and returns the number of them.
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
