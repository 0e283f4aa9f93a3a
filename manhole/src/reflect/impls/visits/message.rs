//! The message by which an actor serves the console.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Remote;
use super::mailbox::{Mailbox, Token};
use crate::reflect::model::Manhole;

/// The message by which an actor serves the console: one of those in its mailbox. See [`Remote::with_mailbox`].
pub struct VisitMessage<T> {
    token: Arc<Token>,
    owned: PhantomData<fn() -> T>,
}

/// Why a mailbox has not taken a [`VisitMessage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailboxError {
    /// It is full. The console sends the message again while it waits.
    Full,
    /// The actor has ended.
    Closed,
}

impl<T: Manhole + 'static> Remote<T> {
    /// Creates the console's end of a value that an actor owns.
    ///
    /// `send` puts a message into the actor's mailbox, and must not block. The actor [serves](VisitMessage::serve) the console when
    /// it gets to the message. At most one message is in the mailbox.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use manhole::Remote;
    /// use manhole::reflect::VisitMessage;
    ///
    /// /// What the actor receives.
    /// enum Message {
    ///     Add(u64),
    ///     Visit(VisitMessage<u64>),
    /// }
    ///
    /// let (sender, mailbox) = mpsc::sync_channel(8);
    /// let sum = Remote::with_mailbox(move |visit| Ok(sender.try_send(Message::Visit(visit))?));
    /// # drop(sum);
    /// let mut state = 0_u64;
    /// for message in mailbox {
    ///     match message {
    ///         Message::Add(number) => state += number,
    ///         Message::Visit(visit) => visit.serve(&mut state),
    ///     }
    /// }
    /// ```
    ///
    /// `?` converts the errors of the channels of std and tokio. For those of an actor framework, return the [`MailboxError`].
    #[must_use]
    pub fn with_mailbox(
        send: impl Fn(VisitMessage<T>) -> Result<(), MailboxError> + Send + Sync + 'static,
    ) -> Self {
        let owner = Mailbox::create(move |token| send(VisitMessage { token, owned: PhantomData }));
        Self { owner, owned: PhantomData }
    }
}

impl<T: Manhole> VisitMessage<T> {
    /// Runs the requests that wait, for about 100 µs at most. If more wait, another message is sent, behind those in the mailbox.
    ///
    /// It never waits, and runs no script. A panic in a method reaches the console, not the actor.
    pub fn serve(self, value: &mut T) {
        self.token.serve(value);
    }
}

impl fmt::Display for MailboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the mailbox is full",
            Self::Closed => "the actor has ended",
        })
    }
}

impl std::error::Error for MailboxError {}

// The actor's type of messages may derive `Clone` and `Debug`.
impl<T> Clone for VisitMessage<T> {
    fn clone(&self) -> Self {
        Self { token: Arc::clone(&self.token), owned: PhantomData }
    }
}

impl<T> fmt::Debug for VisitMessage<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisitMessage").finish_non_exhaustive()
    }
}

impl<M> From<std::sync::mpsc::TrySendError<M>> for MailboxError {
    fn from(error: std::sync::mpsc::TrySendError<M>) -> Self {
        match error {
            std::sync::mpsc::TrySendError::Full(_) => Self::Full,
            std::sync::mpsc::TrySendError::Disconnected(_) => Self::Closed,
        }
    }
}

impl<M> From<std::sync::mpsc::SendError<M>> for MailboxError {
    fn from(_: std::sync::mpsc::SendError<M>) -> Self {
        Self::Closed
    }
}

#[cfg(feature = "tokio")]
impl<M> From<tokio::sync::mpsc::error::TrySendError<M>> for MailboxError {
    fn from(error: tokio::sync::mpsc::error::TrySendError<M>) -> Self {
        match error {
            tokio::sync::mpsc::error::TrySendError::Full(_) => Self::Full,
            tokio::sync::mpsc::error::TrySendError::Closed(_) => Self::Closed,
        }
    }
}

#[cfg(feature = "tokio")]
impl<M> From<tokio::sync::mpsc::error::SendError<M>> for MailboxError {
    fn from(_: tokio::sync::mpsc::error::SendError<M>) -> Self {
        Self::Closed
    }
}
