//! The session of one client: turns input lines into replies. Uses `engine`, and knows no sockets.

mod audit;
mod banner;
mod change_counts;
mod client_connection;
mod config;
mod input_buffer;
mod last_changes;
#[cfg(any(test, fuzzing))]
mod mock_client;
mod peer;
mod pending_input;
mod reply;
mod rpc;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod session;
mod session_info;
#[cfg(test)]
mod tests;

pub(crate) use audit::Audit;
pub use audit::{CommandOutcome, Event, EventKind};
pub use banner::Banner;
pub(crate) use client_connection::ClientConnection;
pub(crate) use config::{SessionConfig, check};
pub(crate) use input_buffer::{Input, InputBuffer};
pub(crate) use last_changes::LastChange;
#[cfg(any(test, fuzzing))]
pub(crate) use mock_client::MockClient;
pub use peer::Peer;
pub(crate) use reply::{AfterReply, Reply};
pub(crate) use rpc::{Dialect, RpcState};
pub(crate) use session::Session;
pub(crate) use session_info::SessionInfo;
