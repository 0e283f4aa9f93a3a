//! Runs the sessions of admitted clients, on threads or on the caller's event loop. Uses `socket`, `admit` and `listen`.

mod activity;
#[cfg(feature = "tokio")]
mod async_server;
#[cfg(feature = "tokio")]
mod async_session_loop;
#[cfg(feature = "tokio")]
mod async_session_thread;
mod console;
mod gate;
mod server_config;
mod session_loop;
mod session_machine;
mod supervisor;
#[cfg(feature = "signal")]
mod toggle_on_signal;

#[cfg(feature = "tokio")]
pub(super) use async_server::serve;
#[cfg(feature = "tokio")]
pub(super) use async_session_loop::CommandMode;
pub use console::Console;
pub(super) use console::ListenConfig;
pub(super) use server_config::ServerConfig;
