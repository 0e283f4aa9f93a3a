//! The address of a listening socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a manhole can be reached.
///
/// ```
/// use manhole::Address;
///
/// assert_eq!(Address::Path("/run/app.manhole".into()).command(), "nc -U /run/app.manhole");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A Unix socket's file.
    Path(PathBuf),
    /// A Unix socket's name that is no path.
    Abstract(Vec<u8>),
    /// A TCP port.
    Tcp(SocketAddr),
}

impl Address {
    /// What to type to connect.
    ///
    /// ```
    /// use manhole::Address;
    ///
    /// assert_eq!(Address::Path("/run/app.manhole".into()).command(), "nc -U /run/app.manhole");
    /// assert_eq!(Address::Tcp(([127, 0, 0, 1], 7000).into()).command(), "nc 127.0.0.1 7000");
    /// ```
    #[must_use]
    pub fn command(&self) -> String {
        match self {
            Self::Path(path) => format!("nc -U {}", path.display()),
            Self::Abstract(name) => format!("socat - ABSTRACT-CONNECT:{}", String::from_utf8_lossy(name)),
            Self::Tcp(address) => format!("nc {} {}", address.ip(), address.port()),
        }
    }
}

/// As the system's tools write it: the path, `@name`, or address and port.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", String::from_utf8_lossy(name)),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}
