//! The client of a session, as a session sees it.

use super::rpc::RpcState;
use crate::engine::{ClientIo, StopReason};

/// A client as a session sees it.
pub(crate) trait ClientConnection: ClientIo {
    /// What is known of the dialect that it speaks.
    fn rpc_state(&self) -> &RpcState;
}

/// A client that is sent nothing.
pub(super) struct NullClient;

impl ClientIo for NullClient {
    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
        Ok(bytes.len())
    }

    fn poll(&self) -> Option<StopReason> {
        None
    }
}
