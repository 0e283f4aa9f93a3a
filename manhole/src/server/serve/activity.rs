//! Wakes the supervisor when something happens in a session.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts what happens in sessions, and wakes the supervisor for it if it sleeps.
pub(crate) struct Activity {
    /// How many commands have begun and how many sessions have ended.
    count: AtomicU64,
    /// Whether the next activity has to wake the supervisor.
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
        // A full buffer wakes as well, and a supervisor that is gone need not be woken.
        let _ = (&self.wake).write(b"x");
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Sets whether the supervisor sleeps until there is activity.
    pub(crate) fn set_asleep(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    /// Forgets what has woken the supervisor.
    pub(crate) fn clear(&self) {
        let _ = (&self.woken).read(&mut [0; 64]);
    }
}

/// Readable when the supervisor is to wake.
impl AsFd for Activity {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}
