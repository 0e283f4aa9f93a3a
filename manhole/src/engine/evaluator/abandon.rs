//! Abandoning a command that has gone into code of the application and does not return.

use crate::engine::run::StopReason;
use crate::engine::state::CallContext;

/// A session's running command, seen from another thread.
#[derive(Clone)]
pub(crate) struct CommandHandle(CallContext);

/// A command that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AbandonedCommand {
    /// Why it had to end.
    pub(crate) stop: StopReason,
    /// How many threads are stuck now, this one included.
    pub(crate) stuck: usize,
}

impl CommandHandle {
    pub(crate) const fn new(context: CallContext) -> Self {
        Self(context)
    }

    /// Gives the running command up if it has been told to end long ago. The thread that runs it is told when it comes back.
    pub(crate) fn abandon(&self) -> Option<AbandonedCommand> {
        let stop = self.0.run.watchdog.abandon()?;
        self.0.gc.abandon();
        let stuck = self.0.run.abandoned.add();
        Some(AbandonedCommand { stop, stuck })
    }

    /// Whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.0.run.watchdog.is_running()
    }
}
