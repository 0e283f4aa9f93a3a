//! The reply of a session to a piece of input.

use std::time::Instant;

/// What a session answers to a piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// What to send: the answer and the next prompt in one, so that a client that waits for the prompt is woken once.
    pub(crate) bytes: Vec<u8>,
    pub(crate) next: AfterReply,
    /// When something is to be looked at again, if nothing comes before.
    pub(crate) due: Option<Instant>,
}

impl Reply {
    /// What is said to a person.
    pub(super) const fn new(bytes: Vec<u8>, next: AfterReply) -> Self {
        Self { bytes, next, due: None }
    }

    /// The end.
    pub(crate) const fn end() -> Self {
        Self::new(Vec::new(), AfterReply::End)
    }

    /// Nothing is to be said.
    pub(crate) const fn nothing(due: Option<Instant>) -> Self {
        Self { bytes: Vec::new(), next: AfterReply::Input, due }
    }
}

/// What comes after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterReply {
    /// More input.
    Input,
    /// The session is over.
    End,
    /// Nothing that is the business of this session: it was given up while its command ran, and its connection belongs to
    /// another one.
    AbandonedCommand,
}
