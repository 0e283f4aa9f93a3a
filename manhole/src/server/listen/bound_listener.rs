//! A socket that accepts clients.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use super::address::Address;
use super::auth_token::AuthToken;
use super::credentials;
use super::lock_file::SocketLockFile;
use super::platform;
use crate::session::Peer;

/// A socket that listens for clients.
pub(crate) struct BoundListener {
    pub(super) socket: Socket,
    pub(super) address: Address,
    pub(super) token: Option<Arc<AuthToken>>,
    /// Whether no other process can have the socket.
    pub(super) is_owned: bool,
    pub(super) _lock: Option<SocketLockFile>,
}

pub(super) enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl BoundListener {
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the token that admits a client. Without one, its user does.
    pub(crate) const fn token(&self) -> Option<&Arc<AuthToken>> {
        self.token.as_ref()
    }

    /// Accepts the next client, if there is one.
    pub(crate) fn accept(&self) -> io::Result<(OwnedFd, Peer)> {
        match &self.socket {
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                platform::configure_accepted(&stream)?;
                let peer = credentials::of_unix(&stream);
                Ok((stream.into(), peer))
            }
            Socket::Tcp(listener) => {
                let (stream, remote) = listener.accept()?;
                platform::configure_accepted(&stream)?;
                configure_tcp(&stream)?;
                let peer = credentials::of_tcp(stream.local_addr()?, remote);
                Ok((stream.into(), peer))
            }
        }
    }
}

/// Sends replies without delay, and detects a client whose machine is gone.
fn configure_tcp(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(stream, true)?;
    Ok(())
}

impl AsFd for BoundListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Unix(listener) => listener.as_fd(),
            Socket::Tcp(listener) => listener.as_fd(),
        }
    }
}

impl AsRawFd for BoundListener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl Drop for BoundListener {
    fn drop(&mut self) {
        // A child process has a copy between `fork` and `exec`, which would keep the address in use. A socket that others have too
        // goes on for them.
        if self.is_owned {
            let _ = rustix::net::shutdown(&*self, rustix::net::Shutdown::Both);
        }
    }
}
