//! The client of a session, as a session sees it.

use super::rpc::RpcState;
use crate::engine::{ChangeKind, ChangeListener, ClientIo, StopReason};
use crate::reflect::Value;

/// The client of a session.
pub(crate) trait ClientConnection: ClientIo {
    /// Returns the JSON-RPC state of the connection.
    fn rpc_state(&self) -> &RpcState;

    /// Returns the line after the one that the session handles, as far as it has arrived. `None` if nothing has.
    fn next_line(&self) -> Option<String> {
        None
    }
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

impl ChangeListener for NullClient {
    fn is_on(&self) -> bool {
        false
    }

    fn report(&self, _path: &str, _kind: ChangeKind, _values: &[Value<'_>]) {}
}
