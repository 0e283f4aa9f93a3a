//! Commands that have gone into code of the program and do not come back.
//!
//! Nothing can end such a thread, so it is left alone: its session goes on with another one, and it counts until it comes back
//! after all. There is a bound on how many threads may be lost in this way; beyond it no more of the program's code is called.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::value::ScriptError;

/// How many threads may be stuck in the program's code.
pub(crate) const MAX_ABANDONED: usize = 16;

/// How many threads are stuck.
#[derive(Default)]
pub(crate) struct AbandonedThreads(AtomicUsize);

impl AbandonedThreads {
    /// Whether more of the program's methods and functions may be called.
    pub(crate) fn check_call_allowed(&self) -> Result<(), ScriptError> {
        let abandoned = self.0.load(Ordering::Relaxed);
        if abandoned < MAX_ABANDONED {
            return Ok(());
        }
        Err(ScriptError::new(format!(
            "{abandoned} calls have not come back and keep a thread each, so no more are made"
        ))
        .with_help("reading and writing go on; calls do once some of those have come back"))
    }

    /// One of them came back.
    pub(crate) fn returned(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts one more abandoned thread, and returns the number of them.
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
