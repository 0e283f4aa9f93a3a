//! The default paths of sockets, by which a client finds applications.
//!
//! An application listens on `$XDG_RUNTIME_DIR/manhole/NAME-PID.sock`, or on `/tmp/manhole-UID/NAME-PID.sock` if `$XDG_RUNTIME_DIR`
//! is not a directory of this user. The server locks a file beside its socket, so that a client can see without connecting whether a socket is live.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The file name extension of a socket.
///
/// ```
/// use manhole_protocol::socket_path::{EXTENSION, file_name};
///
/// assert!(file_name("app", 7).ends_with(EXTENSION));
/// ```
pub const EXTENSION: &str = "sock";

/// Returns the socket directories of the user `uid` with `runtime` as `XDG_RUNTIME_DIR`. A server uses the first one that it
/// can use. A client searches all of them, since the server may have another environment.
///
/// ```
/// use manhole_protocol::socket_path::directories;
///
/// let places = directories(Some("/run/user/1000".as_ref()), 1000);
/// assert_eq!(places, ["/run/user/1000/manhole", "/tmp/manhole-1000"].map(std::path::PathBuf::from));
/// assert_eq!(directories(None, 1000), ["/tmp/manhole-1000"].map(std::path::PathBuf::from));
/// ```
#[must_use]
pub fn directories(runtime: Option<&OsStr>, uid: u32) -> Vec<PathBuf> {
    let runtime = runtime.map(Path::new).filter(|path| path.is_absolute());
    let private = PathBuf::from(format!("/tmp/manhole-{uid}"));
    runtime.map(|runtime| runtime.join("manhole")).into_iter().chain([private]).collect()
}

/// Returns the file name of a socket. Replaces characters that file names cannot contain.
///
/// ```
/// use manhole_protocol::socket_path::{file_name, parse_file_name};
///
/// assert_eq!(file_name("my/app", 7), "my_app-7.sock");
/// assert_eq!(parse_file_name("my_app-7.sock".as_ref()), Some(("my_app", 7)));
/// ```
#[must_use]
pub fn file_name(name: &str, pid: u32) -> String {
    let name =
        name.chars().map(|char| if char.is_alphanumeric() || "-_.".contains(char) { char } else { '_' });
    format!("{}-{pid}.{EXTENSION}", name.collect::<String>())
}

/// Parses the name of the application and its process ID from a file name.
///
/// ```
/// use manhole_protocol::socket_path::parse_file_name;
///
/// assert_eq!(parse_file_name("my-app-7.sock".as_ref()), Some(("my-app", 7)));
/// assert_eq!(parse_file_name("my-app-7.sock.lock".as_ref()), None);
/// ```
#[must_use]
pub fn parse_file_name(name: &OsStr) -> Option<(&str, u32)> {
    let stem = name.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
    let (name, pid) = stem.rsplit_once('-')?;
    Some((name, pid.parse().ok()?))
}

/// Returns the path of the lock file for the socket at `path`.
///
/// ```
/// use manhole_protocol::socket_path::lock_file;
/// use std::path::Path;
///
/// assert_eq!(lock_file(Path::new("/run/app.manhole")), Path::new("/run/app.manhole.lock"));
/// ```
#[must_use]
pub fn lock_file(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

/// Returns the [directories] of the user that runs this process, from its own environment.
///
/// ```
/// use manhole_protocol::socket_path::own_directories;
///
/// assert!(own_directories().iter().any(|directory| directory.starts_with("/tmp")));
/// ```
#[must_use]
pub fn own_directories() -> Vec<PathBuf> {
    directories(std::env::var_os("XDG_RUNTIME_DIR").as_deref(), geteuid().as_raw())
}

/// Opens the [lock file](lock_file) of the socket at `path`. Follows no link and never blocks, so that neither a link nor a pipe in its
/// place does harm.
///
/// ```
/// use manhole_protocol::socket_path::open_lock_file;
/// use std::fs::OpenOptions;
///
/// assert!(open_lock_file("/nowhere/app-1.sock".as_ref(), OpenOptions::new().read(true)).is_err());
/// ```
///
/// # Errors
///
/// If the file is missing, cannot be opened, or is a link.
pub fn open_lock_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32).open(lock_file(path))
}

