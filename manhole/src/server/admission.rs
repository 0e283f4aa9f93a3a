//! Who becomes a session: the client's rate, its user or its token, and how many there are already.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rustix::net::RecvFlags;

use super::Setup;
use super::connection::{Connection, Received};
use super::token::Token;
use crate::reflect::Level;
use crate::session::{EventKind, Input, SessionInfo};

/// What a client is asked where it has to send a token first.
pub(super) const QUESTION: &[u8] = b"token: ";

impl Setup {
    /// Lets a client in, as far as the door to a token if it needs one; who may not connect is told so.
    pub(super) fn admit(&self, connection: &Arc<Connection>) -> bool {
        self.told(connection, || {
            self.guests.knock(connection.peer().uid)?;
            if connection.token().is_some() {
                let stranger = Arc::downgrade(connection);
                let leave = move || {
                    if let Some(stranger) = stranger.upgrade() {
                        stranger.close("too many connections wait for a token");
                    }
                };
                connection.count_as(self.guests.admit_stranger(leave));
                return Ok(());
            }
            let peer = connection.peer();
            let who = || peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
            let level = self.access.of(peer);
            let level = level.ok_or_else(|| format!("{} may not connect to this manhole", who()))?;
            let session_info = self.welcome(connection, level)?;
            connection.attend(if peer.address.is_some() { session_info.exposed() } else { session_info });
            Ok(())
        })
    }

    /// Waits for the token of a client that has to send one; answers whether it did.
    pub(super) fn authenticate(&self, connection: &Connection) -> bool {
        let Some(token) = connection.token() else { return true };
        if !connection.send_all(QUESTION) {
            return false;
        }
        let end = Instant::now() + self.authentication_timeout;
        loop {
            if let Some(input) = connection.next_input() {
                return self.judge(connection, token, Some(&input));
            }
            if !connection.wait_for_input(end.saturating_duration_since(Instant::now())) {
                return self.too_late(connection);
            }
            match connection.receive(RecvFlags::empty()) {
                Ok(Received::Open) => {}
                Ok(Received::End) => return self.judge(connection, token, connection.last_input().as_ref()),
                Err(_) => return false,
            }
        }
    }

    /// Lets a client in if what it has sent is the token.
    pub(super) fn judge(&self, connection: &Connection, token: &Arc<Token>, sent: Option<&Input>) -> bool {
        self.told(connection, || {
            let level = match sent {
                Some(Input::Line(line)) => token.admits(line),
                Some(_) => None,
                None => return Err("the connection ended before a token came".to_owned()),
            };
            connection.attend(self.welcome(connection, level.ok_or("the token is wrong")?)?);
            Ok(())
        })
    }

    /// Refuses a client that has not sent its token in time.
    pub(super) fn too_late(&self, connection: &Connection) -> bool {
        self.told(connection, || Err(format!("no token came within {:?}", self.authentication_timeout)))
    }

    /// Sends a client away for which there is no thread. The program is not told, which might take its time, but of how many.
    pub(super) fn turn_away(&self, connection: &Connection, reason: &str) {
        self.config.audit.miss_refusal(connection.peer());
        connection.close(reason);
    }

    /// The client becomes a session.
    fn welcome(&self, connection: &Connection, level: Level) -> Result<SessionInfo, String> {
        let peer = connection.peer();
        connection.count_as(self.guests.admit(peer.uid, self.quota)?);
        let session = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let (level, audit) = (level.min(self.ceiling), self.config.audit.clone());
        Ok(SessionInfo::new(session, peer.clone(), level, audit))
    }

    /// Answers whether `step` was taken; if not, the client and the audit are told why, and the connection ends.
    fn told(&self, connection: &Connection, step: impl FnOnce() -> Result<(), String>) -> bool {
        let Err(reason) = step() else { return true };
        self.config.audit.tell(connection.peer(), 0, EventKind::Refused { reason: &reason });
        connection.close(&reason);
        false
    }
}
