//! Asks the kernel who listens on a Unix socket.

use super::target::Endpoint;

/// Returns the process that listens at `endpoint`, by its ID on this machine. Returns `None` for other endpoints, and where the kernel
/// does not know.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn peer_pid(endpoint: &Endpoint) -> Option<u32> {
    use std::os::unix::net::UnixStream;

    let stream = match endpoint {
        Endpoint::Path(path) => UnixStream::connect(path).ok()?,
        Endpoint::Abstract(name) => super::transport::connect_abstract(name).ok()?,
        Endpoint::Tcp(_) | Endpoint::Ssh(_) | Endpoint::Exec(_) | Endpoint::Container(_) => return None,
    };
    let pid = rustix::net::sockopt::socket_peercred(&stream).ok()?.pid;
    u32::try_from(pid.as_raw_nonzero().get()).ok()
}

/// Returns `None`: other systems report no process.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn peer_pid(_: &Endpoint) -> Option<u32> {
    None
}
