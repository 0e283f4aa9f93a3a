//! One client's conversation, on a thread that reads what the client says, runs it, and writes the answer itself: every
//! hand-over to another thread on this way would cost more than most commands do.

use std::sync::Arc;

use rustix::net::RecvFlags;

use super::connection::{Connection, Received};
use super::supervisor::Supervisor;
use crate::engine::GivenUp;
use crate::session::{Next, Session};

/// How a conversation begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Greeting,
    /// It goes on where the one before did not come back.
    After(GivenUp),
}

pub(super) struct Conversation<'a> {
    pub(super) connection: &'a Arc<Connection>,
    pub(super) session: Session,
    pub(super) supervisor: &'a Supervisor,
}

impl Conversation<'_> {
    /// Holds it until one side ends it.
    pub(super) fn hold(mut self, opening: Opening) {
        let mut next = match opening {
            Opening::Greeting => {
                self.supervisor.beat();
                let reply = self.session.greeting();
                self.sent(&reply.bytes, reply.next)
            }
            Opening::After(given_up) => self.sent(&self.session.resumption(given_up), Next::Input),
        };
        while next == Next::Input {
            next = match self.connection.next_input() {
                Some(input) => {
                    self.supervisor.beat();
                    let reply = self.session.input(input);
                    self.sent(&reply.bytes, reply.next)
                }
                None => self.receive(),
            };
        }
        if next == Next::End {
            self.connection.hang_up();
        }
    }

    /// Waits for input. Of what is still there at its end, the last line runs too.
    fn receive(&mut self) -> Next {
        let idle = self.supervisor.setup.idle_timeout;
        if let Some(idle) = idle
            && !self.connection.wait_for_input(idle)
        {
            self.connection.close(&format!("closed after {idle:?} without a command"));
            return Next::End;
        }
        match self.connection.receive(RecvFlags::empty()) {
            Ok(Received::Open) => Next::Input,
            Ok(Received::End) => {
                self.supervisor.beat();
                let last = self.connection.last_input();
                let reply = self.session.finish(last);
                self.sent(&reply.bytes, reply.next)
            }
            Err(_) => Next::End,
        }
    }

    /// Sends `bytes` before what comes `next`, which is the end if the client does not take them.
    fn sent(&self, bytes: &[u8], next: Next) -> Next {
        if next == Next::GivenUp || self.connection.send_all(bytes) { next } else { Next::End }
    }
}
