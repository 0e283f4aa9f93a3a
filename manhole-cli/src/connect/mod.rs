//! Finds running applications and opens sessions with them; uses the protocol, `error`, `terminal` and `child_processes`.
//!
//! Order of the files: `wait`, `level`, `config`, `discovery`, `target_candidates`, `container`, `target`, `transport`, `peer`, `handshake`, `rpc_client`, `reconnect`, `kept_session`, `screen_worker`; each uses only those before it.

pub(crate) mod config;
mod container;
pub(crate) mod discovery;
mod handshake;
pub(crate) mod kept_session;
pub(crate) mod level;
pub(crate) mod peer;
pub(crate) mod reconnect;
pub(crate) mod rpc_client;
pub(crate) mod screen_worker;
pub(crate) mod target;
pub(crate) mod target_candidates;
pub(crate) mod transport;
pub(crate) mod wait;
