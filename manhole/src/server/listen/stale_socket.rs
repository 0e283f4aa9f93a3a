//! Which socket files may go.
//!
//! A socket file outlives its process, and cleaning up at the end cannot be relied on: a process that is killed cleans up
//! nothing. So a file that is left over has to be told from one that is served.

use std::fs::{self, FileType};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::lock_file::SocketLockFile;
use crate::server::error::Error;

/// Removes the socket file at `path` if no process serves it. Does nothing if there is nothing.
///
/// A socket file outlives its process, and [`UnixListener::bind`](std::os::unix::net::UnixListener::bind) fails where one is. To
/// remove it at the end is not enough: a process that is killed, or whose machine loses power, removes nothing. So it is the next
/// start that has to. [`spawn`](crate::spawn) calls this itself, and says how two starts do not get into each other's way.
///
/// A socket is left over if it refuses connections. While that is found out nobody else can begin to serve there, as far as
/// they keep the rules of [`spawn`](crate::spawn): the lock beside the path is held, and is removed with the socket.
///
/// ```
/// use std::os::unix::net::UnixListener;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.sock");
/// drop(UnixListener::bind(&path)?);
/// assert!(path.exists(), "a socket file outlives its process");
/// manhole::unlink_stale(&path)?;
/// let served = UnixListener::bind(&path)?;
/// assert!(manhole::unlink_stale(&path).is_err(), "somebody serves it");
/// # drop(served);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Leaves alone, and says what it found: anything that is not a socket, a symbolic link, a socket that is served, a path that
/// it may not look at.
pub fn unlink_stale(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    if !is_socket(path)? {
        return Ok(());
    }
    let lock = SocketLockFile::take(path)?;
    let removed = remove_stale(path);
    lock.remove();
    removed
}

/// Like [`unlink_stale`], for whoever holds the lock beside the path.
pub(crate) fn remove_stale(path: &Path) -> Result<(), Error> {
    if !is_socket(path)? {
        return Ok(());
    }
    let address = SocketAddrUnix::new(path).map_err(|_| Error::TooLong { path: path.to_owned() })?;
    match probe(&address) {
        Ok(SocketState::Served(pid)) => Err(Error::InUse { path: path.to_owned(), pid }),
        Ok(SocketState::Stale) => remove(path),
        Ok(SocketState::Gone) => Ok(()),
        Err(error) => Err(Error::Probe { path: path.to_owned(), source: error.into() }),
    }
}

/// What is behind the address of a socket.
pub(crate) enum SocketState {
    /// Somebody, and the process, where it is known.
    Served(Option<u32>),
    Stale,
    Gone,
}

/// Finds out who serves an address, without waiting for them.
pub(crate) fn probe(address: &SocketAddrUnix) -> Result<SocketState, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match rustix::net::connect(&socket, address) {
        Ok(()) => Ok(SocketState::Served(server_of(&socket))),
        // As many clients wait to be accepted as may.
        Err(Errno::AGAIN) => Ok(SocketState::Served(None)),
        Err(Errno::CONNREFUSED) => Ok(SocketState::Stale),
        Err(Errno::NOENT) => Ok(SocketState::Gone),
        Err(error) => Err(error),
    }
}

/// The process that serves the other end.
fn server_of(socket: impl AsFd) -> Option<u32> {
    let peer = rustix::net::sockopt::socket_peercred(socket).ok()?;
    u32::try_from(peer.pid.as_raw_nonzero().get()).ok()
}

/// Removes the socket file at `path`, served or not. Does nothing if there is nothing.
///
/// A process that serves it goes on unreachable; [`unlink_stale`] is the safe choice.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("notes.txt");
/// std::fs::write(&path, "no socket")?;
/// let error = manhole::unlink(&path).unwrap_err();
/// assert!(error.to_string().contains("is a file, not a socket, and was left alone"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Leaves alone anything that is not a socket, and says what it found.
pub fn unlink(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    if is_socket(path)? { remove(path) } else { Ok(()) }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { path: path.to_owned(), action: "remove", source })
        }
        _ => Ok(()),
    }
}

/// Whether a socket is at `path`; an error if something else is.
fn is_socket(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => Ok(true),
        Ok(found) => Err(Error::NotASocket { path: path.to_owned(), found: kind(found.file_type()) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Io { path: path.to_owned(), action: "inspect", source }),
    }
}

fn kind(found: FileType) -> &'static str {
    if found.is_symlink() {
        "a symbolic link"
    } else if found.is_dir() {
        "a directory"
    } else if found.is_file() {
        "a file"
    } else {
        "something else"
    }
}