/// A socket whose file name has an application's name and process ID.
///
/// ```
/// use manhole_protocol::socket_path::Instance;
///
/// assert!(Instance::at("/nowhere/app-1.sock".into()).is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// The application's name.
    pub name: String,
    /// The process ID in the file name.
    pub pid: u32,
    /// The owner of the socket.
    pub uid: u32,
    /// The path of the socket.
    pub path: PathBuf,
    /// Whether a server holds the lock file. Otherwise the socket is stale.
    pub live: bool,
}

impl Instance {
    /// Reads the socket at `path` without connecting. Returns `None` if the name does not parse, or if the file is not a socket.
    ///
    /// ```
    /// use manhole_protocol::socket_path::Instance;
    ///
    /// assert!(Instance::at("/etc/hostname".into()).is_none());
    /// ```
    #[must_use]
    pub fn at(path: PathBuf) -> Option<Self> {
        let (name, pid) = parse_file_name(path.file_name()?)?;
        let name = name.to_owned();
        let (uid, live) = (owner_of_socket(&path)?, is_live(&path));
        Some(Self { name, pid, uid, path, live })
    }

    /// Reads the live socket at `path`, which may have any file name, without connecting. The process ID is the one in the lock file, the
    /// name that of the file without its extension.
    ///
    /// ```
    /// use manhole_protocol::socket_path::Instance;
    ///
    /// assert!(Instance::live_at("/run/app.manhole".into()).is_none());
    /// ```
    #[must_use]
    pub fn live_at(path: PathBuf) -> Option<Self> {
        if let Some(instance) = Self::at(path.clone()) {
            return Some(instance).filter(|instance| instance.live);
        }
        let uid = owner_of_socket(&path)?;
        let name = path.file_stem()?.to_str()?.to_owned();
        // Other programs lock a file of that name too, without a process ID in it.
        let pid = lock_holder(&path)?;
        is_live(&path).then_some(Self { name, pid, uid, path, live: true })
    }
}

/// Lists the paths of the Unix sockets at which a process listens, consoles and others. Empty on systems without `/proc/net/unix`.
///
/// ```
/// use manhole_protocol::socket_path::{Instance, listening_paths};
///
/// let consoles: Vec<_> = listening_paths().into_iter().filter_map(Instance::live_at).collect();
/// assert!(consoles.iter().all(|console| console.live));
/// ```
#[must_use]
pub fn listening_paths() -> Vec<PathBuf> {
    /// The flag of a socket that listens.
    const LISTENS: u32 = 1 << 16;
    /// The column of the flags.
    const FLAGS: usize = 3;

    let Ok(table) = fs::read("/proc/net/unix") else { return Vec::new() };
    let table = String::from_utf8_lossy(&table);
    let path = |line: &str| {
        // The last column, which may contain spaces. Abstract names begin with @.
        let (columns, path) = line.split_once(" /")?;
        let flags = u32::from_str_radix(columns.split_ascii_whitespace().nth(FLAGS)?, 16).ok()?;
        (flags & LISTENS != 0).then(|| PathBuf::from(format!("/{path}")))
    };
    let mut paths: Vec<_> = table.lines().filter_map(path).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Returns the process ID that a server has left in the lock file of the socket at `path`. A server that shuts down removes it.
///
/// ```
/// use manhole_protocol::socket_path::lock_holder;
///
/// assert_eq!(lock_holder("/nowhere/app-1.sock".as_ref()), None);
/// ```
#[must_use]
pub fn lock_holder(path: &Path) -> Option<u32> {
    /// More bytes than a process ID has.
    const MAX_PID_BYTES: u64 = 16;

    let mut number = String::new();
    let lock = open_lock_file(path, OpenOptions::new().read(true)).ok()?;
    lock.take(MAX_PID_BYTES).read_to_string(&mut number).ok()?;
    number.trim().parse().ok()
}

fn owner_of_socket(path: &Path) -> Option<u32> {
    let metadata = fs::symlink_metadata(path).ok()?;
    metadata.file_type().is_socket().then(|| metadata.uid())
}

/// Returns whether a server holds the lock file of the socket at `path`.
fn is_live(path: &Path) -> bool {
    // Closing the file releases a lock that this call got.
    open_lock_file(path, OpenOptions::new().read(true))
        .is_ok_and(|lock| flock(lock, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK))
}
