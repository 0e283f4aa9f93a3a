//! Where sockets are, unless the program says otherwise, and which of them are there.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use manhole_protocol::location;

use super::Error;

/// A path for the socket of this process: `$XDG_RUNTIME_DIR/manhole/NAME-PID.sock`, or `/tmp/manhole-UID/NAME-PID.sock` where the
/// system has no such directory. The directory is made if it is not there, for this user alone.
///
/// ```no_run
/// use manhole::manhole;
///
/// let console = manhole::spawn(manhole::default_path("app")?, manhole! { answer => 42_u8 })?;
/// println!("connect with: {}", console.addresses()[0].command());
/// # Ok::<(), manhole::Error>(())
/// ```
///
/// # Errors
///
/// If the directory cannot be made, or belongs to somebody else or is open to others.
pub fn default_path(name: &str) -> Result<PathBuf, Error> {
    let directory = directory();
    private(&directory)?;
    Ok(directory.join(location::file_name(name, std::process::id())))
}

/// A socket in the directory of [`default_path`]; see [`instances`].
///
/// ```
/// fn left_behind(instances: &[manhole::Instance]) -> impl Iterator<Item = &std::path::Path> {
///     instances.iter().filter(|instance| !instance.live).map(|instance| &*instance.path)
/// }
/// # let _ = left_behind(&[]).count();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// What the program calls itself.
    pub name: String,
    /// Its process.
    pub pid: u32,
    /// The socket.
    pub path: PathBuf,
    /// Whether somebody serves it; otherwise the file was left behind.
    pub live: bool,
}

/// The sockets in the directory of [`default_path`], sorted by name and process. Nothing is connected to: whether one is served is
/// told by the lock beside it, which the kernel releases with its process.
///
/// ```
/// for instance in manhole::instances()? {
///     println!("{} {} {}", instance.name, instance.pid, if instance.live { "live" } else { "left behind" });
/// }
/// # Ok::<(), manhole::Error>(())
/// ```
///
/// # Errors
///
/// If the directory is there and cannot be read.
pub fn instances() -> Result<Vec<Instance>, Error> {
    let directory = directory();
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Bind { path: directory, action: "look into", source }),
    };
    let mut instances: Vec<_> = entries.flatten().filter_map(|entry| instance(entry.path())).collect();
    instances.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
    Ok(instances)
}

fn instance(path: PathBuf) -> Option<Instance> {
    let (name, pid) = location::parse_file_name(path.file_name()?)?;
    let name = name.to_owned();
    let live = is_locked(&path);
    Some(Instance { name, pid, path, live })
}

/// Whether somebody holds the lock beside `path`.
fn is_locked(path: &Path) -> bool {
    // It is released again with the file.
    File::open(location::lock_file(path))
        .is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn directory() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR");
    location::directory(runtime.as_deref(), rustix::process::geteuid().as_raw())
}

/// Makes a directory for this user alone, or sees that it is one.
pub(super) fn private(path: &Path) -> Result<(), Error> {
    let failed = |action, source| Error::Bind { path: path.to_owned(), action, source };
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(failed("make the directory", source)),
    }
    let found = fs::symlink_metadata(path).map_err(|source| failed("look at", source))?;
    let own = found.uid() == rustix::process::geteuid().as_raw();
    if found.is_dir() && own && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(Error::OpenDirectory { path: path.to_owned() })
}

/// Refuses a directory in which others could put something in the place of a socket.
pub(super) fn refuse_open(directory: &Path) -> Result<(), Error> {
    // What is wrong with one that cannot be looked at is said when the socket is made.
    let Ok(found) = fs::metadata(directory) else { return Ok(()) };
    let (others, sticky) = (found.mode() & 0o022 != 0, found.mode() & 0o1000 != 0);
    if others && !sticky { Err(Error::OpenDirectory { path: directory.to_owned() }) } else { Ok(()) }
}
