//! Serves sessions on sockets: on threads of its own, or on the caller's event loop.

mod access;
#[cfg(feature = "activation")]
mod activation;
mod admission;
mod builder;
mod connection;
mod console;
mod conversation;
mod credentials;
mod detached;
mod error;
mod guests;
mod listener;
mod location;
mod lock;
mod reserve;
#[cfg(feature = "tokio")]
mod runtime;
#[cfg(feature = "signal")]
mod signal;
mod socket;
mod stale;
mod supervisor;
mod switch;
mod token;
#[cfg(feature = "tokio")]
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::engine::{EngineTemplate, MAX_ABANDONED};
use crate::reflect::Level;
use crate::session::Config;
use guests::{Guests, MOST_STRANGERS, Quota};

pub use access::Access;
pub use builder::{Builder, spawn};
pub use console::Console;
pub use error::Error;
pub use listener::{Address, Listener};
pub use location::{Instance, default_path, instances};
pub use stale::{unlink, unlink_stale};

/// The stack of a thread that runs scripts: address space, of which only what is used becomes memory. Nested data is
/// dropped and compared recursively; this is enough for the deepest that the limits allow, in debug builds too.
pub(crate) const STACK: usize = 64 * 1024 * 1024;

/// What a manhole serves, to how many, and for how long.
#[derive(Clone)]
struct Setup {
    language: Arc<EngineTemplate>,
    config: Config,
    access: Access,
    /// How far anybody may go.
    ceiling: Level,
    quota: Quota,
    guests: Guests,
    /// The number of the last session.
    last_session: Arc<AtomicU64>,
    /// How long a client may take to say who it is.
    authentication_timeout: Duration,
    /// How long a session may be without a command.
    idle_timeout: Option<Duration>,
}

/// What a client is told where there are.
const TOO_MANY_THREADS: &str = "too many clients are there: some wait to be let in, or their commands do not come back from the program's code";

/// How many more threads than sessions there may be, of clients about which it is not known yet whether they may come in.
const AT_THE_DOOR: usize = 64;

impl Setup {
    /// How many threads there may be in all: those of sessions, of clients that may become one, and those that are stuck.
    fn most_threads(&self) -> usize {
        self.quota.sessions.saturating_add(MOST_STRANGERS + MAX_ABANDONED + AT_THE_DOOR)
    }
}
