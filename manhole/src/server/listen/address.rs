//! The address of a listening socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The address of a console.
///
/// ```
/// use manhole::Address;
///
/// assert_eq!(Address::Path("/run/app.manhole".into()).command(), "nc -U /run/app.manhole");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// The path of a Unix socket.
    Path(PathBuf),
    /// The abstract name of a Unix socket.
    Abstract(Vec<u8>),
    /// A TCP address.
    Tcp(SocketAddr),
}

impl Address {
    /// Returns a shell command that connects to this address.
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

/// Formats the address like the tools of the system: as a path, `@name`, or address and port.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", String::from_utf8_lossy(name)),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}
