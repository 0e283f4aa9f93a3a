//! The file descriptors of the process, as a map by number.

use std::collections::HashSet;
use std::io;

use super::sockets::{Socket, Sockets};
use crate::process::numbered_map::{Numbered, NumberedMap};
use crate::process::proc_files::{DESCRIPTORS, reported};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// How many descriptors are looked up at once.
const MAX_SOCKETS: usize = 65_536;

/// The open descriptors at a moment.
pub(crate) type Descriptors = NumberedMap<Descriptor>;

/// A descriptor, by its number.
pub(crate) struct Descriptor(u32);

computed_fields!([] Descriptor, "Descriptor", "A file descriptor.", |this| {
    kind: Reported<&'static str> = reported(this.link().map(|link| kind(&link))),
        "What it is: file, socket, pipe, event, epoll, timer, device, or other.";
    target: Reported<String> = reported(this.link()), "The path of the file, or the number of the socket or pipe.";
    protocol: Option<&'static str> = this.socket(|socket| Some(socket.protocol)), "Of a socket: tcp, udp, or unix.";
    local: Option<String> = this.socket(|socket| socket.local.clone()), "The socket's own address or path.";
    remote: Option<String> = this.socket(|socket| socket.remote.clone()), "The address to which a tcp or udp socket is connected.";
    state: Option<String> = this.socket(|socket| socket.state.clone()),
        "The state of a tcp socket, such as `Listen`, `Established`, `CloseWait`.";
    unread: Option<u32> = this.socket(|socket| socket.unread),
        "The bytes that the process has not read. Of a socket that listens, the connections that it has not accepted.";
    unsent: Option<u32> = this.socket(|socket| socket.unsent), "The bytes that the other side has not yet confirmed.";
});

impl Numbered for Descriptor {
    const MAP_NAME: &'static str = "Descriptors";

    fn number(&self) -> u64 {
        self.0.into()
    }
}

/// Lists the open descriptors.
pub(crate) fn list() -> Reported<Descriptors> {
    reported(DESCRIPTORS.numbers().map(|numbers| numbers.into_iter().map(Descriptor).collect()))
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
    fn socket<R>(&self, read: impl FnOnce(&Socket) -> Option<R>) -> Option<R> {
        let inode = inode_of_socket(&self.link().ok()?)?;
        read(Sockets::with(inode, inodes_of_sockets).get(inode)?)
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
