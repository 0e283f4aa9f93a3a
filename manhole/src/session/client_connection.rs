//! The client of a session, as a session sees it.

use super::rpc::RpcState;
use crate::engine::{ClientIo, StopReason};

/// The client of a session.
pub(crate) trait ClientConnection: ClientIo {
    /// Returns the JSON-RPC state of the connection.
    fn rpc_state(&self) -> &RpcState;
}

/// A client that discards what it is sent.
pub(super) struct NullClient;

impl ClientIo for NullClient {
    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        Ok(bytes.len())
    }

    fn poll(&self) -> Option<StopReason> {
        None
    }
}
