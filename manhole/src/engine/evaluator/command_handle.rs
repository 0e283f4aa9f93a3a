//! The handle by which another thread abandons a command whose call of the application's code does not return.

use crate::engine::run::StopReason;
use crate::engine::run::abandoned_threads::MAX_ABANDONED;
use crate::engine::state::CallContext;

/// A session's running command, seen from another thread.
#[derive(Clone)]
pub(crate) struct CommandHandle(CallContext);

/// An abandoned command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AbandonedCommand {
    /// The reason why it had to end.
    pub(crate) stop: StopReason,
    /// The number of abandoned threads, with this one.
    pub(crate) abandoned_threads: usize,
    /// Whether it holds a lock of the application.
    pub(crate) holds_lock: bool,
}

impl AbandonedCommand {
    /// Returns the error for the client.
    pub(crate) fn message(self) -> String {
        let lock = if self.holds_lock { " under a lock that the console holds" } else { "" };
        format!("{}, and does not return from the application's code{lock}", self.stop)
    }

    /// Returns the help on the error.
    pub(crate) fn help(self) -> String {
        let count = self.abandoned_threads;
        let lock = if self.holds_lock {
            "; the lock is held until the code returns, which is never if it waits for that lock"
        } else {
            ""
        };
        format!(
            "its thread is abandoned ({count} of at most {MAX_ABANDONED}), with the variables of the session{lock}"
        )
    }
}

impl CommandHandle {
    pub(crate) const fn new(context: CallContext) -> Self {
        Self(context)
    }

    /// Abandons the running command, if it did not end in time after it was stopped. Its thread finds that out when it returns.
    pub(crate) fn abandon(&self) -> Option<AbandonedCommand> {
        let (stop, abandoned_threads) = self.0.run.watchdog.abandon(&self.0.run.abandoned)?;
        self.0.gc.count_out();
        let holds_lock = self.0.run.held_locks.any();
        Some(AbandonedCommand { stop, abandoned_threads, holds_lock })
    }

    /// Returns whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.0.run.watchdog.is_running()
    }
}
