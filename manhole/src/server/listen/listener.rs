//! Where a manhole listens.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "activation")]
use super::activation::{self, Activation};
use super::address::Address;
use super::auth_token::AuthToken;
use super::bound_listener::{BoundListener, Socket};
use super::socket_file::{self, SocketFile};
use crate::reflect::Level;
use crate::server::error::Error;

/// Where a manhole listens. A path is one: `spawn("/run/app.manhole", …)`.
///
/// ```
/// use manhole::{Builder, Level, Listener, manhole};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let console = Builder::new(manhole! { answer => 42_u8 })
///     .listen(Listener::tcp(([127, 0, 0, 1], 0)).token("correct horse battery staple", Level::Observe))
///     .spawn(&path)?;
/// for address in console.addresses() {
///     println!("connect with: {}", address.command());
/// }
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Listener {
    address: ListenAddress,
    token: Option<Arc<AuthToken>>,
    networked: bool,
}

#[derive(Clone)]
enum ListenAddress {
    Path(PathBuf),
    #[cfg(target_os = "linux")]
    Abstract(Vec<u8>),
    Tcp(SocketAddr),
    Unix(Arc<UnixListener>),
    BoundTcp(Arc<TcpListener>),
    #[cfg(feature = "activation")]
    Activated(Activation),
}

impl<P: AsRef<Path>> From<P> for Listener {
    fn from(path: P) -> Self {
        Self::unix(path)
    }
}

