//! A spare file descriptor. When the process has no other left, it is closed to accept a client, report the reason, and disconnect
//! it. Otherwise the client would wait in the queue without a reason.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use rustix::io::Errno;

use crate::sync::LockIgnoringPoison;

pub(crate) struct SpareFd(Mutex<Option<OwnedFd>>);

impl SpareFd {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(Some(descriptor()?))))
    }

    /// Closes the spare descriptor if `error` is the lack of one. Returns whether there is one now.
    pub(crate) fn release(&self, error: &io::Error) -> bool {
        let none_left = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
        error.raw_os_error().is_some_and(|code| none_left.contains(&code))
            && self.0.lock_ignoring_poison().take().is_some()
    }

    /// Opens a spare descriptor again, if the process has one for it.
    pub(crate) fn restore(&self) {
        let mut spare = self.0.lock_ignoring_poison();
        if spare.is_none() {
            *spare = descriptor().ok();
        }
    }
}

fn descriptor() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}
