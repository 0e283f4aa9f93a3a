//! What the files of the queue use of their crate, and a mailbox.

use std::collections::VecDeque;
use std::sync::Arc;

use loom::sync::{Condvar, Mutex};

use self::message::MailboxError;
use crate::mailbox::Token;

/// The layer of which the queue is a part.
pub(crate) mod reflect {
    pub(crate) mod model {
        pub(crate) trait Manhole {}

        impl Manhole for () {}

        pub(crate) type Visit = Box<dyn FnOnce(&mut dyn Manhole) + Send>;

        pub(crate) trait Owner: Send + Sync {
            fn push(&self, visit: Visit) -> Option<u64>;

            fn withdraw(&self, number: u64) -> bool;

            fn remind(&self) {}
        }
    }
}

/// Locks without poison.
pub(crate) mod sync {
    use loom::sync::{Mutex, MutexGuard};

    pub(crate) mod primitives {
        use std::time::Duration;

        pub(crate) use loom::sync::Mutex;
        pub(crate) use loom::sync::atomic::AtomicBool;

        /// A clock by which each turn is over after one request.
        pub(crate) struct Instant;

        impl Instant {
            pub(crate) fn now() -> Self {
                Self
            }

            pub(crate) fn elapsed(&self) -> Duration {
                Duration::MAX
            }
        }
    }

    pub(crate) trait LockIgnoringPoison<T> {
        fn lock_ignoring_poison(&self) -> MutexGuard<'_, T>;
    }

    impl<T> LockIgnoringPoison<T> for Mutex<T> {
        fn lock_ignoring_poison(&self) -> MutexGuard<'_, T> {
            self.lock().unwrap()
        }
    }
}

pub(crate) mod message {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum MailboxError {
        Full,
        Closed,
    }
}

struct Channel {
    /// `None` after the actor has ended.
    messages: Mutex<Option<VecDeque<Arc<Token>>>>,
    capacity: usize,
    arrived: Condvar,
}

pub(crate) struct Sender(Arc<Channel>);

pub(crate) struct Receiver(Arc<Channel>);

pub(crate) fn channel(capacity: usize) -> (Sender, Receiver) {
    let messages = Mutex::new(Some(VecDeque::new()));
    let channel = Arc::new(Channel { messages, capacity, arrived: Condvar::new() });
    (Sender(Arc::clone(&channel)), Receiver(channel))
}

impl Sender {
    pub(crate) fn try_send(&self, token: Arc<Token>) -> Result<(), MailboxError> {
        match &mut *self.0.messages.lock().unwrap() {
            None => Err(MailboxError::Closed),
            Some(messages) if messages.len() == self.0.capacity => Err(MailboxError::Full),
            Some(messages) => {
                messages.push_back(token);
                self.0.arrived.notify_one();
                Ok(())
            }
        }
    }
}

impl Receiver {
    pub(crate) fn receive(&self) -> Arc<Token> {
        let mut messages = self.0.messages.lock().unwrap();
        loop {
            if let Some(token) = messages.as_mut().and_then(VecDeque::pop_front) {
                return token;
            }
            messages = self.0.arrived.wait(messages).unwrap();
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let messages = self.0.messages.lock().unwrap().take();
        drop(messages);
    }
}
