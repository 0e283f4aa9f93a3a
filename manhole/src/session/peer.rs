//! Who is at the other end.

/// Who is at the other end of a connection, as the kernel says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Peer {
    /// The process that connected; `None` where that cannot be known.
    pub pid: Option<u32>,
    /// Its user.
    pub uid: Option<u32>,
    /// Its group.
    pub gid: Option<u32>,
    /// What it is called, where the system tells. A process can call itself anything.
    pub command: Option<String>,
}
