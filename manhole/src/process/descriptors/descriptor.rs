//! The file descriptors of the process, as a map by number.

use std::collections::HashSet;
use std::io;

use super::sockets::{Socket, Sockets};
use crate::process::listed_map::{LastList, Listed, ListedMap};
use crate::process::proc_files::{DESCRIPTORS, reported};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// How many descriptors are looked up at once.
const MAX_SOCKETS: usize = 65_536;

/// The open descriptors.
pub(crate) type Descriptors = ListedMap<Descriptor>;

/// A descriptor, by its number.
pub(crate) struct Descriptor(u32);

computed_fields!([] Descriptor, "Descriptor", "A file descriptor.", |this| {
    kind: Reported<&'static str> = reported(this.link().map(|link| kind(&link))),
        "What it is: file, socket, pipe, event, epoll, timer, device, or other.";
    target: Reported<String> = reported(this.link()), "The path of the file, or the number of the socket or pipe.";
    protocol: Reported<Option<&'static str>> = this.socket(|socket| Some(socket.protocol)), "Of a socket: tcp, udp, or unix.";
    local: Reported<Option<String>> = this.socket(|socket| socket.local.clone()), "The socket's own address or path.";
    remote: Reported<Option<String>> = this.socket(|socket| socket.remote.clone()), "The address to which a tcp or udp socket is connected.";
    state: Reported<Option<String>> = this.socket(|socket| socket.state.clone()),
        "The state of a tcp socket, such as `Listen`, `Established`, `CloseWait`.";
    unread: Reported<Option<u32>> = this.socket(|socket| socket.unread),
        "The bytes that the process has not read. Of a socket that listens, the connections that it has not accepted.";
    unsent: Reported<Option<u32>> = this.socket(|socket| socket.unsent), "The bytes that the other side has not yet confirmed.";
});

impl Listed for Descriptor {
    const MAP_NAME: &'static str = "Descriptors";

    fn list() -> io::Result<Vec<u32>> {
        DESCRIPTORS.numbers()
    }

    fn find(number: u32) -> Option<Self> {
        DESCRIPTORS.has(number).then_some(Self(number))
    }

    fn last_list() -> &'static LastList {
        static LAST: LastList = LastList::new();
        &LAST
    }
}

/// Returns the open descriptors.
pub(crate) fn list() -> Reported<Descriptors> {
    reported(DESCRIPTORS.check().map(|()| ListedMap::new()))
}

/// Counts the open descriptors.
pub(in crate::process) fn count() -> Reported<usize> {
    reported(DESCRIPTORS.numbers().map(|numbers| numbers.len()))
}

impl Descriptor {
    fn link(&self) -> io::Result<String> {
        DESCRIPTORS.link(self.0)
    }

    /// Returns what `read` finds in the socket, if it is one.
    fn socket<R>(&self, read: impl FnOnce(&Socket) -> Option<R>) -> Reported<Option<R>> {
        let sockets = self.link().and_then(|link| {
            let inode = inode_of_socket(&link);
            inode.map(|inode| Ok((inode, Sockets::with(inode, inodes_of_sockets)?))).transpose()
        });
        let (inode, sockets) = match sockets {
            Ok(Some(found)) => found,
            Ok(None) => return None.into(),
            Err(error) => return reported(Err(error)),
        };
        match sockets.get(inode) {
            Some(socket) => read(socket).into(),
            None if sockets.is_cut => Reported::unknown("was not found in time: there are too many sockets"),
            None => None.into(),
        }
    }
}

/// Returns the inode in a link such as `socket:[4711]`.
fn inode_of_socket(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn inodes_of_sockets() -> HashSet<u64> {
    let numbers = DESCRIPTORS.numbers().unwrap_or_default().into_iter().take(MAX_SOCKETS);
    numbers.filter_map(|number| inode_of_socket(&DESCRIPTORS.link(number).ok()?)).collect()
}

fn kind(link: &str) -> &'static str {
    match link.split_once(':') {
        Some(("socket", _)) => "socket",
        Some(("pipe", _)) => "pipe",
        Some(("anon_inode", name)) => match name.trim_matches(['[', ']']) {
            "eventfd" => "event",
            "eventpoll" => "epoll",
            "timerfd" => "timer",
            _ => "other",
        },
        _ if link.starts_with("/dev/") => "device",
        _ if link.starts_with('/') => "file",
        _ => "other",
    }
}

/// Returns the highest number of descriptors that the process may have.
#[cfg(unix)]
pub(in crate::process) fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
pub(in crate::process) fn limit() -> Option<u64> {
    None
}
