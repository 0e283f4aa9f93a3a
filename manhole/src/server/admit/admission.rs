//! Admits a client by its user, and counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::access_policy::Access;
use super::connection_limits::{ConnectionLimiter, ConnectionLimits, ConnectionPermit, Disconnect};
use super::peer_key::PeerKey;
use crate::reflect::Level;
use crate::session::{Audit, Peer, SessionInfo};

/// The rules by which clients are admitted, and the sessions that are open.
#[derive(Clone)]
pub(crate) struct Admission {
    access: Access,
    pub(crate) limits: ConnectionLimits,
    pub(crate) limiter: ConnectionLimiter,
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

/// A client that asks for a session.
pub(crate) struct Candidate<'a> {
    pub(crate) peer: &'a Peer,
    /// Disconnects it later, to make room for another client.
    pub(crate) disconnect: Disconnect,
}

impl Admission {
    pub(crate) fn new(access: Access, limits: ConnectionLimits, audit: Audit) -> Self {
        let limiter = ConnectionLimiter::new(limits, access.highest_level());
        Self { access, limits, limiter, audit, last_session: Arc::default() }
    }

    /// Counts a new connection of a client.
    pub(crate) fn check_rate(&self, peer: &Peer) -> Result<()> {
        self.limiter.check_rate(PeerKey::of(peer))
    }

    /// Counts a client until it is admitted.
    pub(crate) fn admit_arrival(&self, peer: &Peer) -> Result<ConnectionPermit> {
        self.limiter.admit_arrival(PeerKey::of(peer))
    }

    /// Checks the user of a client as far as that needs no code of the application.
    pub(crate) fn check_user(&self, peer: &Peer) -> Result<()> {
        if self.access.surely_refuses(peer) { Err(no_access(peer)) } else { Ok(()) }
    }

    /// Admits a client by its user, as [`Access`] says.
    pub(crate) fn admit_user(&self, candidate: Candidate<'_>) -> Result<Admitted> {
        let peer = candidate.peer;
        let level = self.access.level_of(peer).ok_or_else(|| no_access(peer))?;
        let Admitted { permit, session_info } = self.create_session(candidate, level)?;
        // A web page can make a browser connect to any port of its machine.
        let session_info = if peer.address.is_some() { session_info.may_be_browser() } else { session_info };
        Ok(Admitted { permit, session_info })
    }

    /// Admits a client up to the token prompt.
    pub(crate) fn admit_pending(&self, candidate: Candidate<'_>) -> ConnectionPermit {
        self.limiter.admit_pending(PeerKey::of(candidate.peer), candidate.disconnect)
    }

    pub(super) fn create_session(&self, candidate: Candidate<'_>, level: Level) -> Result<Admitted> {
        let Candidate { peer, disconnect } = candidate;
        let level = self.access.limit(level);
        let permit = self.limiter.admit(PeerKey::of(peer), level, disconnect)?;
        let session = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let session_info = SessionInfo::new(session, peer.clone(), level, self.audit.clone());
        permit.set_session(session_info.clone());
        Ok(Admitted { permit, session_info })
    }
}

fn no_access(peer: &Peer) -> String {
    let user = peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
    format!("{user} has no access")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::listen::AuthToken;
    use crate::session::Input;

    fn admission(access: Access, change: impl FnOnce(&mut ConnectionLimits)) -> Admission {
        let mut limits = ConnectionLimits::default();
        change(&mut limits);
        Admission::new(access, limits, Audit::default())
    }

    fn user(uid: u32) -> Peer {
        Peer { uid: Some(uid), ..Peer::default() }
    }

    fn candidate(peer: &Peer) -> Candidate<'_> {
        Candidate { peer, disconnect: Box::new(|_| ()) }
    }

    #[test]
    fn each_user_has_its_own_rate() {
        let admission = admission(Access::default(), |limits| limits.connections_per_second = 1);
        let allowed = (0..10).filter(|_| admission.check_rate(&user(7)).is_ok()).count();
        assert!((2..10).contains(&allowed), "{allowed}");
        assert!(admission.check_rate(&user(8)).is_ok());
    }

    #[test]
    fn a_token_gives_no_more_than_the_maximum_level() {
        let admission = admission(Access::none().max_level(Level::Operate), |_| ());
        let token = AuthToken::new("0123456789abcdef".to_owned(), Level::Admin);
        let line = Input::Line(b"0123456789abcdef".to_vec());
        let admitted = admission.check_token(candidate(&user(7)), &token, Some(&line)).map_err(drop).unwrap();
        assert_eq!(admitted.session_info.session_level().level(), Level::Operate);
        let wrong = Input::Line(b"0123456789abcdeF".to_vec());
        for input in [Some(&wrong), Some(&Input::Interrupt), None] {
            assert!(admission.check_token(candidate(&user(7)), &token, input).is_err());
        }
    }

    #[test]
    fn the_last_places_are_for_sessions_at_the_highest_level() {
        let access =
            Access::from_fn(|peer| Some(if peer.uid == Some(0) { Level::Admin } else { Level::Observe }));
        let admission = admission(access, |limits| limits.sessions = 8);
        let admit = |uid| admission.admit_user(candidate(&user(uid)));
        let mut held: Vec<_> = (1..20).map_while(|uid| admit(uid).ok()).collect();
        assert_eq!(held.len(), 7);
        held.extend(admit(0).ok());
        assert_eq!(held.len(), 8);
        assert_eq!(held[7].session_info.session_level().level(), Level::Admin);
        assert_eq!(held[0].session_info.session_level().level(), Level::Observe);
    }

    #[test]
    fn a_user_without_access_is_refused_with_its_number_before_and_after_the_functions() {
        let ruled = admission(Access::none().user(7, Level::Admin), |_| ());
        assert!(ruled.check_user(&user(7)).is_ok());
        for (peer, error) in
            [(user(8), "user 8 has no access"), (Peer::default(), "an unknown user has no access")]
        {
            assert_eq!(ruled.check_user(&peer).unwrap_err(), error);
            assert_eq!(ruled.admit_user(candidate(&peer)).err().as_deref(), Some(error));
        }
        let asked = admission(Access::from_fn(|_| None), |_| ());
        assert!(asked.check_user(&user(8)).is_ok(), "only the function knows");
        assert!(asked.admit_user(candidate(&user(8))).is_err());
    }

    #[test]
    fn sessions_are_numbered_from_one() {
        let admission = admission(Access::none().user(7, Level::Admin), |_| ());
        let numbers = [(); 3].map(|()| {
            admission.admit_user(candidate(&user(7))).map(|admitted| admitted.session_info.session())
        });
        assert_eq!(numbers, [Ok(1), Ok(2), Ok(3)]);
    }
}
