//! The configuration that all sessions of a server share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::engine::{EngineTemplate, MAX_ABANDONED};
use crate::reflect::Level;
use crate::server::admit::{Access, ConnectionLimiter, ConnectionLimits, MAX_UNAUTHENTICATED};
use crate::session::SessionConfig;

/// How long a server that shuts down waits for its sessions to end.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// What a manhole serves, to how many, and for how long.
#[derive(Clone)]
pub(crate) struct ServerConfig {
    pub(crate) language: Arc<EngineTemplate>,
    pub(crate) config: SessionConfig,
    pub(crate) access: Access,
    /// How far anybody may go.
    pub(crate) ceiling: Level,
    pub(crate) quota: ConnectionLimits,
    pub(crate) limiter: ConnectionLimiter,
    /// The number of the last session.
    pub(crate) last_session: Arc<AtomicU64>,
    /// How long a client may take to say who it is.
    pub(crate) authentication_timeout: Duration,
    /// How long a session may be without a command.
    pub(crate) idle_timeout: Option<Duration>,
}

/// What a client is told where there are.
pub(crate) const TOO_MANY_THREADS: &str = "too many clients are there: some wait to be let in, or their commands do not come back from the program's code";

/// How many more threads than sessions there may be, of clients about which it is not known yet whether they may come in.
const MAX_PENDING_CLIENTS: usize = 64;

impl ServerConfig {
    /// How many threads there may be in all: those of sessions, of clients that may become one, and those that are stuck.
    pub(crate) fn max_threads(&self) -> usize {
        self.quota.sessions.saturating_add(MAX_UNAUTHENTICATED + MAX_ABANDONED + MAX_PENDING_CLIENTS)
    }
}
