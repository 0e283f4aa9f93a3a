//! Listens on a Unix socket, whose file has its mode and owner from the moment that clients can connect.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Gid, Mode, RawMode, Uid};
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;

use super::default_path::free_default_paths;
use super::lock_file::SocketLockFile;
use super::socket_file::SocketFile;
use super::{platform, socket_directory, stale_socket};
use crate::server::error::Error;

/// How many clients may wait to be accepted.
const MAX_QUEUED_CLIENTS: i32 = 128;

/// Locks `path`, and listens there.
pub(super) fn bind(path: &Path, options: &SocketFile) -> Result<(UnixListener, SocketLockFile), Error> {
    let Some(directory) = path.parent() else { return Err(Error::EmptyPath) };
    // A file name alone is in the working directory.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    if options.create_directory {
        socket_directory::create_directory(directory)?;
    }
    socket_directory::check_parent(directory)?;
    let address = SocketAddrUnix::new(path).map_err(|_| Error::TooLong { path: path.to_owned() })?;
    let mut lock = SocketLockFile::take(path)?;
    lock.write_pid()?;
    if options.replace_stale {
        stale_socket::remove_stale(path)?;
    }
    Ok((listen(&address, path, options)?, lock))
}

/// Listens on the first of the default paths that no console serves.
pub(super) fn bind_default(
    name: &str,
    options: &SocketFile,
) -> Result<(PathBuf, UnixListener, SocketLockFile), Error> {
    let mut in_use = Error::EmptyPath;
    // Another thread may take one in between.
    for path in free_default_paths(name)? {
        match bind(&path, options) {
            Ok((listener, lock)) => return Ok((path, listener, lock)),
            Err(error @ Error::InUse { .. }) => in_use = error,
            Err(error) => return Err(error),
        }
    }
    Err(in_use)
}

/// Listens on an abstract name, which ends with the process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn bind_abstract(name: &[u8]) -> Result<UnixListener, Error> {
    use super::stale_socket::SocketState;

    let shown = std::path::PathBuf::from(format!("@{}", String::from_utf8_lossy(name)));
    if name.is_empty() {
        return Err(Error::EmptyPath);
    }
    let address =
        SocketAddrUnix::new_abstract_name(name).map_err(|_| Error::TooLong { path: shown.clone() })?;
    listen(&address, &shown, &SocketFile::default()).map_err(|error| {
        match (&error, stale_socket::probe(&address)) {
            (Error::Io { source, .. }, Ok(SocketState::Served(pid)))
                if source.raw_os_error() == Some(Errno::ADDRINUSE.raw_os_error()) =>
            {
                Error::InUse { path: shown, pid }
            }
            _ => error,
        }
    })
}

/// Makes the socket. The order of the steps leaves no moment with another mode, or with a client before the file is ready.
fn listen(address: &SocketAddrUnix, path: &Path, options: &SocketFile) -> Result<UnixListener, Error> {
    let failed =
        |error: Errno| Error::Io { path: path.to_owned(), action: "listen on", source: error.into() };
    let mode = Mode::from_raw_mode((options.mode & 0o777) as RawMode);
    let socket = platform::unix_socket().map_err(failed)?;
    // On Linux the file gets the mode of the socket. Where this fails, `adjust` sets the mode before `listen`: until then no client
    // can connect.
    let _ = rustix::fs::fchmod(&socket, mode);
    rustix::net::bind(&socket, address).map_err(failed)?;
    if address.path().is_some() {
        adjust(path, mode, options).inspect_err(|_| {
            // No process will serve it.
            let _ = std::fs::remove_file(path);
        })?;
    }
    rustix::net::listen(&socket, MAX_QUEUED_CLIENTS).map_err(failed)?;
    let listener = UnixListener::from(socket);
    // A client may be gone between `poll` and `accept`, which must not wait for the next one then.
    listener.set_nonblocking(true).map_err(|source| Error::Io {
        path: path.to_owned(),
        action: "listen on",
        source,
    })?;
    Ok(listener)
}

/// Sets the owner and the group of the file, and the bits of its mode that the process's mask has cleared. It is still the file that
/// was bound: `check_parent` has refused directories in which other users can replace it.
fn adjust(path: &Path, mode: Mode, options: &SocketFile) -> Result<(), Error> {
    if options.owner.is_some() || options.group.is_some() {
        let (owner, group) = (options.owner.map(Uid::from_raw), options.group.map(Gid::from_raw));
        rustix::fs::chownat(CWD, path, owner, group, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| Error::Owner { path: path.to_owned(), source: error.into() })?;
    }
    let failed =
        |error: Errno| Error::Io { path: path.to_owned(), action: "set the mode of", source: error.into() };
    let found = rustix::fs::lstat(path).map_err(failed)?;
    if Mode::from_raw_mode(found.st_mode) != mode {
        rustix::fs::chmod(path, mode).map_err(failed)?;
    }
    Ok(())
}
