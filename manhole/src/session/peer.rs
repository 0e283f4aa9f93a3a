//! The client of a connection.

use std::net::SocketAddr;

/// The client of a connection, as the kernel identifies it.
///
/// ```
/// use manhole::{Access, Level};
///
/// // Users on call are `admin`, all others `observe`.
/// let on_call = |uid| uid == 1001;
/// let access = Access::from_fn(move |peer| {
///     let uid = peer.uid?;
///     Some(if on_call(uid) { Level::Admin } else { Level::Observe })
/// });
/// # drop(access);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Peer {
    /// The process ID, on Linux, Android and macOS; `None` over TCP.
    pub pid: Option<u32>,
    /// The user ID; `None` if the kernel does not report it.
    pub uid: Option<u32>,
    /// The name of the user: with the feature `users`, once the session has begun.
    pub user: Option<String>,
    /// The group ID of the process when it connected; over TCP, the user's group in `/etc/passwd`.
    pub gid: Option<u32>,
    /// The supplementary groups of the process, on Linux and Android; over TCP, the user's groups in `/etc/group`.
    pub groups: Vec<u32>,
    /// The name of the process, on Linux and Android. A process can choose any name.
    pub command: Option<String>,
    /// The remote address, over TCP.
    pub address: Option<SocketAddr>,
}

impl Peer {
    /// Returns the name of the user, or the number.
    pub(crate) fn user_name(&self) -> Option<String> {
        self.user.clone().or_else(|| self.uid.map(|uid| uid.to_string()))
    }

    /// Looks up the name of the user. This may ask other machines, and so runs on the session's thread.
    pub(crate) fn name_user(&mut self) {
        #[cfg(all(unix, feature = "users"))]
        if let Some(user) = self.uid.and_then(uzers::get_user_by_uid) {
            self.user = Some(user.name().to_string_lossy().into_owned());
        }
    }
}
