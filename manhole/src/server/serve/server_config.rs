//! The configuration of a server, and the decisions about its clients.

use std::sync::Arc;
use std::time::Duration;

use super::session_machine::{Decision, Event, Timeouts};
use crate::engine::{AbandonedCommand, EngineTemplate, MAX_ABANDONED, StopReason};
use crate::server::admit::{Admission, Admitted, Candidate, MAX_ARRIVALS, MAX_UNAUTHENTICATED};
use crate::server::socket::{Connection, LastWord, Received};
use crate::session::{EventKind, Session, SessionConfig};

/// How long a server that shuts down waits for its sessions to end.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// The reason for a client that finds [`ServerConfig::max_threads`] threads.
pub(crate) const TOO_MANY_THREADS: &str =
    "too many clients wait to be admitted, or run code of the application that does not return";

/// What all sessions of a server share.
#[derive(Clone)]
pub(crate) struct ServerConfig {
    pub(crate) engine: Arc<EngineTemplate>,
    pub(crate) session: Arc<SessionConfig>,
    pub(crate) admission: Admission,
}

impl ServerConfig {
    /// Returns the limit on threads: of sessions, of clients that may get one, and of abandoned commands.
    pub(crate) fn max_threads(&self) -> usize {
        let sessions = self.admission.limits.sessions;
        sessions.saturating_add(MAX_UNAUTHENTICATED + MAX_ABANDONED + MAX_ARRIVALS)
    }

    pub(crate) fn timeouts(&self, connection: &Connection) -> Timeouts {
        let token = connection.token().map(|_| self.admission.limits.token_timeout);
        Timeouts { token, idle: self.admission.limits.idle_timeout }
    }

    /// Makes the session of an admitted client.
    pub(crate) fn new_session(&self, connection: &Arc<Connection>) -> Session {
        Session::new(&self.engine, Arc::clone(&self.session), connection, connection.session_info())
    }

    /// Takes a decision about a client. A negative one disconnects the client, and reports why to it and to the audit.
    pub(crate) fn decide(&self, connection: &Arc<Connection>, decision: Decision) -> Event {
        let admission = &self.admission;
        let peer = connection.peer();
        let candidate = |last_word: fn(String) -> LastWord| {
            let connection = Arc::downgrade(connection);
            let disconnect = move |reason: &str| {
                if let Some(connection) = connection.upgrade() {
                    connection.end(last_word(reason.to_owned()));
                }
            };
            Candidate { peer, disconnect: Box::new(disconnect) }
        };
        let admitted = match (decision, connection.token()) {
            (Decision::Resume(abandoned), _) => return resume(connection, abandoned),
            (Decision::Refuse(reason), _) => Err(reason),
            (Decision::Admit, None) => admission.admit_user(candidate(LastWord::Closed)).map(Some),
            (Decision::Admit, Some(_)) => {
                connection.hold_permit(admission.admit_pending(candidate(LastWord::Refused)));
                Ok(None)
            }
            (Decision::CheckToken(input), Some(token)) => {
                admission.check_token(candidate(LastWord::Closed), token, input.as_ref()).map(Some)
            }
            (Decision::CheckToken(_) | Decision::RefuseLateToken, _) => {
                Err(format!("no token within {:?}", admission.limits.token_timeout))
            }
        };
        match admitted {
            Ok(admitted) => {
                if let Some(Admitted { permit, session_info }) = admitted {
                    connection.hold_permit(permit);
                    connection.set_session_info(session_info);
                }
                Event::Accepted
            }
            Err(reason) => {
                admission.audit.record(peer, 0, EventKind::Refused { reason: &reason });
                connection.end(LastWord::Refused(reason));
                Event::Failed
            }
        }
    }

    /// Disconnects a client for which there is no thread. The audit callback may take its time, so that it gets only a count of these.
    pub(crate) fn turn_away(&self, connection: &Arc<Connection>, reason: &str) {
        self.admission.audit.record_refusal(connection.peer());
        connection.end(LastWord::Refused(reason.to_owned()));
    }
}

/// Returns the event for an attempt to read.
pub(super) fn read_event<E>(connection: &Connection, received: &Result<Received, E>) -> Event {
    match received {
        // Another thread reads now, until the client has got its last word.
        _ if connection.last_word().is_some() => Event::Failed,
        Ok(Received::Open) => Event::Received,
        Ok(Received::End) => Event::InputEnded(connection.last_input()),
        Err(_) => Event::Failed,
    }
}

/// Decides whether a client gets another session after a command that has not returned.
fn resume(
    connection: &Arc<Connection>,
    AbandonedCommand { stop, abandoned_threads, .. }: AbandonedCommand,
) -> Event {
    match stop {
        StopReason::HangUp | StopReason::Shutdown => connection.end(LastWord::Nothing),
        stop if abandoned_threads > MAX_ABANDONED => {
            let reason = format!("{stop}; the session ends: {MAX_ABANDONED} threads are abandoned already");
            connection.end(LastWord::Failed(reason));
        }
        _ => return Event::Accepted,
    }
    let session_info = connection.session_info();
    session_info.abandon_command();
    session_info.end();
    Event::Failed
}
