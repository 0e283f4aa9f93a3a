//! The socket of one client: reads, writes, and the last word before it is closed. Uses `admit` and `listen`.

mod client_poll;
mod closer;
mod connection;
mod detached_thread;

pub(super) use closer::{Closer, LastWord};
#[cfg(feature = "tokio")]
#[cfg(feature = "tokio")]
pub(super) use connection::WRITE_TIMEOUT;
pub(super) use connection::{Connection, Received};
pub(super) use detached_thread::DetachedThread;
