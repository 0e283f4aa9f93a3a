//! Admits a client by its user, and counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::access_policy::Access;
use super::connection_limits::{ConnectionLimiter, ConnectionLimits, ConnectionPermit};
use crate::reflect::Level;
use crate::session::{Audit, Peer, SessionInfo};

/// The rules by which clients are admitted, and the sessions that are open.
#[derive(Clone)]
pub(crate) struct Admission {
    access: Access,
    pub(crate) limits: ConnectionLimits,
    limiter: ConnectionLimiter,
    pub(crate) audit: Audit,
    /// The number of the last session.
    last_session: Arc<AtomicU64>,
}

/// A client with a session.
pub(crate) struct Admitted {
    pub(crate) permit: ConnectionPermit,
    pub(crate) session_info: SessionInfo,
}

/// The result of a step of admission; the error is the reason to report to the client.
pub(super) type Result<T> = std::result::Result<T, String>;

impl Admission {
    pub(crate) fn new(access: Access, limits: ConnectionLimits, audit: Audit) -> Self {
        Self { access, limits, limiter: ConnectionLimiter::new(limits), audit, last_session: Arc::default() }
    }

    /// Admits a client by its user, as [`Access`] says.
    pub(crate) fn admit_user(&self, peer: &Peer) -> Result<Admitted> {
        self.limiter.check_rate(peer.uid)?;
        let user = || peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
        let level = self.access.level_of(peer);
        let level = level.ok_or_else(|| format!("{} has no access", user()))?;
        let Admitted { permit, session_info } = self.create_session(peer, level)?;
        // A web page can make a browser connect to any port of its machine.
        let session_info = if peer.address.is_some() { session_info.may_be_browser() } else { session_info };
        Ok(Admitted { permit, session_info })
    }

    /// Admits a client up to the token prompt. `disconnect` is called when too many others wait there.
    pub(crate) fn admit_pending(
        &self,
        peer: &Peer,
        disconnect: impl FnOnce() + Send + 'static,
    ) -> Result<ConnectionPermit> {
        self.limiter.check_rate(peer.uid)?;
        Ok(self.limiter.admit_pending(disconnect))
    }

    pub(super) fn create_session(&self, peer: &Peer, level: Level) -> Result<Admitted> {
        let permit = self.limiter.admit(peer.uid)?;
        let session = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let level = self.access.limit(level);
        let session_info = SessionInfo::new(session, peer.clone(), level, self.audit.clone());
        Ok(Admitted { permit, session_info })
    }
}
