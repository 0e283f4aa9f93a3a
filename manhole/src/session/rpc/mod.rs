//! JSON-RPC 2.0 for programs, one message a line. Uses `engine` and the session itself.

mod batch;
mod connection_state;
mod convert;
mod requests;
mod watches;

pub(crate) use connection_state::{Dialect, RpcState};
pub(super) use watches::Watches;
