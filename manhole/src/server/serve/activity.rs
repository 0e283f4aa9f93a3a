//! Wakes the supervisor when a command begins or a session ends.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts the activity of sessions, and wakes a supervisor that sleeps.
pub(crate) struct Activity {
    /// The number of commands that have begun and of sessions that have ended.
    count: AtomicU64,
    /// Whether the supervisor sleeps until the next activity.
    asleep: AtomicBool,
    wake: UnixStream,
    woken: UnixStream,
}

impl Activity {
    pub(crate) fn new() -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok(Self { count: AtomicU64::new(0), asleep: AtomicBool::new(false), wake, woken })
    }

    /// Reports that a command begins or a session has ended.
    pub(crate) fn notify(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }

    /// Wakes the supervisor.
    pub(crate) fn wake(&self) {
        // A full buffer wakes it as well, and a supervisor that has ended needs no waking.
        let _ = (&self.wake).write(b"x");
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Sets whether the supervisor sleeps until there is activity.
    pub(crate) fn set_asleep(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    /// Empties the buffer that has woken the supervisor.
    pub(crate) fn clear(&self) {
        let _ = (&self.woken).read(&mut [0; 64]);
    }
}

/// Readable when the supervisor has to wake.
impl AsFd for Activity {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}
