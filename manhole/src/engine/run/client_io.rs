//! The connection to the client of a session, as a running command uses it.

use std::borrow::Cow;

use manhole_protocol::text;

use super::stop_reason::StopReason;

/// Sends output to the client of a session, and receives its cancellation.
pub(crate) trait ClientIo: Send + Sync {
    /// Returns `text` as the client gets it: without characters that control a terminal, unless JSON escapes them.
    fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        text::clean(text)
    }

    /// Sends the beginning of `bytes`, and returns the number of bytes sent. Waits at most a few milliseconds for a client that
    /// accepts nothing, and may return 0.
    ///
    /// # Errors
    ///
    /// If the client has disconnected.
    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason>;

    /// Returns whether the client has finished sending, so that nothing shows whether it still reads.
    fn may_be_disconnected(&self) -> bool {
        false
    }

    /// Returns why the running command must stop, if the client wants that. Called every few milliseconds.
    fn poll(&self) -> Option<StopReason>;
}
