//! Finds running applications and opens sessions with them; uses the protocol, `error`, `sync` and `child_processes`.
//!
//! Order of the files: `wait`, `level`, `options`, `discovery`, `container`, `target`, `transport`, `peer`, `handshake`, `rpc_client`,
//! `reconnect`; each uses only those before it.

pub mod container;
pub mod discovery;
mod handshake;
pub mod level;
pub mod options;
pub mod peer;
pub mod reconnect;
pub mod rpc_client;
pub mod target;
pub mod transport;
pub mod wait;
