//! Requests to the owner of a value that no lock guards.
//!
//! A lock lets the console come to a value. A value that a task or a thread owns has no lock, so the request goes to the owner, which
//! runs it between two steps of its own. A request is a closure that owns all it needs: the owner borrows nothing from the console, and
//! never waits for it.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::lock_wait::LockWait;
use super::manhole::Manhole;
use super::values::Value;
use crate::sync::LockIgnoringPoison;

/// How long an owner serves requests before it goes on with its own work.
const MAX_TURN: Duration = Duration::from_micros(100);
/// The longest wait for a reply without a check whether the command was stopped.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The requests to the owner of a value, in their order. Both sides share it.
///
/// [`Remote`](crate::Remote) and [`Visits`](crate::Visits) are its two ends.
#[derive(Clone)]
pub struct VisitQueue(Arc<Shared>);

struct Shared {
    /// Whether a request waits. The owner reads it once in each turn of its loop.
    has_requests: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    /// The number of the next request.
    next: u64,
    /// The task that serves the queue, while it waits for something else.
    waker: Option<Waker>,
    /// Wakes an owner that waits in its own channel.
    wake: Option<Arc<dyn Fn() + Send + Sync>>,
    is_closed: bool,
}

/// A request that the owner has not begun.
struct Request {
    number: u64,
    run: Visit,
}

/// What a request does with the value.
type Visit = Box<dyn FnOnce(&mut dyn Manhole) + Send>;

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

type Reply<R> = Result<R, Box<dyn Any + Send>>;

impl VisitQueue {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared { has_requests: AtomicBool::new(false), state: Mutex::default() }))
    }

    /// Has the owner run `visit` on its value, and waits for the result. If `visit` panics, the panic continues here.
    pub(crate) fn visit<R: Send + 'static>(
        &self,
        wait: &LockWait<'_>,
        visit: impl FnOnce(&mut dyn Manhole) -> R + Send + 'static,
    ) -> Result<R, VisitError> {
        let (sender, replies) = mpsc::sync_channel(1);
        let number = self.push(Box::new(move |value| {
            let result = catch_unwind(AssertUnwindSafe(|| visit(value)));
            // The command may have been stopped.
            let _ = sender.send(result);
        }))?;
        self.wait_for(number, wait, &replies)
    }

    fn push(&self, run: Visit) -> Result<u64, VisitError> {
        let number = {
            let mut state = self.0.state.lock_ignoring_poison();
            if state.is_closed {
                return Err(VisitError::Gone);
            }
            let number = state.next;
            state.next += 1;
            state.requests.push_back(Request { number, run });
            self.0.has_requests.store(true, Ordering::Relaxed);
            number
        };
        self.wake();
        Ok(number)
    }

    fn wait_for<R>(
        &self,
        number: u64,
        wait: &LockWait<'_>,
        replies: &mpsc::Receiver<Reply<R>>,
    ) -> Result<R, VisitError> {
        let start = Instant::now();
        loop {
            let left = wait.timeout().saturating_sub(start.elapsed());
            let slice = if left.is_zero() { POLL_INTERVAL } else { left.min(POLL_INTERVAL) };
            match replies.recv_timeout(slice) {
                Ok(Ok(result)) => return Ok(result),
                Ok(Err(panic)) => resume_unwind(panic),
                Err(RecvTimeoutError::Disconnected) => return Err(VisitError::Gone),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let is_cancelled = wait.is_cancelled();
            if is_cancelled || start.elapsed() >= wait.timeout() {
                match (self.withdraw(number), is_cancelled) {
                    (true, true) => return Err(VisitError::Cancelled),
                    (true, false) => return Err(VisitError::NotBegun(wait.timeout())),
                    (false, true) => return Err(VisitError::Unfinished),
                    // The owner has begun: the command's own timeout ends the wait.
                    (false, false) => {}
                }
            }
        }
    }

    /// Removes a request that the owner has not begun. Returns `false` if it has.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.0.state.lock_ignoring_poison();
        let place = state.requests.iter().position(|request| request.number == number);
        place.and_then(|place| state.requests.remove(place)).is_some()
    }

    /// Wakes the owner.
    fn wake(&self) {
        let (waker, wake) = {
            let mut state = self.0.state.lock_ignoring_poison();
            (state.waker.take(), state.wake.clone())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(wake) = wake {
            wake();
        }
    }

    /// Runs the requests that wait, for as long as one turn may take.
    #[inline]
    pub(crate) fn serve(&self, value: &mut dyn Manhole) {
        if self.0.has_requests.load(Ordering::Relaxed) {
            self.serve_waiting(value);
        }
    }

    #[cold]
    fn serve_waiting(&self, value: &mut dyn Manhole) {
        let start = Instant::now();
        while let Some(request) = self.pop() {
            (request.run)(value);
            if start.elapsed() >= MAX_TURN {
                break;
            }
        }
        if self.0.has_requests.load(Ordering::Relaxed) {
            // The owner may wait for something else next.
            self.wake();
        }
    }

    fn pop(&self) -> Option<Request> {
        let mut state = self.0.state.lock_ignoring_poison();
        let request = state.requests.pop_front();
        self.0.has_requests.store(!state.requests.is_empty(), Ordering::Relaxed);
        request
    }

    /// Sets the task that serves the queue, while it waits for something else.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let mut state = self.0.state.lock_ignoring_poison();
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Sets what wakes an owner that waits in its own channel.
    pub(crate) fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.0.state.lock_ignoring_poison().wake = Some(wake);
    }

    /// Answers all requests: the owner has ended.
    pub(crate) fn close(&self) {
        let requests = {
            let mut state = self.0.state.lock_ignoring_poison();
            state.is_closed = true;
            (state.waker, state.wake) = (None, None);
            self.0.has_requests.store(false, Ordering::Relaxed);
            std::mem::take(&mut state.requests)
        };
        drop(requests);
    }
}
