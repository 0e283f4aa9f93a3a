//! The configuration of a listening socket.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(all(unix, feature = "activation"))]
use super::activation::Activation;
use super::auth_token::AuthToken;
use crate::reflect::Level;

/// A place where a console listens. A path is one too: `spawn("/run/app.manhole", …)`.
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
    pub(super) address: ListenAddress,
    pub(super) token: Option<Arc<AuthToken>>,
    pub(super) allows_network: bool,
}

#[derive(Clone)]
pub(super) enum ListenAddress {
    Path(PathBuf),
    /// At the first free default path of an application with this name.
    Named(String),
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Abstract(Vec<u8>),
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(Arc<UnixListener>),
    BoundTcp(Arc<TcpListener>),
    #[cfg(all(unix, feature = "activation"))]
    Activated(Activation),
}

impl<P: AsRef<Path>> From<P> for Listener {
    fn from(path: P) -> Self {
        Self::unix(path)
    }
}

impl Listener {
    /// Listens on a Unix socket at `path`. A stale socket there is replaced; see [`spawn`](crate::spawn).
    pub fn unix(path: impl AsRef<Path>) -> Self {
        Self::at(ListenAddress::Path(path.as_ref().to_owned()))
    }

    /// Listens at the first free [default path](crate::default_path) of an application called `name`.
    pub(crate) fn named(name: &str) -> Self {
        Self::at(ListenAddress::Named(name.to_owned()))
    }

    /// Listens on a Unix socket with an abstract name, on Linux and Android only. It has no file, and so no mode: only
    /// [`Builder::access`](crate::Builder::access) decides which clients may connect. Connect with `socat - ABSTRACT-CONNECT:app`.
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
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn abstract_name(name: impl AsRef<[u8]>) -> Self {
        Self::at(ListenAddress::Abstract(name.as_ref().to_owned()))
    }

    /// Listens on a TCP port of a loopback address. Port 0 is any free port.
    ///
    /// All users of the machine can reach it. On Linux the kernel reports the user of a client on the same machine, and
    /// [`Builder::access`](crate::Builder::access) decides by it and by its groups in `/etc/passwd` and `/etc/group`. Any other client
    /// is refused without a [`token`](Listener::token). The client of a forwarded connection is the process that forwards it, such as
    /// `sshd`.
    pub fn tcp(address: impl Into<SocketAddr>) -> Self {
        Self::at(ListenAddress::Tcp(address.into()))
    }

    /// Uses a socket that is already bound and listening. It is never removed or shut down, so that other owners can go on with it.
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
    #[cfg(unix)]
    #[must_use]
    pub fn from_unix(listener: UnixListener) -> Self {
        Self::at(ListenAddress::Unix(Arc::new(listener)))
    }

    /// Uses a TCP socket that is already bound and listening, like [`from_unix`](Listener::from_unix), with the rules
    /// of [`tcp`](Listener::tcp).
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

    /// Uses the sockets that the service manager passes: socket activation, as in systemd (`LISTEN_FDS`). With a `name` it uses only
    /// the sockets of this name (`FileDescriptorName=`), and leaves the others to the application.
    ///
    /// Each socket can be used once in a process. If other code of the application uses passed sockets too, give this one a name.
    ///
    /// ```no_run
    /// use manhole::{Listener, manhole, spawn};
    ///
    /// let console = spawn(Listener::activated(Some("manhole")), manhole! { answer => 42_u8 })?;
    /// # Ok::<(), manhole::Error>(())
    /// ```
    #[cfg(all(unix, feature = "activation"))]
    #[cfg_attr(docsrs, doc(cfg(feature = "activation")))]
    #[must_use]
    pub fn activated(name: Option<&str>) -> Self {
        Self::at(ListenAddress::Activated(Activation::new(name)))
    }

    /// Admits a client if and only if its first line is `secret`, at this `level`. The rules of
    /// [`Builder::access`](crate::Builder::access) do not apply to this listener, except for its [maximum](crate::Access::max_level).
    ///
    /// The secret is one line of at least 16 bytes. It is compared in constant time.
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

    /// Allows a TCP address that other machines can reach. It needs a [`token`](Listener::token).
    ///
    /// **The traffic is not encrypted**, and includes the token: anyone that can read it can control the application. To reach a Unix
    /// socket from another machine, prefer `ssh -L 7000:/run/app.manhole host`.
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
        self.allows_network = true;
        self
    }

    const fn at(address: ListenAddress) -> Self {
        Self { address, token: None, allows_network: false }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Listener");
        match &self.address {
            ListenAddress::Path(path) => shown.field("path", path),
            ListenAddress::Named(name) => shown.field("name", name),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            ListenAddress::Abstract(name) => shown.field("name", &String::from_utf8_lossy(name)),
            ListenAddress::Tcp(address) => shown.field("address", address),
            #[cfg(unix)]
            ListenAddress::Unix(listener) => shown.field("bound", listener),
            ListenAddress::BoundTcp(listener) => shown.field("bound", listener),
            #[cfg(all(unix, feature = "activation"))]
            ListenAddress::Activated(activation) => shown.field("activated", activation),
        };
        shown.field("token", &self.token.is_some()).finish_non_exhaustive()
    }
}
