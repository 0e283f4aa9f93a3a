//! Listens for clients: addresses, socket files and the locks beside them, sockets from the service manager, and the peer that
//! the kernel reports. Uses `reflect` and `session` for their plain types, and no other folder of `server`.

#[cfg(feature = "activation")]
mod activation;
mod address;
mod auth_token;
mod bound_listener;
mod credentials;
mod default_path;
mod listener;
mod lock_file;
mod platform;
mod socket_directory;
mod socket_file;
mod spare_fd;
mod stale_socket;

pub use address::Address;
pub(super) use auth_token::AuthToken;
pub(super) use bound_listener::BoundListener;
pub use default_path::{Instance, default_path, instances};
pub use listener::Listener;
pub(super) use platform::NO_SIGPIPE;
pub use socket_file::SocketFile;
pub(super) use spare_fd::SpareFd;
pub use stale_socket::{unlink, unlink_stale};