impl Listener {
    /// A Unix socket at `path`.
    ///
    /// A socket file that a process has left behind there is replaced; see [`unlink_stale`](crate::unlink_stale).
    ///
    /// ```
    /// use manhole::{Builder, Listener, manhole};
    ///
    /// // A second socket, in another address.
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).listen(Listener::unix("/run/app/second.manhole"));
    /// # drop(builder);
    /// ```
    pub fn unix(path: impl AsRef<Path>) -> Self {
        Self::at(ListenAddress::Path(path.as_ref().to_owned()))
    }

    /// A Unix socket with a name that is no path: it leaves no file behind, and has no mode either, so that
    /// [`Builder::access`](crate::Builder::access) alone says who may connect. Linux only. Reached by `socat - ABSTRACT-CONNECT:app`.
    ///
    /// ```
    /// use manhole::{Listener, manhole, spawn};
    ///
    /// let name = format!("app-{}", std::process::id());
    /// let console = spawn(Listener::abstract_name(&name), manhole! { answer => 42_u8 })?;
    /// assert_eq!(console.addresses()[0].to_string(), format!("@{name}"));
    /// # console.shutdown();
    /// # Ok::<(), manhole::Error>(())
    /// ```
    #[cfg(target_os = "linux")]
    pub fn abstract_name(name: impl AsRef<[u8]>) -> Self {
        Self::at(ListenAddress::Abstract(name.as_ref().to_owned()))
    }

    /// A TCP port of this machine's own, loopback, address; port 0 is any that is free.
    ///
    /// Every user of the machine can reach it. Who a client is the kernel tells on Linux for connections within the machine, so
    /// that [`Builder::access`](crate::Builder::access) holds here too; elsewhere nobody is known, and a
    /// [`token`](Listener::token) is needed. A program that forwards connections is the client that is seen.
    ///
    /// ```
    /// use manhole::{Level, Listener};
    ///
    /// let listener = Listener::tcp(([127, 0, 0, 1], 0)).token("correct horse battery staple", Level::Admin);
    /// # drop(listener);
    /// ```
    pub fn tcp(address: impl Into<SocketAddr>) -> Self {
        Self::at(ListenAddress::Tcp(address.into()))
    }

    /// A socket that is bound and listens already.
    ///
    /// It is never unlinked, nor shut down: whoever else holds it can go on with it.
    ///
    /// ```
    /// use std::os::unix::net::UnixListener;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("bound");
    /// let console = manhole::spawn(
    ///     manhole::Listener::from_unix(UnixListener::bind(&path)?),
    ///     manhole::manhole! { answer => 42_u8 },
    /// )?;
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_unix(listener: UnixListener) -> Self {
        Self::at(ListenAddress::Unix(Arc::new(listener)))
    }

    /// Like [`from_unix`](Listener::from_unix), with the rules of [`tcp`](Listener::tcp).
    ///
    /// ```
    /// use std::net::TcpListener;
    ///
    /// use manhole::{Level, Listener};
    ///
    /// let bound = TcpListener::bind("127.0.0.1:0")?;
    /// let listener = Listener::from_tcp(bound).token("correct horse battery staple", Level::Observe);
    /// # drop(listener);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn from_tcp(listener: TcpListener) -> Self {
        Self::at(ListenAddress::BoundTcp(Arc::new(listener)))
    }

    /// The sockets that the program was started with: socket activation, as systemd does it (`LISTEN_FDS`). With a `name` those of
    /// this name alone (`FileDescriptorName=`), which leaves the others to the program.
    ///
    /// A socket can be taken once in a process. Where others take them too, by whatever means, give yours a name.
    ///
    /// ```no_run
    /// use manhole::{Listener, manhole, spawn};
    ///
    /// let console = spawn(Listener::activated(Some("manhole")), manhole! { answer => 42_u8 })?;
    /// # Ok::<(), manhole::Error>(())
    /// ```
    #[cfg(feature = "activation")]
    #[cfg_attr(docsrs, doc(cfg(feature = "activation")))]
    #[must_use]
    pub fn activated(name: Option<&str>) -> Self {
        Self::at(ListenAddress::Activated(Activation::new(name)))
    }

    /// Whoever sends `secret` as the first line is let in here, up to `level`, and nobody else: this stands in the place of
    /// [`Builder::access`](crate::Builder::access).
    ///
    /// It has at least 16 bytes, in one line. It is compared in a time that does not depend on where it differs.
    ///
    /// ```
    /// use manhole::{Level, Listener};
    ///
    /// let secret = std::env::var("APP_MANHOLE_TOKEN").unwrap_or("correct horse battery staple".to_owned());
    /// let listener = Listener::tcp(([127, 0, 0, 1], 7000)).token(secret, Level::Observe);
    /// # drop(listener);
    /// ```
    #[must_use]
    pub fn token(mut self, secret: impl Into<String>, level: Level) -> Self {
        self.token = Some(Arc::new(AuthToken::new(secret.into(), level)));
        self
    }

    /// Allows a TCP address that other machines can reach, with a [`token`](Listener::token).
    ///
    /// **Everything crosses the network in clear text**, the token too: who can see the traffic has the program.
    /// `ssh -L 7000:/run/app.manhole host` reaches a Unix socket from another machine without any of that.
    ///
    /// ```
    /// use manhole::{Level, Listener};
    ///
    /// let listener = Listener::tcp(([192, 0, 2, 1], 7000))
    ///     .token("correct horse battery staple", Level::Observe)
    ///     .dangerously_in_clear_text_over_the_network();
    /// # drop(listener);
    /// ```
    #[must_use]
    pub fn dangerously_in_clear_text_over_the_network(mut self) -> Self {
        self.networked = true;
        self
    }

    const fn at(address: ListenAddress) -> Self {
        Self { address, token: None, networked: false }
    }

    /// Listens there.
    pub(crate) fn bind(&self, file: &SocketFile) -> Result<Vec<BoundListener>, Error> {
        if let Some(token) = &self.token {
            token.check()?;
        }
        let claim = |socket, address, lock, is_owned| {
            Ok(vec![BoundListener { socket, address, token: self.token.clone(), is_owned, _lock: lock }])
        };
        match &self.address {
            ListenAddress::Path(path) => {
                let (listener, lock) = socket_file::bind(path, file)?;
                claim(Socket::Unix(listener), Address::Path(path.clone()), Some(lock), true)
            }
            #[cfg(target_os = "linux")]
            ListenAddress::Abstract(name) => {
                let listener = socket_file::bind_abstract(name)?;
                claim(Socket::Unix(listener), Address::Abstract(name.clone()), None, true)
            }
            ListenAddress::Tcp(address) => {
                self.check_network(*address)?;
                let listener =
                    TcpListener::bind(address).map_err(|source| Error::Port { address: *address, source })?;
                let (socket, address) = self.bound_tcp(listener)?;
                claim(socket, address, None, true)
            }
            ListenAddress::Unix(listener) => {
                let (socket, address) = bound_unix(listener.try_clone().map_err(unusable)?)?;
                claim(socket, address, None, false)
            }
            ListenAddress::BoundTcp(listener) => {
                let (socket, address) = self.bound_tcp(listener.try_clone().map_err(unusable)?)?;
                claim(socket, address, None, false)
            }
            #[cfg(feature = "activation")]
            ListenAddress::Activated(activation) => {
                let mut claims = Vec::new();
                for listener in activation.take()? {
                    let (socket, address) = match listener {
                        activation::Passed::Unix(listener) => bound_unix(listener)?,
                        activation::Passed::Tcp(listener) => self.bound_tcp(listener)?,
                    };
                    claims.extend(claim(socket, address, None, false)?);
                }
                Ok(claims)
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
        if !self.networked {
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

#[cfg(target_os = "linux")]
fn abstract_address(address: &std::os::unix::net::SocketAddr) -> Address {
    use std::os::linux::net::SocketAddrExt;
    Address::Abstract(address.as_abstract_name().unwrap_or_default().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &std::os::unix::net::SocketAddr) -> Address {
    Address::Path(PathBuf::new())
}

/// A socket that is passed on may be one that is connected, or that nobody has told to listen.
fn check_listening(socket: impl AsFd) -> Result<(), Error> {
    match rustix::net::sockopt::socket_acceptconn(socket) {
        Ok(false) => Err(unusable(io::Error::new(io::ErrorKind::InvalidInput, "it is not listening"))),
        // What cannot be asked is found out when it is used.
        _ => Ok(()),
    }
}

fn unusable(source: io::Error) -> Error {
    Error::Listener { source }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Listener");
        match &self.address {
            ListenAddress::Path(path) => shown.field("path", path),
            #[cfg(target_os = "linux")]
            ListenAddress::Abstract(name) => shown.field("name", &String::from_utf8_lossy(name)),
            ListenAddress::Tcp(address) => shown.field("address", address),
            ListenAddress::Unix(listener) => shown.field("bound", listener),
            ListenAddress::BoundTcp(listener) => shown.field("bound", listener),
            #[cfg(feature = "activation")]
            ListenAddress::Activated(activation) => shown.field("activated", activation),
        };
        shown.field("token", &self.token.is_some()).finish_non_exhaustive()
    }
}
