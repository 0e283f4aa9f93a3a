//! The resources and limits of the commands of one session.

use std::sync::{Arc, Mutex};

use super::abandoned_threads::AbandonedThreads;
use super::async_call::Runtime;
use super::change_report::{ChangeReporter, SearchGuard};
use super::seen_locks::SeenLocks;
use super::session_level::SessionLevel;
use super::session_limits::SessionLimits;
use super::stop_reason::StopReason;
use super::watchdog::Watchdog;
use crate::engine::value::{ScriptError, ScriptResult};
use crate::reflect::{AccessError, AccessErrorKind, HeldLocks, Level, author_code};
use crate::sync::LockIgnoringPoison;

/// The watchdog, limits, access level and runtime of one session.
pub(crate) struct RunControl {
    pub(crate) watchdog: Watchdog,
    pub(crate) limits: Arc<SessionLimits>,
    pub(crate) runtime: Runtime,
    pub(crate) abandoned: Arc<AbandonedThreads>,
    pub(crate) level: SessionLevel,
    pub(crate) author_code: author_code::Rules,
    /// Checks and reports what commands change and call.
    pub(crate) changes: ChangeReporter,
    /// Refuses changes while the closure of a search runs.
    pub(crate) search: SearchGuard,
    /// The first access of the running command that its level forbids.
    pub(crate) denied: Mutex<Option<String>>,
    /// The locks of the application that the running command holds.
    pub(crate) held_locks: Arc<HeldLocks>,
    /// The locks that sessions of this console have found held.
    pub(crate) seen_locks: Arc<SeenLocks>,
}

impl RunControl {
    /// Returns the access level of the session.
    pub(crate) fn level(&self) -> Level {
        self.level.level()
    }

    /// Refuses access to `what` below the level `needs`.
    pub(crate) fn require(&self, needs: Level, what: &str) -> ScriptResult<()> {
        let level = self.level();
        if level >= needs {
            return Ok(());
        }
        let denied = AccessErrorKind::Denied { level, needs }.at(what);
        self.record_denial(&denied);
        Err(denied.into())
    }

    /// Refuses a call of the application's methods and functions if none may be made any more.
    pub(crate) fn check_call_allowed(&self) -> ScriptResult<()> {
        if !self.author_code.may_call {
            return Err(ScriptError::new(author_code::FORBIDDEN).with_help("read and write fields instead"));
        }
        self.abandoned.check_call_allowed()
    }

    /// Stops the command if too many calls of the application's code have panicked.
    pub(crate) fn check_panics(&self) -> ScriptResult<()> {
        if !author_code::has_too_many_panics() {
            return Ok(());
        }
        let stop = StopReason::Panics(author_code::MAX_PANICS);
        self.watchdog.stop(stop);
        Err(stop.into())
    }

    /// Records an access that the level forbids, for the audit.
    pub(crate) fn record_denial(&self, error: &AccessError) {
        if matches!(*error.kind, AccessErrorKind::Denied { .. }) {
            self.denied.lock_ignoring_poison().get_or_insert_with(|| error.to_string());
        }
    }

    /// Returns the first access of the last command that its level forbids.
    pub(crate) fn denied(&self) -> Option<String> {
        self.denied.lock_ignoring_poison().clone()
    }

    /// Forgets the denied access of the command before.
    pub(crate) fn clear_denial(&self) {
        *self.denied.lock_ignoring_poison() = None;
    }

    /// Sends `text` to the client. If the client is gone, the command stops at its next step.
    pub(crate) fn print(&self, text: &str) {
        let _ = self.watchdog.write(text);
    }
}
