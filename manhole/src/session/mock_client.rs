//! A client without a socket, which collects what it is sent. For tests and fuzzers.

use std::sync::Mutex;

use super::client_connection::ClientConnection;
use super::rpc::RpcState;
use crate::engine::{ClientIo, StopReason};
use crate::sync::LockIgnoringPoison;

#[derive(Default)]
pub(crate) struct MockClient {
    sent: Mutex<Vec<u8>>,
    rpc_state: RpcState,
}

impl MockClient {
    /// Takes what was sent since the last call.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    pub(crate) fn take(&self) -> String {
        let sent = std::mem::take(&mut *self.sent.lock_ignoring_poison());
        String::from_utf8(sent).expect("a session sends UTF-8")
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
