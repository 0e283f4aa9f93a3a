//! The handle by which another thread abandons a command whose call of the application's code does not return.

use crate::engine::run::StopReason;
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
}

impl CommandHandle {
    pub(crate) const fn new(context: CallContext) -> Self {
        Self(context)
    }

    /// Abandons the running command, if it did not end in time after it was stopped. Its thread finds that out when it returns.
    pub(crate) fn abandon(&self) -> Option<AbandonedCommand> {
        let stop = self.0.run.watchdog.abandon()?;
        self.0.gc.abandon();
        let abandoned_threads = self.0.run.abandoned.add();
        Some(AbandonedCommand { stop, abandoned_threads })
    }

    /// Returns whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.0.run.watchdog.is_running()
    }
}
