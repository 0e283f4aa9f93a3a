//! A socket that accepts clients, and how a listener becomes one.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::sync::Arc;

#[cfg(feature = "activation")]
use super::activation;
use super::address::Address;
use super::auth_token::AuthToken;
use super::listener::{ListenAddress, Listener};
use super::lock_file::SocketLockFile;
use super::socket_file::SocketFile;
use super::{credentials, platform, socket_binding};
use crate::server::error::Error;
use crate::session::Peer;

/// A socket that listens for clients.
pub(crate) struct BoundListener {
    socket: Socket,
    address: Address,
    token: Option<Arc<AuthToken>>,
    /// Whether no other process can have the socket.
    is_owned: bool,
    _lock: Option<SocketLockFile>,
}

enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    /// Binds and listens.
    pub(crate) fn bind(&self, file: &SocketFile) -> Result<Vec<BoundListener>, Error> {
        if let Some(token) = &self.token {
            token.check()?;
        }
        let bound = |socket, address, lock, is_owned| {
            Ok(vec![BoundListener { socket, address, token: self.token.clone(), is_owned, _lock: lock }])
        };
        match &self.address {
            ListenAddress::Path(path) => {
                let (listener, lock) = socket_binding::bind(path, file)?;
                bound(Socket::Unix(listener), Address::Path(path.clone()), Some(lock), true)
            }
            ListenAddress::Named(name) => {
                let (path, listener, lock) = socket_binding::bind_default(name, file)?;
                bound(Socket::Unix(listener), Address::Path(path), Some(lock), true)
            }
            #[cfg(any(target_os = "linux", target_os = "android"))]
            ListenAddress::Abstract(name) => {
                let listener = socket_binding::bind_abstract(name)?;
                bound(Socket::Unix(listener), Address::Abstract(name.clone()), None, true)
            }
            ListenAddress::Tcp(address) => {
                self.check_network(*address)?;
                let listener =
                    TcpListener::bind(address).map_err(|source| Error::Port { address: *address, source })?;
                let (socket, address) = self.bound_tcp(listener)?;
                bound(socket, address, None, true)
            }
            ListenAddress::Unix(listener) => {
                let (socket, address) = bound_unix(listener.try_clone().map_err(unusable)?)?;
                bound(socket, address, None, false)
            }
            ListenAddress::BoundTcp(listener) => {
                let (socket, address) = self.bound_tcp(listener.try_clone().map_err(unusable)?)?;
                bound(socket, address, None, false)
            }
            #[cfg(feature = "activation")]
            ListenAddress::Activated(activation) => {
                let mut listeners = Vec::new();
                for listener in activation.take()? {
                    let (socket, address) = match listener {
                        activation::Passed::Unix(listener) => bound_unix(listener)?,
                        activation::Passed::Tcp(listener) => self.bound_tcp(listener)?,
                    };
                    listeners.extend(bound(socket, address, None, false)?);
                }
                Ok(listeners)
            }
        }
    }

    fn bound_tcp(&self, listener: TcpListener) -> Result<(Socket, Address), Error> {
        check_listening(&listener)?;
        let address = listener.local_addr().map_err(unusable)?;
        self.check_network(address)?;
        listener.set_nonblocking(true).map_err(unusable)?;
        Ok((Socket::Tcp(listener), Address::Tcp(address)))
    }

    fn check_network(&self, address: SocketAddr) -> Result<(), Error> {
        if address.ip().is_loopback() {
            return Ok(());
        }
        if !self.allows_network {
            return Err(Error::NotLoopback { address });
        }
        if self.token.is_none() {
            return Err(Error::NoToken { address });
        }
        Ok(())
    }
}

fn bound_unix(listener: UnixListener) -> Result<(Socket, Address), Error> {
    check_listening(&listener)?;
    let address = listener.local_addr().map_err(unusable)?;
    listener.set_nonblocking(true).map_err(unusable)?;
    let address = match address.as_pathname() {
        Some(path) => Address::Path(path.to_owned()),
        None => abstract_address(&address),
    };
    Ok((Socket::Unix(listener), address))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_address(address: &std::os::unix::net::SocketAddr) -> Address {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    Address::Abstract(address.as_abstract_name().unwrap_or_default().to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_address(_: &std::os::unix::net::SocketAddr) -> Address {
    Address::Path(std::path::PathBuf::new())
}

/// Refuses a socket that does not listen, such as a connected one.
fn check_listening(socket: impl AsFd) -> Result<(), Error> {
    match platform::is_listening(socket) {
        Ok(false) => Err(unusable(io::Error::new(io::ErrorKind::InvalidInput, "it is not listening"))),
        // Its first use reports any other error.
        _ => Ok(()),
    }
}

fn unusable(source: io::Error) -> Error {
    Error::Listener { source }
}

impl BoundListener {
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the token that admits a client. Without one, its user does.
    pub(crate) const fn token(&self) -> Option<&Arc<AuthToken>> {
        self.token.as_ref()
    }

    /// Accepts the next client, if there is one, with its user. [`complete`](credentials::complete) adds the rest.
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
                let peer = credentials::of_tcp(&stream, stream.local_addr()?, remote);
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
