//! One client's conversation, on a thread that reads what the client says, runs it, and writes the answer itself: every
//! hand-over to another thread on this way would cost more than most commands do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::RecvFlags;

use super::activity::Activity;
use super::connection::{Connection, Received};
use crate::engine::AbandonedCommand;
use crate::session::{AfterReply, Reply, Session};

/// How a conversation begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionStart {
    Greeting,
    /// It goes on where the one before did not come back.
    After(AbandonedCommand),
}

pub(crate) struct SessionLoop<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) session: Session,
    pub(crate) activity: &'a Activity,
    pub(crate) idle_timeout: Option<Duration>,
}

impl SessionLoop<'_> {
    /// Holds it until one side ends it.
    pub(crate) fn run(mut self, opening: SessionStart) {
        let mut reply = match opening {
            SessionStart::Greeting => {
                self.activity.notify();
                self.session.greeting()
            }
            SessionStart::After(given_up) => {
                Reply { bytes: self.session.resumption(given_up), next: AfterReply::Input, due: None }
            }
        };
        let next = loop {
            let next = self.sent(&reply.bytes, reply.next);
            if next != AfterReply::Input {
                break next;
            }
            reply = match self.connection.next_input() {
                Some(input) => {
                    self.activity.notify();
                    self.session.input(input)
                }
                None => self.receive(reply.due),
            };
        };
        if next == AfterReply::End {
            self.connection.hang_up();
        }
    }

    /// Waits for input, or until something is `due` to be looked at. Of what is still there at its end, the last line runs too.
    fn receive(&mut self, due: Option<Instant>) -> Reply {
        if let Some(due) = due {
            if !self.connection.wait_for_input(due.saturating_duration_since(Instant::now())) {
                self.activity.notify();
                return self.session.poll_due_watch();
            }
        } else if let Some(idle) = self.idle_timeout
            && !self.connection.wait_for_input(idle)
        {
            self.connection.close(&format!("closed after {idle:?} without a command"));
            return Reply::end();
        }
        match self.connection.receive(RecvFlags::empty()) {
            Ok(Received::Open) => Reply::nothing(due),
            Ok(Received::End) => {
                self.activity.notify();
                let last = self.connection.last_input();
                self.session.finish(last)
            }
            Err(_) => Reply::end(),
        }
    }

    /// Sends `bytes` before what comes `next`, which is the end if the client does not take them.
    fn sent(&self, bytes: &[u8], next: AfterReply) -> AfterReply {
        if next == AfterReply::AbandonedCommand || self.connection.send_all(bytes) {
            next
        } else {
            AfterReply::End
        }
    }
}
