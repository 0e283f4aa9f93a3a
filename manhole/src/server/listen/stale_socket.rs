//! Detects and removes stale sockets.
//!
//! A socket file outlives its process, and a process that is killed removes nothing. So a start has to distinguish a stale socket
//! from one that is served.

use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::net::SocketAddrUnix;

use super::lock_file::SocketLockFile;
use super::{credentials, platform};
use crate::server::error::Error;

/// Removes the socket file at `path` if no process serves it. Does nothing if there is no file.
///
/// A socket file outlives its process, and [`UnixListener::bind`](std::os::unix::net::UnixListener::bind) fails while it exists. A
/// process that is killed removes nothing, so that the next start has to. [`spawn`](crate::spawn) does the same itself.
///
/// A socket is stale if it refuses connections. Outside Linux and Android, a server whose queue is full refuses them too. This holds the lock beside the path in the meantime, and removes it with the socket,
/// so that no process that follows the rules of [`spawn`](crate::spawn) can start to serve there.
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
/// assert!(manhole::unlink_stale(&path).is_err(), "it is served");
/// # drop(served);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file is not a socket, if a process serves it, or if this process may not check that. The file is left alone.
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

/// Removes a stale socket like [`unlink_stale`], for a caller that holds the lock beside the path.
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

/// The state of a socket.
pub(crate) enum SocketState {
    /// A process serves it; its ID, where it is known.
    Served(Option<u32>),
    Stale,
    Gone,
}

/// Connects to a socket to find out its state, without waiting.
pub(crate) fn probe(address: &SocketAddrUnix) -> Result<SocketState, Errno> {
    let socket = platform::unix_socket()?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    match rustix::net::connect(&socket, address) {
        Ok(()) => Ok(SocketState::Served(credentials::pid_of_unix(&socket))),
        // The queue of its process is full.
        Err(Errno::AGAIN) => Ok(SocketState::Served(None)),
        Err(Errno::CONNREFUSED) => Ok(SocketState::Stale),
        Err(Errno::NOENT) => Ok(SocketState::Gone),
        Err(error) => Err(error),
    }
}

/// Removes the socket file at `path`, even if a process serves it, which clients can no longer reach. Does nothing if there is no
/// file. [`unlink_stale`] is the safe choice.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("notes.txt");
/// std::fs::write(&path, "no socket")?;
/// let error = manhole::unlink(&path).unwrap_err();
/// assert!(error.to_string().contains("expected a socket, found a file"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file is not a socket. It is left alone.
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

/// Returns whether a socket is at `path`. Any other file is an error.
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
        "a special file"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_already_is_no_error_and_one_that_stays_is() {
        let place = tempfile::tempdir().unwrap();
        assert!(remove(&place.path().join("none")).is_ok());
        let error = remove(place.path()).unwrap_err();
        assert!(matches!(error, Error::Io { action: "remove", .. }), "{error}");
        let address = SocketAddrUnix::new(place.path().join("none")).unwrap();
        assert!(matches!(probe(&address), Ok(SocketState::Gone)));
    }

    #[test]
    fn a_path_that_cannot_be_inspected_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let error = is_socket(&place.path().join("file/below")).unwrap_err();
        assert!(matches!(error, Error::Io { action: "inspect", .. }), "{error}");
    }

    #[test]
    fn files_are_named_by_their_kind() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        fs::write(path("file"), "").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        let kind_of = |path: &Path| kind(fs::symlink_metadata(path).unwrap().file_type());
        assert_eq!(kind_of(&path("file")), "a file");
        assert_eq!(kind_of(&path("link")), "a symbolic link");
        assert_eq!(kind_of(place.path()), "a directory");
        assert_eq!(kind_of(Path::new("/dev/null")), "a special file");
    }
}
