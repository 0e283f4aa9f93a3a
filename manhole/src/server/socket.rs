//! The socket file: who may have it, and when an old one may go.
//!
//! A socket file outlives its process, and cleaning up at the end cannot be relied on: a process that is killed cleans up
//! nothing. So the next start has to tell a file that is left over from one that is served. It does so under a lock: beside the
//! socket `app.manhole` there is a file `app.manhole.lock`, locked by whoever serves and unlocked by the kernel when that process
//! is gone, however it went. Of two starters one gets the lock and the other an error that names the first. Who has the lock looks
//! at the path: a socket that refuses connections is left over and is unlinked; one that accepts them is served by something
//! that knows no lock, and is left alone like everything that is not a socket.

use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid};
use rustix::fs::{Mode, OFlags};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::{Error, location};

/// How many clients may wait to be accepted.
const BACKLOG: i32 = 128;

/// How the socket file is to be.
#[derive(Debug, Clone)]
pub(super) struct FileOptions {
    /// Who may connect, as far as the file system is asked. The default is the owner alone.
    pub(super) mode: u32,
    pub(super) owner: Option<u32>,
    pub(super) group: Option<u32>,
    /// Whether the directory is made if it is not there.
    pub(super) make_directory: bool,
    /// Whether a socket that nobody serves is replaced.
    pub(super) unlink_stale: bool,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { mode: 0o600, owner: None, group: None, make_directory: false, unlink_stale: true }
    }
}

/// The right to serve a path: the lock beside it. Released by the kernel with the process, or with this.
pub(super) struct Lock {
    file: File,
    /// The process that has it. What `fork` makes of that has a copy, and must not give it away.
    process: u32,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that is being started at this moment has a copy until it runs its program, and would keep the path claimed
        // for so long.
        if self.process == std::process::id() {
            let _ = self.file.unlock();
        }
    }
}

/// Claims `path` and listens there.
pub(super) fn bind(path: &Path, options: &FileOptions) -> Result<(UnixListener, Lock), Error> {
    if let Some(directory) = path.parent() {
        // A name alone is one in the directory where the program runs.
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        if options.make_directory {
            location::private(directory)?;
        }
        location::refuse_open(directory)?;
    }
    let address = SocketAddrUnix::new(path).map_err(|_| Error::TooLong { path: path.to_owned() })?;
    let lock = Lock { file: lock(path)?, process: std::process::id() };
    if options.unlink_stale {
        unlink_stale(path)?;
    }
    let listener = listen(&address, options).map_err(|source| bind_error(path, "listen at", source))?;
    Ok((listener, lock))
}

/// Listens at a name that is no path, and that goes with the process.
#[cfg(target_os = "linux")]
pub(super) fn bind_abstract(name: &[u8]) -> Result<UnixListener, Error> {
    let shown = || PathBuf::from(format!("@{}", String::from_utf8_lossy(name)));
    let address = SocketAddrUnix::new_abstract_name(name).map_err(|_| Error::TooLong { path: shown() })?;
    listen(&address, &FileOptions::default()).map_err(|source| {
        if source.kind() != io::ErrorKind::AddrInUse {
            return bind_error(&shown(), "listen at", source);
        }
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name);
        let holder = address.and_then(|address| UnixStream::connect_addr(&address));
        Error::InUse { path: shown(), pid: holder.ok().and_then(|served| server_of(&served)) }
    })
}

/// Makes the socket in an order that leaves no moment in which it has another mode or accepts somebody too early.
fn listen(address: &SocketAddrUnix, options: &FileOptions) -> io::Result<UnixListener> {
    let mode = Mode::from_raw_mode(options.mode);
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // On Linux the file gets the mode of the socket it is bound to, so that there is no window. Elsewhere this may fail, and
    // the mode is set below: until `listen` nobody can connect anyway.
    let _ = rustix::fs::fchmod(&socket, mode);
    rustix::net::bind(&socket, address)?;
    if let Some(path) = address.path() {
        if options.owner.is_some() || options.group.is_some() {
            let (owner, group) = (options.owner.map(Uid::from_raw), options.group.map(Gid::from_raw));
            rustix::fs::chown(&*path, owner, group)?;
        }
        rustix::fs::chmod(&*path, mode)?;
    }
    rustix::net::listen(&socket, BACKLOG)?;
    let listener = UnixListener::from(socket);
    // A client may be gone again between the news of it and `accept`, which must not wait for the next one then.
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes the lock beside `path`.
fn lock(path: &Path) -> Result<File, Error> {
    let name = manhole_protocol::location::lock_file(path);
    let failed = |source| bind_error(&name, "lock", source);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&name)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(Error::InUse { path: path.to_owned(), pid: holder.trim().parse().ok() });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(failed)?;
    Ok(file)
}

/// Removes the socket file at `path` if no process serves it. Does nothing if there is nothing.
///
/// A socket file outlives its process, and [`UnixListener::bind`] fails where one is. [`spawn`](crate::spawn) calls this itself.
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
    match UnixStream::connect(path) {
        Ok(served) => Err(Error::InUse { path: path.to_owned(), pid: server_of(&served) }),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => remove(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(bind_error(path, "find out whether somebody serves", error)),
    }
}

/// The process that serves the other end.
fn server_of(served: &UnixStream) -> Option<u32> {
    let peer = rustix::net::sockopt::socket_peercred(served).ok()?;
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
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(bind_error(path, "unlink", error)),
        _ => Ok(()),
    }
}

/// Whether a socket is at `path`; an error if something else is.
fn is_socket(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => Ok(true),
        Ok(found) => Err(Error::NotASocket { path: path.to_owned(), found: kind(found.file_type()) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(bind_error(path, "look at", error)),
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

fn bind_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::Bind { path: path.to_owned(), action, source }
}
