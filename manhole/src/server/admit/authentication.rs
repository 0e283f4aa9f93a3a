//! Who becomes a session: the client's rate, its user or its token, and how many there are already.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rustix::net::RecvFlags;

use crate::reflect::Level;
use crate::server::listen::AuthToken;
use crate::server::serve::{Connection, Received, ServerConfig};
use crate::session::{EventKind, Input, SessionInfo};

/// What a client is asked where it has to send a token first.
pub(crate) const TOKEN_PROMPT: &[u8] = b"token: ";

impl ServerConfig {
    /// Lets a client in, as far as the door to a token if it needs one; who may not connect is told so.
    pub(crate) fn admit(&self, connection: &Arc<Connection>) -> bool {
        self.refuse_on_error(connection, || {
            self.limiter.check_rate(connection.peer().uid)?;
            if connection.token().is_some() {
                let stranger = Arc::downgrade(connection);
                let leave = move || {
                    if let Some(stranger) = stranger.upgrade() {
                        stranger.close("too many connections wait for a token");
                    }
                };
                connection.hold_permit(self.limiter.admit_pending(leave));
                return Ok(());
            }
            let peer = connection.peer();
            let who = || peer.uid.map_or_else(|| "an unknown user".to_owned(), |uid| format!("user {uid}"));
            let level = self.access.level_of(peer);
            let level = level.ok_or_else(|| format!("{} may not connect to this manhole", who()))?;
            let session_info = self.create_session(connection, level)?;
            connection.set_session_info(if peer.address.is_some() {
                session_info.may_be_browser()
            } else {
                session_info
            });
            Ok(())
        })
    }

    /// Waits for the token of a client that has to send one; answers whether it did.
    pub(crate) fn authenticate(&self, connection: &Connection) -> bool {
        let Some(token) = connection.token() else { return true };
        if !connection.send_all(TOKEN_PROMPT) {
            return false;
        }
        let end = Instant::now() + self.authentication_timeout;
        loop {
            if let Some(input) = connection.next_input() {
                return self.check_token(connection, token, Some(&input));
            }
            if !connection.wait_for_input(end.saturating_duration_since(Instant::now())) {
                return self.refuse_late_token(connection);
            }
            match connection.receive(RecvFlags::empty()) {
                Ok(Received::Open) => {}
                Ok(Received::End) => {
                    return self.check_token(connection, token, connection.last_input().as_ref());
                }
                Err(_) => return false,
            }
        }
    }

    /// Lets a client in if what it has sent is the token.
    pub(crate) fn check_token(
        &self,
        connection: &Connection,
        token: &Arc<AuthToken>,
        sent: Option<&Input>,
    ) -> bool {
        self.refuse_on_error(connection, || {
            let level = match sent {
                Some(Input::Line(line)) => token.level_for(line),
                Some(_) => None,
                None => return Err("the connection ended before a token came".to_owned()),
            };
            connection.set_session_info(self.create_session(connection, level.ok_or("the token is wrong")?)?);
            Ok(())
        })
    }

    /// Refuses a client that has not sent its token in time.
    pub(crate) fn refuse_late_token(&self, connection: &Connection) -> bool {
        self.refuse_on_error(connection, || {
            Err(format!("no token came within {:?}", self.authentication_timeout))
        })
    }

    /// Sends a client away for which there is no thread. The program is not told, which might take its time, but of how many.
    pub(crate) fn turn_away(&self, connection: &Connection, reason: &str) {
        self.config.audit.record_refusal(connection.peer());
        connection.close(reason);
    }

    /// The client becomes a session.
    fn create_session(&self, connection: &Connection, level: Level) -> Result<SessionInfo, String> {
        let peer = connection.peer();
        connection.hold_permit(self.limiter.admit(peer.uid, self.quota)?);
        let session = self.last_session.fetch_add(1, Ordering::Relaxed) + 1;
        let (level, audit) = (level.min(self.ceiling), self.config.audit.clone());
        Ok(SessionInfo::new(session, peer.clone(), level, audit))
    }

    /// Answers whether `step` was taken; if not, the client and the audit are told why, and the connection ends.
    fn refuse_on_error(&self, connection: &Connection, step: impl FnOnce() -> Result<(), String>) -> bool {
        let Err(reason) = step() else { return true };
        self.config.audit.tell(connection.peer(), 0, EventKind::Refused { reason: &reason });
        connection.close(&reason);
        false
    }
}
