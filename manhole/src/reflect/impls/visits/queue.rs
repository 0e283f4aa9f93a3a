//! The requests that wait for the owner of a value.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use crate::reflect::model::{Manhole, Owner, Visit};
use crate::sync::LockIgnoringPoison;
use crate::sync::primitives::{AtomicBool, Instant, Mutex};

/// How long an owner serves requests before it goes on with its own work.
const MAX_TURN: Duration = Duration::from_micros(100);

/// The requests to the owner of a value, in their order. Both ends share it.
#[derive(Default)]
pub(super) struct VisitQueue {
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

impl VisitQueue {
    /// Wakes the owner.
    fn wake(&self) {
        let (waker, wake) = {
            let mut state = self.state.lock_ignoring_poison();
            (state.waker.take(), state.wake.clone())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(wake) = wake {
            wake();
        }
    }

    /// Returns whether a request waits.
    #[inline]
    pub(super) fn has_requests(&self) -> bool {
        self.has_requests.load(Ordering::Relaxed)
    }

    /// Runs the requests that wait, for as long as one turn may take.
    #[inline]
    pub(super) fn serve(&self, value: &mut dyn Manhole) {
        if self.has_requests() {
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
        if self.has_requests() {
            // The owner may wait for something else next.
            self.wake();
        }
    }

    fn pop(&self) -> Option<Request> {
        let mut state = self.state.lock_ignoring_poison();
        let request = state.requests.pop_front();
        self.has_requests.store(!state.requests.is_empty(), Ordering::Relaxed);
        request
    }

    /// Sets the task that serves the queue, while it waits for something else.
    pub(super) fn set_waker(&self, waker: &Waker) {
        let mut state = self.state.lock_ignoring_poison();
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Sets what wakes an owner that waits in its own channel.
    pub(super) fn wake_with(&self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.state.lock_ignoring_poison().wake = Some(wake);
        if self.has_requests() {
            self.wake();
        }
    }

    /// Answers all requests: the owner has ended.
    pub(super) fn close(&self) {
        let requests = {
            let mut state = self.state.lock_ignoring_poison();
            state.is_closed = true;
            (state.waker, state.wake) = (None, None);
            self.has_requests.store(false, Ordering::Relaxed);
            std::mem::take(&mut state.requests)
        };
        drop(requests);
    }
}

impl Owner for VisitQueue {
    fn push(&self, run: Visit) -> Option<u64> {
        let number = {
            let mut state = self.state.lock_ignoring_poison();
            if state.is_closed {
                return None;
            }
            let number = state.next;
            state.next += 1;
            state.requests.push_back(Request { number, run });
            self.has_requests.store(true, Ordering::Relaxed);
            number
        };
        self.wake();
        Some(number)
    }

    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state.lock_ignoring_poison();
        let place = state.requests.iter().position(|request| request.number == number);
        let request = place.and_then(|place| state.requests.remove(place));
        self.has_requests.store(!state.requests.is_empty(), Ordering::Relaxed);
        request.is_some()
    }
}
