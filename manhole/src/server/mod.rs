//! Serves sessions on sockets: on threads, or on the caller's event loop.
//!
//! An arrow points to what a folder uses: `builder → serve → socket → admit → listen`. All of them use `error`, and `serve` uses `added_name`. `stdio_proxy` uses `listen`. `builder` uses
//! `builtin_roots`, which is made of `console_view` and `runtime_view`.

mod added_name;
mod admit;
mod builder;
mod builtin_roots;
mod console_view;
mod error;
mod listen;
#[cfg(feature = "tokio")]
mod runtime_view;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod socket;
mod stdio_proxy;
#[cfg(not(unix))]
mod unsupported;

pub use added_name::AddedName;
pub use admit::{Access, ConnectionLimits};
pub use builder::{Builder, spawn, start};
pub use error::Error;
pub use listen::{Address, Instance, Listener, SocketFile, default_path, instances};
#[cfg(unix)]
pub use listen::{unlink, unlink_stale};
pub use serve::Console;
pub use stdio_proxy::stdio_proxy;
#[cfg(not(unix))]
use unsupported as serve;
#[cfg(not(unix))]
pub use unsupported::{unlink, unlink_stale};
