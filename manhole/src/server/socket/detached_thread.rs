//! A thread that is never joined.
//!
//! `std` detaches a thread when its handle is dropped, and glibc reads from a thread after it has detached it. If the thread ends at this
//! moment, its stack goes back to the system, as one of this size does at once, and the process ends by a segmentation fault:
//! <https://sourceware.org/bugzilla/show_bug.cgi?id=19951>. So a thread here begins only after it is detached.

use std::sync::{Arc, Mutex, Weak};
use std::thread;

use crate::process::with_room_for;
use crate::sync::LockIgnoringPoison;
use crate::threads;

/// The stack of a thread that runs scripts. It is address space, and uses memory only as far as it is used. Nested data is dropped and
/// compared recursively; this is enough for the deepest nesting within the limits, in debug builds too.
pub(crate) const SESSION_STACK_BYTES: usize = 64 * 1024 * 1024;

/// A thread of the console. It goes on when this is dropped.
pub(crate) struct DetachedThread {
    /// Gone when the thread has done its work.
    alive: Weak<()>,
}

impl DetachedThread {
    /// Does `work` on a new thread for a session; the error is the reason to report to the client.
    pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> Result<Self, String> {
        let builder = thread::Builder::new().name("manhole-session".to_owned());
        let builder = builder.stack_size(SESSION_STACK_BYTES);
        // Otherwise the next allocation, maybe one of the application, would end the process.
        with_room_for(SESSION_STACK_BYTES as u64, || Self::spawn_with(builder, work)).unwrap_or_else(
            |limit| Err(format!("cannot start a thread: the process is close to {}", limit.name())),
        )
    }

    /// Does `work` on a new thread of `builder`.
    pub(super) fn spawn_with(
        builder: thread::Builder,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<Self, String> {
        let token = Arc::new(());
        let alive = Arc::downgrade(&token);
        let gate = Arc::new(Mutex::new(()));
        let (closed, entry) = (gate.lock_ignoring_poison(), Arc::clone(&gate));
        let thread = threads::spawn(builder, move || {
            let _token = token;
            drop(entry.lock_ignoring_poison());
            work();
        });
        drop(thread.map_err(|error| format!("cannot start a thread: {error}"))?);
        drop(closed);
        Ok(Self { alive })
    }

    /// Returns whether the work is done, and all that it owned is dropped.
    pub(crate) fn is_finished(&self) -> bool {
        self.alive.strong_count() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn is_finished_when_the_work_has_returned_or_panicked() {
        let (sender, receiver) = mpsc::channel::<()>();
        let waiting = DetachedThread::spawn(move || {
            let _ = receiver.recv();
        })
        .unwrap();
        let panicking = DetachedThread::spawn(|| std::panic::resume_unwind(Box::new("not today"))).unwrap();
        while !panicking.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!waiting.is_finished());
        drop(sender);
        while !waiting.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn many_threads_that_end_at_once_do_not_crash_the_process() {
        for _ in 0..2_000 {
            drop(DetachedThread::spawn(|| ()).unwrap());
        }
    }
}
