//! The file descriptors of the process, as a map by number.

use std::io;

use super::numbered_map::{Numbered, NumberedMap};
use super::proc_files::{DESCRIPTORS, reported};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// The open descriptors at a moment.
pub(crate) type Descriptors = NumberedMap<Descriptor>;

/// A descriptor, by its number.
pub(crate) struct Descriptor(u32);

computed_fields!([] Descriptor, "Descriptor", "A file descriptor.", |this| {
    kind: Reported<&'static str> = reported(this.link().map(|link| kind(&link))),
        "What it is: file, socket, pipe, event, epoll, timer, device, or other.";
    target: Reported<String> = reported(this.link()), "The path of the file, or the number of the socket or pipe.";
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
pub(super) fn count() -> Reported<usize> {
    reported(DESCRIPTORS.numbers().map(|numbers| numbers.len()))
}

impl Descriptor {
    fn link(&self) -> io::Result<String> {
        DESCRIPTORS.link(self.0)
    }
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
pub(super) fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
pub(super) fn limit() -> Option<u64> {
    None
}
