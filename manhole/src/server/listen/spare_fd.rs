//! A spare file descriptor. When the process has no other left, it is closed to accept a client, report the reason, and disconnect
//! it. Otherwise the client would wait in the queue without a reason.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::bound_listener::BoundListener;
use super::platform::NO_SIGPIPE;
use crate::sync::LockIgnoringPoison;

const MESSAGE: &[u8] = b"\nerror: cannot open a session: the application has no file descriptor left\n";

pub(crate) struct SpareFd(Mutex<Option<OwnedFd>>);

impl SpareFd {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(Some(descriptor()?))))
    }

    /// Refuses the next client of `listener` if `error` is the lack of a descriptor for it. Returns whether it did.
    pub(crate) fn turn_away(&self, listener: &BoundListener, error: &io::Error) -> bool {
        let none_left = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
        if !error.raw_os_error().is_some_and(|code| none_left.contains(&code)) {
            return false;
        }
        let mut spare = self.0.lock_ignoring_poison();
        drop(spare.take());
        let accepted = listener.accept().map(|(client, _)| {
            // The reason is lost if the client does not read.
            let _ = send(&client, MESSAGE, NO_SIGPIPE | SendFlags::DONTWAIT);
        });
        *spare = descriptor().ok();
        accepted.is_ok()
    }
}

fn descriptor() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}
