//! Who is at the other end.

use std::net::SocketAddr;

/// Who is at the other end of a connection, as the kernel says.
///
/// ```
/// use manhole::{Access, Level};
///
/// // Whoever is on call may do everything, all others look.
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
    /// The process that connected; `None` where that cannot be known.
    pub pid: Option<u32>,
    /// Its user.
    pub uid: Option<u32>,
    /// What the user is called: with the feature `users`, once the session has begun.
    pub user: Option<String>,
    /// The group that it ran with.
    pub gid: Option<u32>,
    /// The other groups that it belonged to, where the system tells.
    pub groups: Vec<u32>,
    /// What it is called, where the system tells. A process can call itself anything.
    pub command: Option<String>,
    /// Where it connected from, over TCP.
    pub address: Option<SocketAddr>,
}

impl Peer {
    /// Finds out what the user is called. The system may have to ask other machines for that, so it is done on the session's own
    /// thread.
    pub(crate) fn name_user(&mut self) {
        #[cfg(feature = "users")]
        if let Some(user) = self.uid.and_then(uzers::get_user_by_uid) {
            self.user = Some(user.name().to_string_lossy().into_owned());
        }
    }
}
