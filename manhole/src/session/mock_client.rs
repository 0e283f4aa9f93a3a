//! A client without a socket: it collects what a session sends it. For tests and fuzzers.

use std::sync::Mutex;

use super::{ClientConnection, RpcState};
use crate::engine::{ClientIo, StopReason};
use crate::sync::LockIgnoringPoison;

#[derive(Default)]
pub(crate) struct MockClient {
    sent: Mutex<Vec<u8>>,
    rpc_state: RpcState,
}

impl MockClient {
    /// What was sent since this was asked last.
    ///
    /// # Panics
    ///
    /// If it is no text.
    pub(crate) fn take(&self) -> String {
        let sent = std::mem::take(&mut *self.sent.lock_ignoring_poison());
        String::from_utf8(sent).expect("what is sent is text")
    }
}

impl ClientIo for MockClient {
    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        self.sent.lock_ignoring_poison().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn poll(&self) -> Option<StopReason> {
        None
    }
}

impl ClientConnection for MockClient {
    fn rpc_state(&self) -> &RpcState {
        &self.rpc_state
    }
}
