//! The requests to an actor: one message in its mailbox stands for all of them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::message::MailboxError;
use super::queue::VisitQueue;
use crate::reflect::model::{Manhole, Owner, Visit};
use crate::sync::primitives::AtomicBool;

/// The console's way to an actor. The requests wait here, where they can be withdrawn. The actor's mailbox has one message for
/// all of them, so that it does not grow while the actor is stuck.
pub(super) struct Mailbox {
    queue: VisitQueue,
    /// Whether a message is in the actor's mailbox.
    has_message: AtomicBool,
    /// Puts a message into the actor's mailbox.
    send: Box<SendToken>,
    this: Weak<Mailbox>,
}

type SendToken = dyn Fn(Arc<Token>) -> Result<(), MailboxError> + Send + Sync;

/// A message in an actor's mailbox.
pub(super) struct Token {
    mailbox: Arc<Mailbox>,
    is_served: AtomicBool,
}

impl Mailbox {
    /// Creates the way to an actor, whose mailbox `send` reaches.
    pub(super) fn create(
        send: impl Fn(Arc<Token>) -> Result<(), MailboxError> + Send + Sync + 'static,
    ) -> Arc<dyn Owner> {
        Arc::new_cyclic(|this| Self {
            queue: VisitQueue::default(),
            has_message: AtomicBool::new(false),
            send: Box::new(send),
            this: this.clone(),
        })
    }
}

impl Token {
    /// Runs the requests that wait, for as long as one turn may take. If more wait, another message is sent, behind those in the mailbox.
    pub(super) fn serve(&self, value: &mut dyn Manhole) {
        self.is_served.store(true, Ordering::Relaxed);
        // A request after this sends another message. One before it is seen here: each side writes, and sees what the other wrote.
        self.mailbox.has_message.swap(false, Ordering::AcqRel);
        self.mailbox.queue.serve(value);
        self.mailbox.remind();
    }
}

impl Owner for Mailbox {
    fn push(&self, visit: Visit) -> Option<u64> {
        let number = self.queue.push(visit)?;
        self.remind();
        Some(number)
    }

    fn withdraw(&self, number: u64) -> bool {
        self.queue.withdraw(number)
    }

    fn remind(&self) {
        let Some(mailbox) = self.this.upgrade() else { return };
        if !self.queue.has_requests() || self.has_message.swap(true, Ordering::AcqRel) {
            return;
        }
        let token = Token { mailbox, is_served: AtomicBool::new(false) };
        // A message that is not sent is dropped.
        if (self.send)(Arc::new(token)) == Err(MailboxError::Closed) {
            self.queue.close();
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if !self.is_served.load(Ordering::Relaxed) {
            self.mailbox.has_message.swap(false, Ordering::AcqRel);
        }
    }
}
