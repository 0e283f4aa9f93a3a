//! Listens for clients: addresses, socket files and the locks beside them, sockets from the service manager, and the peer that
//! the kernel reports. Uses `reflect` and `session` for their plain types, and no other folder of `server`.

#[cfg(all(unix, feature = "activation"))]
mod activation;
mod address;
mod auth_token;
#[cfg(unix)]
mod bound_listener;
#[cfg(unix)]
mod credentials;
mod default_path;
mod listener;
#[cfg(unix)]
mod lock_file;
#[cfg(unix)]
mod platform;
#[cfg(unix)]
mod socket_binding;
#[cfg(unix)]
mod socket_directory;
mod socket_file;
#[cfg(unix)]
mod spare_fds;
#[cfg(unix)]
mod stale_socket;

pub use address::Address;
pub(super) use auth_token::AuthToken;
#[cfg(unix)]
pub(super) use bound_listener::BoundListener;
#[cfg(unix)]
pub(super) use credentials::complete as complete_peer;
pub use default_path::{Instance, default_path, instances};
pub use listener::Listener;
#[cfg(unix)]
pub(super) use platform::NO_SIGPIPE;
pub use socket_file::SocketFile;
#[cfg(unix)]
pub(super) use spare_fds::SpareFds;
#[cfg(unix)]
pub use stale_socket::{unlink, unlink_stale};
