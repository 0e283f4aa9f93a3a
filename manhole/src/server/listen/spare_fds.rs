//! Spare file descriptors. Where the process has no other left, they are closed to accept clients: the first ones get a session, since a
//! process without descriptors is one to look into; the next one gets the reason, and is disconnected. Otherwise clients would wait in the
//! queue without a reason.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use rustix::io::Errno;

use crate::sync::LockIgnoringPoison;

/// How many sessions can be opened while the process has no descriptor left. One more descriptor is for the reason to others.
const RESERVED_SESSIONS: usize = 2;

pub(crate) struct SpareFds(Mutex<Vec<OwnedFd>>);

impl SpareFds {
    pub(crate) fn new() -> io::Result<Self> {
        let spare = Self(Mutex::default());
        spare.try_restore()?;
        Ok(spare)
    }

    /// Closes the spare descriptors if `error` is the lack of one. Returns how many there were.
    pub(crate) fn release(&self, error: &io::Error) -> usize {
        let none_left = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
        if !error.raw_os_error().is_some_and(|code| none_left.contains(&code)) {
            return 0;
        }
        let released = std::mem::take(&mut *self.0.lock_ignoring_poison());
        released.len()
    }

    /// Opens spare descriptors again, as far as the process has some for them.
    pub(crate) fn restore(&self) {
        // It is tried again with the next client.
        let _ = self.try_restore();
    }

    fn try_restore(&self) -> io::Result<()> {
        let mut spare = self.0.lock_ignoring_poison();
        while spare.len() <= RESERVED_SESSIONS {
            spare.push(File::open("/dev/null")?.into());
        }
        Ok(())
    }
}
