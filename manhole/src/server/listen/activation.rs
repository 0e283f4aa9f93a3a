//! Sockets that the service manager passes.
//!
//! The protocol is systemd's (sd_listen_fds(3)): `LISTEN_FDS` is their number, `LISTEN_PID` the process that they are for, and
//! `LISTEN_FDNAMES` their names.

use std::collections::HashSet;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};

use listenfd::ListenFd;

use crate::server::error::Error;
use crate::sync::LockIgnoringPoison;

/// The positions of sockets in use: a descriptor with two owners would be closed twice.
static TAKEN: Mutex<Option<HashSet<usize>>> = Mutex::new(None);

/// The sockets of one name, or all of them. They are taken at the first use, and kept.
#[derive(Debug, Clone)]
pub(crate) struct Activation {
    name: Option<String>,
    taken: Arc<Mutex<Vec<Passed>>>,
}

#[derive(Debug)]
pub(crate) enum Passed {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Activation {
    pub(crate) fn new(name: Option<&str>) -> Self {
        Self { name: name.map(str::to_owned), taken: Arc::default() }
    }

    /// Returns copies of the sockets.
    pub(crate) fn take(&self) -> Result<Vec<Passed>, Error> {
        let mut taken = self.taken.lock_ignoring_poison();
        if taken.is_empty() {
            *taken = self.find()?;
        }
        let copies: Result<_, _> = taken.iter().map(Passed::try_clone).collect();
        copies.map_err(|source| Error::Listener { source })
    }

    fn find(&self) -> Result<Vec<Passed>, Error> {
        let mut passed = ListenFd::from_env();
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names: Vec<&str> = names.split(':').collect();
        let is_named = |at: &usize| {
            self.name.as_deref().is_none_or(|name| names.get(*at).is_some_and(|known| *known == name))
        };
        let mut known = TAKEN.lock_ignoring_poison();
        let known = known.get_or_insert_default();
        let mut found = Vec::new();
        for at in (0..passed.len()).filter(is_named) {
            if !known.insert(at) {
                return Err(Error::Activation(format!("descriptor {} is already in use", 3 + at)));
            }
            // A descriptor of another kind stays open.
            let unix = passed.take_unix_listener(at).ok().flatten().map(Passed::Unix);
            let tcp = || passed.take_tcp_listener(at).ok().flatten().map(Passed::Tcp);
            let socket = unix.or_else(tcp).ok_or_else(|| {
                known.remove(&at);
                Error::Activation(format!("descriptor {} is not a stream socket", 3 + at))
            })?;
            found.push(socket);
        }
        if found.is_empty() {
            let named = self.name.as_ref().map(|name| format!(" named {name:?}")).unwrap_or_default();
            return Err(Error::Activation(format!(
                "the service manager has passed no socket{named}\n\
                 help: check LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, and FileDescriptorName= of the socket unit"
            )));
        }
        Ok(found)
    }
}

impl Passed {
    fn try_clone(&self) -> std::io::Result<Self> {
        match self {
            Self::Unix(listener) => listener.try_clone().map(Self::Unix),
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
        }
    }
}
