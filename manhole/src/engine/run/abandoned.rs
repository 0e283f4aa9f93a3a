//! Commands that have gone into code of the program and do not come back.
//!
//! Nothing can end such a thread, so it is left alone: its session goes on with another one, and it counts until it comes back
//! after all. There is a bound on how many threads may be lost in this way; beyond it no more of the program's code is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::watchdog::StopReason;
use crate::engine::state::session_state::SessionState;
use crate::engine::value::script_error::ScriptError;

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
        .with_help("reading and writing go on; calls do once some of those have come back".to_owned()))
    }

    /// One of them came back.
    pub(crate) fn returned(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A session's running command, seen from another thread.
#[derive(Clone)]
pub(crate) struct CommandHandle(pub(crate) Arc<SessionState>);

/// A command that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AbandonedCommand {
    /// Why it had to end.
    pub(crate) stop: StopReason,
    /// How many threads are stuck now, this one included.
    pub(crate) stuck: usize,
}

impl CommandHandle {
    /// Gives the running command up if it has been told to end long ago. The thread that runs it is told when it comes back.
    pub(crate) fn abandon(&self) -> Option<AbandonedCommand> {
        let stop = self.0.watchdog.abandon()?;
        self.0.gc.abandon();
        let stuck = self.0.language.abandoned.0.fetch_add(1, Ordering::Relaxed) + 1;
        Some(AbandonedCommand { stop, stuck })
    }

    /// Whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.0.watchdog.is_running()
    }
}
