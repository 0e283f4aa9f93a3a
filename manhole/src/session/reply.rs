//! The reply of a session.

use std::time::Instant;

use manhole_protocol::text::clean;

/// The reply of a session to a piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The bytes to send: the result and the next prompt in one, so that a client that waits for the prompt wakes once.
    pub(crate) bytes: Vec<u8>,
    pub(crate) next: AfterReply,
    /// When to poll the watches, if no input arrives before.
    pub(crate) due: Option<Instant>,
}

impl Reply {
    /// Creates a reply to a person with text of the application's author: a banner, a prompt.
    pub(super) const fn new(bytes: Vec<u8>, next: AfterReply) -> Self {
        Self { bytes, next, due: None }
    }

    /// Creates a reply to a person: `output`, which may contain anything, and then the author's `prompt`.
    pub(super) fn text(output: &str, prompt: &str, next: AfterReply) -> Self {
        Self::new([&*clean(output), prompt].concat().into_bytes(), next)
    }

    /// Creates a reply that ends the session.
    pub(crate) const fn end() -> Self {
        Self::new(Vec::new(), AfterReply::End)
    }

    /// Creates a reply without bytes.
    pub(crate) const fn nothing(due: Option<Instant>) -> Self {
        Self { bytes: Vec::new(), next: AfterReply::Input, due }
    }
}

/// What follows a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterReply {
    /// More input.
    Input,
    /// The session is over.
    End,
    /// Nothing: the session was abandoned while its command ran, and its connection belongs to another session.
    Abandoned,
}
