//! A thread that nobody joins.
//!
//! `std` detaches a thread when its handle is dropped, and glibc looks at a thread once more after it has detached it. If the thread
//! ends in this very moment and its stack goes back to the system, as one of our size does at once, the whole process ends by a
//! segmentation fault: <https://sourceware.org/bugzilla/show_bug.cgi?id=19951>. So a thread here begins only after it is detached.

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Weak};
use std::thread;

/// The stack of a thread that runs scripts: address space, of which only what is used becomes memory. Nested data is
/// dropped and compared recursively; this is enough for the deepest that the limits allow, in debug builds too.
pub(crate) const SESSION_STACK_BYTES: usize = 64 * 1024 * 1024;

/// A thread of a session. It goes on whatever becomes of this.
pub(crate) struct DetachedThread {
    /// Gone when the thread has done its work.
    alive: Weak<()>,
}

impl DetachedThread {
    /// Does `work` on a new thread.
    pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let here = Arc::new(());
        let alive = Arc::downgrade(&here);
        let (detaching, detached) = mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("manhole-session".to_owned())
            .stack_size(SESSION_STACK_BYTES)
            .spawn(move || {
                let _here = here;
                // Nothing is sent: it ends when the other end is gone.
                let _ = detached.recv();
                work();
            })?;
        drop(thread);
        drop(detaching);
        Ok(Self { alive })
    }

    /// Whether its work is done, and all that it had is gone.
    pub(crate) fn is_finished(&self) -> bool {
        self.alive.strong_count() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_finished_when_its_work_is_done_or_has_panicked() {
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
    fn many_that_end_at_once_end_nothing_else() {
        for _ in 0..2_000 {
            drop(DetachedThread::spawn(|| ()).unwrap());
        }
    }
}
