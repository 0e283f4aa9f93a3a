//! The options of socket files.

/// The options of socket files; see [`Builder::socket_file`](crate::Builder::socket_file).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketFile {
    /// The permissions. Defaults to 0600: only the owner can connect. [`Builder::access`](crate::Builder::access) has to admit
    /// other users as well.
    pub mode: u32,
    /// The user ID of the owner. Defaults to the application's. Only root can give a file away.
    pub owner: Option<u32>,
    /// The group ID. Defaults to the application's.
    pub group: Option<u32>,
    /// Whether to create the directory of the socket if it does not exist, with mode 0700. Defaults to `false`.
    pub create_directory: bool,
    /// Whether to replace a stale socket. Defaults to `true`. Otherwise a stale socket is an error, and the application removes it
    /// with [`unlink_stale`](crate::unlink_stale) or [`unlink`](crate::unlink).
    pub replace_stale: bool,
}

impl Default for SocketFile {
    fn default() -> Self {
        Self { mode: 0o600, owner: None, group: None, create_directory: false, replace_stale: true }
    }
}
