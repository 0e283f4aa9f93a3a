//! One client's conversation, on a thread that reads what the client says, runs it, and writes the answer itself: every
//! hand-over to another thread on this way would cost more than most commands do.

use std::sync::Arc;
use std::time::Instant;

use rustix::net::RecvFlags;

use super::connection::{Connection, Received};
use super::supervisor::Supervisor;
use crate::engine::AbandonedCommand;
use crate::session::{Next, Reply, Session};

/// How a conversation begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Greeting,
    /// It goes on where the one before did not come back.
    After(AbandonedCommand),
}

pub(super) struct Conversation<'a> {
    pub(super) connection: &'a Arc<Connection>,
    pub(super) session: Session,
    pub(super) supervisor: &'a Supervisor,
}

impl Conversation<'_> {
    /// Holds it until one side ends it.
    pub(super) fn hold(mut self, opening: Opening) {
        let mut reply = match opening {
            Opening::Greeting => {
                self.supervisor.beat();
                self.session.greeting()
            }
            Opening::After(given_up) => {
                Reply { bytes: self.session.resumption(given_up), next: Next::Input, due: None }
            }
        };
        let next = loop {
            let next = self.sent(&reply.bytes, reply.next);
            if next != Next::Input {
                break next;
            }
            reply = match self.connection.next_input() {
                Some(input) => {
                    self.supervisor.beat();
                    self.session.input(input)
                }
                None => self.receive(reply.due),
            };
        };
        if next == Next::End {
            self.connection.hang_up();
        }
    }

    /// Waits for input, or until something is `due` to be looked at. Of what is still there at its end, the last line runs too.
    fn receive(&mut self, due: Option<Instant>) -> Reply {
        if let Some(due) = due {
            if !self.connection.wait_for_input(due.saturating_duration_since(Instant::now())) {
                self.supervisor.beat();
                return self.session.look();
            }
        } else if let Some(idle) = self.supervisor.setup.idle_timeout
            && !self.connection.wait_for_input(idle)
        {
            self.connection.close(&format!("closed after {idle:?} without a command"));
            return Reply::end();
        }
        match self.connection.receive(RecvFlags::empty()) {
            Ok(Received::Open) => Reply::nothing(due),
            Ok(Received::End) => {
                self.supervisor.beat();
                let last = self.connection.last_input();
                self.session.finish(last)
            }
            Err(_) => Reply::end(),
        }
    }

    /// Sends `bytes` before what comes `next`, which is the end if the client does not take them.
    fn sent(&self, bytes: &[u8], next: Next) -> Next {
        if next == Next::AbandonedCommand || self.connection.send_all(bytes) { next } else { Next::End }
    }
}
