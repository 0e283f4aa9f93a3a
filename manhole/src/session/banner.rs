//! What a client is sent first.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Peer;

/// What a client is sent first.
#[derive(Clone)]
pub(crate) enum Banner {
    /// The same for everybody.
    Bytes(Cow<'static, [u8]>),
    /// What the program's function says.
    Of(Arc<dyn Fn(&Peer) -> String + Send + Sync>),
}

impl Banner {
    /// The banner for `peer`. A function of the program that panics says nothing.
    pub(crate) fn of(&self, peer: &Peer) -> Cow<'_, [u8]> {
        match self {
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
            Self::Of(banner) => {
                let text = catch_unwind(AssertUnwindSafe(|| banner(peer))).unwrap_or_default();
                Cow::Owned(text.into_bytes())
            }
        }
    }
}
