//! Listening at a path: the socket file, from its first moment as it is to be.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Gid, Mode, Uid};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::lock_file::SocketLockFile;
use super::socket_path;
use super::stale_socket::{self, SocketState};
use crate::server::error::Error;

/// How many clients may wait to be accepted.
const BACKLOG: i32 = 128;

/// How the socket file is to be.
#[derive(Debug, Clone)]
pub(crate) struct FileOptions {
    /// Who may connect, as far as the file system is asked. The default is the owner alone.
    pub(crate) mode: u32,
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
    /// Whether the directory is made if it is not there.
    pub(crate) make_directory: bool,
    /// Whether a socket that nobody serves is replaced.
    pub(crate) unlink_stale: bool,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { mode: 0o600, owner: None, group: None, make_directory: false, unlink_stale: true }
    }
}

/// Claims `path` and listens there.
pub(crate) fn bind(path: &Path, options: &FileOptions) -> Result<(UnixListener, SocketLockFile), Error> {
    let Some(directory) = path.parent() else { return Err(Error::NoPath) };
    // A name alone is one in the directory where the program runs.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    if options.make_directory {
        socket_path::create_directory(directory)?;
    }
    socket_path::check_parent(directory)?;
    let address = SocketAddrUnix::new(path).map_err(|_| Error::TooLong { path: path.to_owned() })?;
    let mut lock = SocketLockFile::take(path)?;
    lock.write_pid()?;
    if options.unlink_stale {
        stale_socket::remove_stale(path)?;
    }
    Ok((listen(&address, path, options)?, lock))
}

/// Listens at a name that is no path, and that goes with the process.
#[cfg(target_os = "linux")]
pub(crate) fn bind_abstract(name: &[u8]) -> Result<UnixListener, Error> {
    let shown = PathBuf::from(format!("@{}", String::from_utf8_lossy(name)));
    if name.is_empty() {
        return Err(Error::NoPath);
    }
    let address =
        SocketAddrUnix::new_abstract_name(name).map_err(|_| Error::TooLong { path: shown.clone() })?;
    listen(&address, &shown, &FileOptions::default()).map_err(|error| {
        match (&error, stale_socket::probe(&address)) {
            (Error::Bind { source, .. }, Ok(SocketState::Served(pid)))
                if source.raw_os_error() == Some(Errno::ADDRINUSE.raw_os_error()) =>
            {
                Error::InUse { path: shown, pid }
            }
            _ => error,
        }
    })
}

/// Makes the socket in an order that leaves no moment in which it has another mode or accepts somebody too early.
fn listen(address: &SocketAddrUnix, path: &Path, options: &FileOptions) -> Result<UnixListener, Error> {
    let failed =
        |error: Errno| Error::Bind { path: path.to_owned(), action: "listen at", source: error.into() };
    let mode = Mode::from_raw_mode(options.mode);
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .map_err(failed)?;
    // On Linux the file gets the mode of the socket it is bound to, so that there is no window. Elsewhere this may fail, and
    // the mode is set below: until `listen` nobody can connect anyway.
    let _ = rustix::fs::fchmod(&socket, mode);
    rustix::net::bind(&socket, address).map_err(failed)?;
    if address.path().is_some() {
        adjust(path, mode, options).inspect_err(|_| {
            // Nobody serves it, and nobody will.
            let _ = std::fs::remove_file(path);
        })?;
    }
    rustix::net::listen(&socket, BACKLOG).map_err(failed)?;
    let listener = UnixListener::from(socket);
    // A client may be gone again between the news of it and `accept`, which must not wait for the next one then.
    listener.set_nonblocking(true).map_err(|source| Error::Bind {
        path: path.to_owned(),
        action: "listen at",
        source,
    })?;
    Ok(listener)
}

/// Gives the file its owner, its group, and what the process's mask took from its mode. Nobody else can have put something in its
/// place: the directory is this user's or root's, and no others may take a file away there.
fn adjust(path: &Path, mode: Mode, options: &FileOptions) -> Result<(), Error> {
    if options.owner.is_some() || options.group.is_some() {
        let (owner, group) = (options.owner.map(Uid::from_raw), options.group.map(Gid::from_raw));
        rustix::fs::chownat(CWD, path, owner, group, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| Error::Owner { path: path.to_owned(), source: error.into() })?;
    }
    let failed =
        |error: Errno| Error::Bind { path: path.to_owned(), action: "set the mode of", source: error.into() };
    let found = rustix::fs::lstat(path).map_err(failed)?;
    if Mode::from_raw_mode(found.st_mode) != mode {
        rustix::fs::chmod(path, mode).map_err(failed)?;
    }
    Ok(())
}
