//! A descriptor that is kept back: where a program has none left, a client can still be taken in, told so, and let go. Otherwise it
//! would wait in the queue and nobody would know for what.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Mutex;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::bound_listener::BoundListener;
use crate::sync::LockIgnoringPoison;

const MESSAGE: &[u8] = b"\nerror: the program has no file descriptor left for this session\n";

pub(crate) struct SpareFd(Mutex<Option<OwnedFd>>);

impl SpareFd {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(Some(descriptor()?))))
    }

    /// Turns the next client at `listener` away if `error` says that there is no descriptor for it; answers whether it did.
    pub(crate) fn turn_away(&self, listener: &BoundListener, error: &io::Error) -> bool {
        let none_left = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
        if !error.raw_os_error().is_some_and(|code| none_left.contains(&code)) {
            return false;
        }
        let mut kept = self.0.lock_ignoring_poison();
        drop(kept.take());
        let taken = listener.accept().map(|(client, _)| {
            // A client that takes nothing gets nothing.
            let _ = send(&client, MESSAGE, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        });
        *kept = descriptor().ok();
        taken.is_ok()
    }
}

fn descriptor() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}
