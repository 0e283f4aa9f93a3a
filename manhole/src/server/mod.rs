//! Serves sessions on a Unix socket: on threads of its own, or on the caller's event loop.

mod access;
mod builder;
mod connection;
mod console;
mod conversation;
mod error;
#[cfg(feature = "tokio")]
mod runtime;
mod socket;
mod supervisor;
#[cfg(feature = "tokio")]
mod worker;

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Language;
use crate::reflect::Level;
use crate::session::{Config, Peer};

pub use access::Access;
pub use builder::{Builder, spawn};
pub use console::Console;
pub use error::Error;
pub use socket::{unlink, unlink_stale};

/// The stack of a thread that runs scripts: address space, of which only what is used becomes memory. Nested data is
/// dropped and compared recursively; this is enough for the deepest that the limits allow, in debug builds too.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// What a manhole serves, to how many, and for how long.
#[derive(Clone)]
struct Setup {
    language: Arc<Language>,
    config: Config,
    access: Access,
    /// How far anybody may go.
    ceiling: Level,
    /// How many sessions there can be at once.
    sessions: usize,
    /// How long a session may be without a command.
    idle_timeout: Option<Duration>,
}

impl Setup {
    /// How far `peer` may go; `None` if it may not connect.
    fn level(&self, peer: &Peer) -> Option<Level> {
        self.access.of(peer).map(|level| level.min(self.ceiling))
    }

    /// What somebody is told who may not connect.
    fn refusal(&self, peer: &Peer) -> String {
        let who = peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
        format!("{who} may not connect to this manhole")
    }

    fn too_many_sessions(&self) -> String {
        format!("too many sessions: {} are open already", self.sessions)
    }
}
