//! The differences between the sockets of the systems.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SendFlags, SocketType};

/// Keeps a `send` to a client that is gone from ending a process that has reset `SIGPIPE`. Apple's systems have an option of the
/// socket instead; see [`configure_accepted`].
#[cfg(not(target_vendor = "apple"))]
pub(crate) const NO_SIGPIPE: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
pub(crate) const NO_SIGPIPE: SendFlags = SendFlags::empty();

/// Makes a Unix socket that child processes do not inherit.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn unix_socket() -> Result<OwnedFd, Errno> {
    let flags = rustix::net::SocketFlags::CLOEXEC;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Makes a Unix socket that child processes do not inherit, unless one starts between the two steps: one step is not possible here.
#[cfg(target_vendor = "apple")]
pub(super) fn unix_socket() -> Result<OwnedFd, Errno> {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    Ok(socket)
}

/// Returns whether a socket listens.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn is_listening(socket: impl AsFd) -> io::Result<bool> {
    Ok(rustix::net::sockopt::socket_acceptconn(socket)?)
}

#[cfg(target_vendor = "apple")]
pub(super) fn is_listening(socket: impl AsFd) -> io::Result<bool> {
    Ok(nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::AcceptConn)?)
}

/// Prepares the socket of a client. It blocks, and each call says whether it waits.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn configure_accepted(_: impl AsFd) -> io::Result<()> {
    Ok(())
}

/// Prepares the socket of a client. It never blocks, because a `send` to one that blocks ignores `MSG_DONTWAIT` here.
#[cfg(target_vendor = "apple")]
pub(super) fn configure_accepted(socket: impl AsFd) -> io::Result<()> {
    rustix::io::ioctl_fionbio(&socket, true)?;
    rustix::net::sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(())
}
