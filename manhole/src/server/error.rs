//! Why a manhole could not be started.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::engine::NamespaceError;

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
    /// There is no path.
    NoPath,
    /// The directory of the socket is not there.
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Others could put something else in the place of the socket.
    OpenDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The directory's owner could put something else in the place of the socket.
    ForeignDirectory {
        /// The directory.
        path: PathBuf,
        /// The number of its owner.
        owner: u32,
    },
    /// The file beside the socket, whose lock is the right to serve it, is not one that a manhole of this user has made.
    ForeignLock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it: `belongs to user 7`.
        found: String,
    },
    /// Whether the socket is served cannot be told.
    Unjudged {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The socket cannot be given to the user and the group that it is to belong to.
    Owner {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program cannot listen at a port.
    Port {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
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
    OpenSetting {
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
                write!(f, "{} is too long for a socket; choose one of at most 107 bytes", path.display())
            }
            Self::NoPath => f.write_str("a socket needs a path, and this one is empty"),
            Self::NoDirectory { path } => write!(
                f,
                "the directory {} does not exist; make it, or have it made: Builder::make_directory(true)",
                path.display()
            ),
            Self::OpenDirectory { path } => {
                let path = path.display();
                write!(
                    f,
                    "others can write to {path}, and could put a socket of their own in the place of this one; \
                     choose another directory, or: chmod go-w {path}"
                )
            }
            Self::ForeignDirectory { path, owner } => write!(
                f,
                "{} belongs to user {owner}, who could put a socket of their own in the place of this one; choose another \
                 directory",
                path.display()
            ),
            Self::ForeignLock { path, found } => write!(
                f,
                "{} {found}, and is not written over: its lock would be the right to serve the path; choose another path, or \
                 remove that file if nobody needs it",
                path.display()
            ),
            Self::Unjudged { path, source } => write!(
                f,
                "whether somebody serves {} cannot be told: {source}; it was left alone, choose another path",
                path.display()
            ),
            Self::Owner { path, source } => write!(
                f,
                "cannot give {} away: {source}; only root can set the owner, and others only a group of their own",
                path.display()
            ),
            Self::Bind { path, action, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())?;
                f.write_str(match source.kind() {
                    io::ErrorKind::NotFound => "; does its directory exist?",
                    io::ErrorKind::PermissionDenied => "; may this user write to its directory?",
                    io::ErrorKind::AddrInUse => "; is it served already, or was a socket left behind there?",
                    io::ErrorKind::ReadOnlyFilesystem => "; choose a directory that can be written to",
                    io::ErrorKind::NotADirectory => "; choose another path",
                    _ => "",
                })
            }
            Self::Port { address, source } => {
                write!(f, "cannot listen at {address}: {source}")?;
                f.write_str(match source.kind() {
                    io::ErrorKind::PermissionDenied => "; the lowest ports are root's, choose a higher one",
                    io::ErrorKind::AddrInUse => {
                        "; another program listens there: choose another port, or 0 for any"
                    }
                    io::ErrorKind::AddrNotAvailable => "; it is no address of this machine",
                    _ => "",
                })
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
            Self::OpenSetting { name, value } => write!(
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
            | Self::Unjudged { source, .. }
            | Self::Owner { source, .. }
            | Self::Port { source, .. }
            | Self::Start { source }
            | Self::Listener { source }
            | Self::Signal { source, .. }
            | Self::ScriptsDir { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<NamespaceError> for Error {
    fn from(error: NamespaceError) -> Self {
        Self::Name(error.to_string())
    }
}
