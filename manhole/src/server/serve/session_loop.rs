//! Drives a connection on one thread, which reads, runs commands and writes: each hand-over to another thread would cost more than
//! most commands do.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rustix::net::RecvFlags;

use super::activity::Activity;
use super::server_config::{ServerConfig, read_event};
use super::session_machine::{Action, Event, SessionMachine};
use crate::engine::CommandHandle;
use crate::server::socket::{Connection, LastWord};

/// What drives a connection on the current thread.
pub(crate) struct SessionLoop<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) config: &'a ServerConfig,
    pub(crate) activity: &'a Activity,
    /// Set when there is a session.
    pub(crate) command_handle: &'a OnceLock<CommandHandle>,
}

impl SessionLoop<'_> {
    /// Runs until the connection ends, or belongs to another thread.
    pub(crate) fn run(&self, mut event: Event) {
        let mut machine = SessionMachine::new(self.config.timeouts(self.connection));
        let mut session = None;
        loop {
            event = match machine.next(event, Instant::now) {
                Action::Decide(decision) => self.config.decide(self.connection, decision),
                Action::Run(call) => {
                    let session = session.get_or_insert_with(|| {
                        let session = self.config.new_session(self.connection);
                        let _ = self.command_handle.set(session.command_handle());
                        session
                    });
                    self.activity.notify();
                    Event::Replied(call.run(session))
                }
                Action::Send(bytes) if self.connection.send_all(&bytes) => Event::Sent,
                Action::Send(_) => Event::Failed,
                Action::Receive { deadline } => self.receive(deadline),
                Action::Close(reason) => return self.connection.end(LastWord::Closed(reason)),
                Action::HangUp => return self.connection.end(LastWord::Nothing),
                Action::Leave => return,
            };
        }
    }

    fn receive(&self, deadline: Option<Instant>) -> Event {
        if self.connection.last_word().is_some() {
            return Event::Failed;
        }
        if let Some(input) = self.connection.next_input() {
            return Event::Input(input);
        }
        if deadline.is_some_and(|deadline| !self.connection.wait_for_input(deadline)) {
            return Event::TimedOut;
        }
        read_event(self.connection, &self.connection.receive(RecvFlags::empty()))
    }
}
