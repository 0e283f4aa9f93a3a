//! Why a manhole could not be started.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::engine::LanguageError;

/// Why a manhole could not be started. Each says which path and what to do.
///
/// ```
/// use manhole::{Error, manhole};
///
/// match manhole::spawn("/no/such/directory/app.manhole", manhole! { answer => 42_u8 }) {
///     Err(error @ Error::InUse { .. }) => panic!("two of us: {error}"),
///     // A service starts without its manhole as well.
///     Err(error) => eprintln!("no manhole: {error}"),
///     Ok(console) => println!("connect with: {}", console.addresses()[0].command()),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A name of the namespace cannot be used.
    Name(String),
    /// Another process serves the path.
    InUse {
        /// The path.
        path: PathBuf,
        /// The process, where it is known.
        pid: Option<u32>,
    },
    /// Something that is not a socket is at the path.
    NotASocket {
        /// The path.
        path: PathBuf,
        /// What is there: `a directory`.
        found: &'static str,
    },
    /// The path is longer than a socket's path may be.
    TooLong {
        /// The path.
        path: PathBuf,
    },
    /// Others could put something else in the place of the socket.
    OpenDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The socket could not be made.
    Bind {
        /// The path or address.
        path: PathBuf,
        /// What was being done: `lock`.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Other machines could reach the address.
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// Other machines can reach the address, and clients have no token to show.
    NoToken {
        /// The address.
        address: SocketAddr,
    },
    /// The token is too short to be one, or has several lines.
    WeakToken,
    /// A socket that is bound already cannot be used.
    Listener {
        /// What the system said.
        source: io::Error,
    },
    /// The program was not started with the socket that it wants to have.
    Activation(String),
    /// An environment variable does not say whether to open the manhole.
    Switch {
        /// The variable.
        name: String,
        /// What it says.
        value: String,
    },
    /// The signal cannot be used.
    Signal {
        /// Its number.
        signal: i32,
        /// What the system said.
        source: io::Error,
    },
    /// The directory of scripts cannot be used.
    ScriptsDir {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system knows no user of this name.
    NoSuchUser {
        /// The name.
        name: String,
    },
    /// The system knows no group of this name.
    NoSuchGroup {
        /// The name.
        name: String,
    },
    /// The start-up script cannot be read; what is wrong with it, and where.
    Startup(String),
    /// The threads could not be started.
    Start {
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(message) => write!(f, "the namespace cannot be used: {message}"),
            Self::InUse { path, pid: Some(pid) } => {
                write!(f, "{} is served already, by process {pid}", path.display())
            }
            Self::InUse { path, pid: None } => {
                write!(f, "{} is served already, by another process", path.display())
            }
            Self::NotASocket { path, found } => {
                write!(
                    f,
                    "{} is {found}, not a socket, and was left alone; choose another path",
                    path.display()
                )
            }
            Self::TooLong { path } => {
                write!(f, "{} is too long for a socket; choose a path of at most 107 bytes", path.display())
            }
            Self::OpenDirectory { path } => {
                let path = path.display();
                write!(
                    f,
                    "others can write to {path}, and could put a socket of their own in the place of this one; \
                     choose another directory, or: chmod go-w {path}"
                )
            }
            Self::Bind { path, action, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())?;
                match source.kind() {
                    io::ErrorKind::NotFound => f.write_str("; does its directory exist?"),
                    io::ErrorKind::PermissionDenied => f.write_str("; may this user write to its directory?"),
                    io::ErrorKind::AddrInUse => {
                        f.write_str("; is it served already, or was a socket left behind there?")
                    }
                    io::ErrorKind::ReadOnlyFilesystem => {
                        f.write_str("; choose a directory that can be written to")
                    }
                    _ => Ok(()),
                }
            }
            Self::ScriptsDir { path, source } => {
                write!(f, "the directory of scripts {} cannot be used: {source}", path.display())
            }
            Self::NoSuchUser { name } => write!(f, "the system knows no user {name:?}"),
            Self::NoSuchGroup { name } => write!(f, "the system knows no group {name:?}"),
            Self::Startup(diagnosis) => write!(f, "the start-up script cannot be run: {diagnosis}"),
            Self::Start { source } => write!(f, "cannot start the threads of the manhole: {source}"),
            Self::NotLoopback { address } => write!(
                f,
                "other machines can reach {address}, and everything would cross the network in clear text; listen at \
                 127.0.0.1, which `ssh -L` forwards, or say `dangerously_in_clear_text_over_the_network`"
            ),
            Self::NoToken { address } => {
                write!(f, "other machines can reach {address}, so clients need a token: Listener::token")
            }
            Self::WeakToken => {
                f.write_str("a token has at least 16 bytes, in one line; make it a random one")
            }
            Self::Listener { source } => write!(f, "the socket that was given cannot be used: {source}"),
            Self::Activation(reason) => f.write_str(reason),
            Self::Switch { name, value } => write!(
                f,
                "the variable {name} says {value:?}; say `1` to open the manhole, `0` not to, or the path of a socket, \
                 which begins with /"
            ),
            Self::Signal { signal, source } => write!(f, "signal {signal} cannot be used: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. }
            | Self::Start { source }
            | Self::Listener { source }
            | Self::Signal { source, .. }
            | Self::ScriptsDir { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<LanguageError> for Error {
    fn from(error: LanguageError) -> Self {
        Self::Name(error.to_string())
    }
}
