//! The error of starting a console.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::engine::NamespaceError;

/// The most bytes in the path of a socket. The system's structure has one more, for a zero.
const MAX_PATH_BYTES: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };

/// The error of starting a console, or of looking after its socket files.
///
/// Its text names the object, the value and the cause. A second line, `help: …`, says what to do where that is known.
///
/// ```
/// use manhole::{Error, manhole};
///
/// match manhole::spawn("/no/such/directory/app.manhole", manhole! { answer => 42_u8 }) {
///     Err(error @ Error::InUse { .. }) => panic!("started twice: {error}"),
///     // A service can start without its console.
///     Err(error) => eprintln!("no console: {error}"),
///     Ok(console) => println!("connect with: {}", console.addresses()[0].command()),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name of the namespace is invalid or reserved.
    #[error("{0}\nhelp: choose another name")]
    Name(String),
    /// Another process serves the path or the abstract name.
    #[error(
        "cannot listen on {path}: {} serves it\nhelp: stop it, or choose another address",
        .pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    InUse {
        /// The path, or `@name`.
        path: PathBuf,
        /// The process, where it is known.
        pid: Option<u32>,
    },
    /// A file that is not a socket is at the path.
    #[error("cannot use {path}: expected a socket, found {found}\nhelp: choose another path")]
    NotASocket {
        /// The path, which is left alone.
        path: PathBuf,
        /// The kind of the file: `a directory`.
        found: &'static str,
    },
    /// The path or the abstract name is too long.
    #[error(
        "cannot listen on {path}: the path of a socket has at most {MAX_PATH_BYTES} bytes\nhelp: choose a shorter path"
    )]
    TooLong {
        /// The path, or `@name`.
        path: PathBuf,
    },
    /// The path or the abstract name is empty.
    #[error("cannot listen on an empty path\nhelp: name a file, such as /run/app.manhole")]
    EmptyPath,
    /// The directory of the socket does not exist.
    #[error(
        "cannot use the directory {path}: it does not exist\nhelp: create it, or set SocketFile::create_directory"
    )]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Other users can write to the directory of the socket, and replace the socket.
    #[error(
        "cannot use the directory {path}: other users can write to it, and replace the socket\n\
         help: choose another directory, or run `chmod go-w {path}`"
    )]
    WritableDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The directory of the socket belongs to another user, which can replace the socket.
    #[error(
        "cannot use the directory {path}: it belongs to uid {owner}, which can replace the socket\nhelp: choose another directory"
    )]
    ForeignDirectory {
        /// The directory.
        path: PathBuf,
        /// The user ID of its owner.
        owner: u32,
    },
    /// The lock file beside the socket is not one that a console of this user has made.
    #[error(
        "cannot lock {path}: it {found}\nhelp: choose another path, or remove this file if no application needs it"
    )]
    ForeignLock {
        /// The lock file, which is left alone.
        path: PathBuf,
        /// The reason: `belongs to uid 7`.
        found: String,
    },
    /// The system does not let this process check whether the socket is stale.
    #[error("cannot check whether a process serves {path}: {source}\nhelp: choose another path")]
    Probe {
        /// The path, which is left alone.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system does not let this process change the owner or the group of the socket.
    #[error("cannot change the owner of {path}: {source}\nhelp: run as root, or choose a group of this user")]
    Owner {
        /// The path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system does not let this process listen on a TCP port.
    #[error("cannot listen on {address}: {source}{}", port_help(source))]
    Port {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// A step of making the socket, its lock file or its directory has failed.
    #[error("cannot {action} {path}: {source}{}", path_help(path, source))]
    Io {
        /// The path, or `@name`.
        path: PathBuf,
        /// The step: `lock`.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Other machines can reach the TCP address.
    #[error(
        "cannot listen on {address}: other machines can reach it, and the traffic is not encrypted\n\
         help: listen on 127.0.0.1 and forward it with `ssh -L`, or call \
         Listener::dangerously_in_clear_text_over_the_network"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// Other machines can reach the TCP address, and the listener has no token.
    #[error(
        "cannot listen on {address}: other machines can reach it, and clients need no token\nhelp: call Listener::token"
    )]
    NoToken {
        /// The address.
        address: SocketAddr,
    },
    /// The token is too short, or has several lines.
    #[error("cannot use the token: expected one line of at least 16 bytes\nhelp: generate a random one")]
    WeakToken,
    /// A socket that is already bound cannot be used.
    #[error("cannot use the bound socket: {source}")]
    Listener {
        /// The system's error.
        source: io::Error,
    },
    /// The service manager has not passed the expected socket.
    #[error("cannot use socket activation: {0}")]
    Activation(String),
    /// The environment variable of [`Builder::open_if_env`](crate::Builder::open_if_env) has another value than expected.
    #[error(
        "cannot read the variable {name}: expected 1, 0 or an absolute path, found {value:?}\n\
         help: set it to 1 to open the console, to 0 to leave it closed, or to the path of a socket"
    )]
    OpenSetting {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// The system does not let this process handle the signal.
    #[error("cannot handle signal {signal}: {source}")]
    Signal {
        /// The number of the signal.
        signal: i32,
        /// The system's error.
        source: io::Error,
    },
    /// The directory of scripts cannot be used.
    #[error("cannot use the directory of scripts {path}: {source}")]
    ScriptsDir {
        /// The path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system has no user of this name.
    #[error("cannot find the user {name:?}")]
    NoSuchUser {
        /// The name.
        name: String,
    },
    /// The system has no group of this name.
    #[error("cannot find the group {name:?}")]
    NoSuchGroup {
        /// The name.
        name: String,
    },
    /// The startup script does not compile; the text has the location in it.
    #[error("cannot run the startup script: {0}")]
    Startup(String),
    /// A root is not `Send` and `Sync`, and no event loop on its thread serves the console inline.
    #[error(
        "cannot show the root `{name}`: it is not Send and Sync, and cannot leave its thread\n\
         help: use Builder::serve_inline on that thread, or keep the value in an Arc with a lock, or use manhole::visits"
    )]
    LocalRoot {
        /// The name of the root.
        name: String,
    },
    /// The system is not a Unix, and has no console yet.
    #[error(
        "cannot open the console: manhole has none for {} yet\n\
         help: run on without it, or run the application on Linux, macOS or FreeBSD",
        std::env::consts::OS
    )]
    Unsupported,
    /// The system has no thread or file descriptor left for the console.
    #[error("cannot start the console: {source}")]
    Start {
        /// The system's error.
        source: io::Error,
    },
}

fn port_help(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => "\nhelp: choose a port above 1023",
        io::ErrorKind::AddrInUse => "\nhelp: choose another port, or 0 for any free one",
        io::ErrorKind::AddrNotAvailable => "\nhelp: choose an address of this machine",
        _ => "",
    }
}

fn path_help(path: &Path, source: &io::Error) -> String {
    let help = match source.kind() {
        io::ErrorKind::NotFound => "create its directory",
        io::ErrorKind::PermissionDenied => {
            let directory = path.parent().unwrap_or(path).display();
            let user = own_user();
            return format!("\nhelp: give {user} write access to {directory}, or choose another directory");
        }
        io::ErrorKind::AddrInUse => "remove the file if no process serves it, or choose another path",
        io::ErrorKind::ReadOnlyFilesystem => "choose a writable directory",
        io::ErrorKind::NotADirectory => "choose another path",
        _ => return String::new(),
    };
    format!("\nhelp: {help}")
}

#[cfg(unix)]
fn own_user() -> String {
    format!("uid {}", rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn own_user() -> String {
    "this user".to_owned()
}

impl From<NamespaceError> for Error {
    fn from(error: NamespaceError) -> Self {
        Self::Name(error.to_string())
    }
}
