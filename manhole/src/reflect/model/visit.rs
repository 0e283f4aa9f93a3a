//! Requests to the owner of a value that no lock guards.
//!
//! A lock lets the console come to a value. A value that a task or a thread owns has no lock, so the request goes to the owner, which
//! runs it between two steps of its work. A request is a closure that owns all it needs: the owner borrows nothing from the console, and
//! never waits for it.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::lock_wait::LockWait;
use super::manhole::Manhole;
use super::shape_traits::Owner;
use super::values::Value;

/// The longest wait for a result without a check whether the command was stopped.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Why the owner of a value has not replied to a request.
///
/// ```
/// use manhole::reflect::{AccessErrorKind, Target, VisitError};
///
/// let (remote, visits) = manhole::visits::<u32>();
/// drop(visits);
/// let error = Target::new("router", &remote).snapshot().unwrap_err();
/// assert_eq!(*error.kind, AccessErrorKind::Visit(VisitError::Gone));
/// assert_eq!(error.to_string(), "cannot reach router: its owner has ended");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VisitError {
    /// The owner has not begun the request within this time. The request is withdrawn.
    NotBegun(Duration),
    /// The command was stopped before the owner began the request, which is withdrawn.
    Cancelled,
    /// The command was stopped while the owner ran the request.
    Unfinished,
    /// The owner has ended.
    Gone,
}

impl VisitError {
    /// Returns what to try instead.
    pub(crate) fn help(self) -> Option<String> {
        let help = match self {
            Self::NotBegun(_) => {
                "nothing was done; try again, or set(\"lock_wait\", \"5s\") to wait for longer"
            }
            Self::Cancelled => "nothing was done",
            Self::Unfinished => "the owner may still finish it; read the value again later",
            Self::Gone => return None,
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for VisitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun(waited) => write!(
                f,
                "its owner has not served the console for {}: it is busy, stuck, or waits for something else",
                Value::Duration(*waited)
            ),
            Self::Cancelled => f.write_str("stopped before its owner has served the console"),
            Self::Unfinished => f.write_str("stopped while its owner was serving the console"),
            Self::Gone => f.write_str("its owner has ended"),
        }
    }
}

/// Requests that the owner runs `visit` on its value.
pub(crate) fn request<R: Send + 'static>(
    owner: &Arc<dyn Owner>,
    visit: impl FnOnce(&mut dyn Manhole) -> R + Send + 'static,
) -> Result<PendingVisit<R>, VisitError> {
    let (sender, replies) = mpsc::sync_channel(1);
    let run = move |value: &mut dyn Manhole| {
        let result = catch_unwind(AssertUnwindSafe(|| visit(value)));
        // The command may have been stopped.
        let _ = sender.send(result);
    };
    let number = owner.push(Box::new(run)).ok_or(VisitError::Gone)?;
    Ok(PendingVisit { owner: Arc::clone(owner), number, replies })
}

/// A request whose result is not known yet.
pub(crate) struct PendingVisit<R> {
    owner: Arc<dyn Owner>,
    number: u64,
    replies: mpsc::Receiver<Result<R, Box<dyn Any + Send>>>,
}

impl<R> PendingVisit<R> {
    /// Waits for the result. If the visit panicked, the panic continues here.
    pub(crate) fn wait(self, wait: &LockWait<'_>) -> Result<R, VisitError> {
        let start = Instant::now();
        loop {
            let left = wait.timeout().saturating_sub(start.elapsed());
            let slice = if left.is_zero() { POLL_INTERVAL } else { left.min(POLL_INTERVAL) };
            match self.replies.recv_timeout(slice) {
                Ok(Ok(result)) => return Ok(result),
                Ok(Err(panic)) => resume_unwind(panic),
                Err(RecvTimeoutError::Disconnected) => return Err(VisitError::Gone),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.owner.remind();
            let is_cancelled = wait.is_cancelled();
            if is_cancelled || start.elapsed() >= wait.timeout() {
                match (self.owner.withdraw(self.number), is_cancelled) {
                    (true, true) => return Err(VisitError::Cancelled),
                    (true, false) => return Err(VisitError::NotBegun(wait.timeout())),
                    (false, true) => return Err(VisitError::Unfinished),
                    // The owner has begun: the command's own timeout ends the wait.
                    (false, false) => {}
                }
            }
        }
    }
}
