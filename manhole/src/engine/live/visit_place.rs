//! A visit of the value at a place, by code that goes on elsewhere if the value cannot be had.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::handle::Handle;
use crate::engine::run::RunControl;
use crate::engine::value::panicked;
use crate::reflect::{AccessErrorKind, LockUses, LockWait, Manhole, VisitError};

/// Where a visit starts.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum VisitStart {
    /// The root itself, without opening its lock.
    Root,
    /// The value at the path, behind all locks on the way.
    Value,
}

/// Why a value was not visited.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NotVisited {
    /// Another thread holds the lock at this place. A tracked lock knows which.
    Locked(String, Option<LockUses>),
    /// The task or thread that owns the value at this place does not serve the console.
    NotServed(String),
    /// The value is not there any more, or the session may not see it.
    Absent,
    /// The command was stopped. The owner of the value may still be visited.
    Stopped,
    /// Code of the application has panicked.
    Panicked(String),
}

impl Handle {
    /// Calls `visit` with the value here. Waits for locks and owners for `wait` at most.
    pub(crate) fn visit(
        &self,
        run: &RunControl,
        wait: Duration,
        start: VisitStart,
        mut visit: impl FnMut(&dyn Manhole) + Send + 'static,
    ) -> Result<(), NotVisited> {
        if !self.is_visible_at(run.level()) {
            return Err(NotVisited::Absent);
        }
        let watchdog = &run.watchdog;
        let act = || {
            let Ok(value) = self.hold() else { return Err(NotVisited::Absent) };
            if start == VisitStart::Root {
                visit(&**value);
                return Ok(());
            }
            let target = self.target(&value, run.level()).with_wait(LockWait::new(wait, watchdog));
            target.read(visit).map_err(|error| match *error.kind {
                AccessErrorKind::Locked(uses) => NotVisited::Locked(error.path, uses),
                AccessErrorKind::Visit(VisitError::NotBegun(_)) => NotVisited::NotServed(error.path),
                AccessErrorKind::Cancelled
                | AccessErrorKind::Visit(VisitError::Cancelled | VisitError::Unfinished) => {
                    NotVisited::Stopped
                }
                _ => NotVisited::Absent,
            })
        };
        let result = catch_unwind(AssertUnwindSafe(act));
        watchdog.report_poison();
        result.unwrap_or_else(|panic| Err(NotVisited::Panicked(panicked(&*panic).message)))
    }
}
