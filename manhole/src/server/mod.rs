//! Serves sessions on a Unix socket: on threads of its own, or on the caller's event loop.

mod access;
mod builder;
mod connection;
mod console;
mod conversation;
mod error;
mod guests;
mod location;
#[cfg(feature = "tokio")]
mod runtime;
mod socket;
mod supervisor;
#[cfg(feature = "tokio")]
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::engine::Language;
use crate::reflect::Level;
use crate::session::{Config, EventKind, Identity};
use connection::Connection;
use guests::{Guests, Quota};

pub use access::Access;
pub use builder::{Builder, spawn};
pub use console::Console;
pub use error::Error;
pub use location::{Instance, default_path, instances};
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
    quota: Quota,
    guests: Guests,
    /// The number of the last session.
    last_session: Arc<AtomicU64>,
    /// How many sessions there can be at once.
    sessions: usize,
    /// How long a session may be without a command.
    idle_timeout: Option<Duration>,
}

impl Setup {
    /// Finds out whose session `connection` will be; who may not connect is told so.
    fn identify(&self, connection: &Connection) -> bool {
        if let Err(reason) = self.guests.knock(self.quota) {
            self.refuse(connection, &reason);
            return false;
        }
        let peer = connection.peer();
        let Some(level) = self.access.of(&peer) else {
            let who = peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
            self.refuse(connection, &format!("{who} may not connect to this manhole"));
            return false;
        };
        let guest = match self.guests.admit(peer.uid, self.quota) {
            Ok(guest) => guest,
            Err(reason) => {
                self.refuse(connection, &reason);
                return false;
            }
        };
        let session = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        connection.identify(Identity { session, peer, level: level.min(self.ceiling) }, guest);
        true
    }

    /// Ends a connection that has not become a session.
    fn refuse(&self, connection: &Connection, reason: &str) {
        connection.close(reason);
        self.config.audit.tell(&connection.peer(), 0, EventKind::Refused { reason });
    }

    fn too_many_sessions(&self) -> String {
        format!("too many sessions: {} are open already", self.sessions)
    }
}
