//! The programs that listen where [`manhole_protocol::socket_path`] says.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use manhole_protocol::socket_path::{directories, lock_file, parse_file_name};
use rustix::fs::OFlags;
use rustix::process::geteuid;

use crate::error::CliError;

/// A socket of a program.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    /// What the program calls itself.
    pub(crate) name: String,
    pub(crate) pid: u32,
    /// Whose it is.
    pub(crate) uid: u32,
    pub(crate) path: PathBuf,
    /// Whether somebody serves it; otherwise the file was left behind.
    pub(crate) live: bool,
}

impl Instance {
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.name, self.pid)
    }

    /// Removes what was left behind, if nobody serves it; answers whether it did.
    pub(crate) fn prune(&self) -> Result<bool, CliError> {
        let failed =
            |error: io::Error| CliError::from(error).help(format!("it concerns {}", self.path.display()));
        let lock_file = lock_file(&self.path);
        // Held until the end, so that no server begins meanwhile. One that waits for it sees that the file is gone.
        let lock = open(&lock_file, OpenOptions::new().write(true).create(true).truncate(false).mode(0o600))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // A server that knows no lock, or whose lock was removed, answers.
        let is_stale = is_socket(&self.path)
            && UnixStream::connect(&self.path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if is_stale {
            fs::remove_file(&self.path).map_err(failed)?;
        }
        fs::remove_file(lock_file).map_err(failed)?;
        Ok(is_stale)
    }
}

/// All sockets of this user; of all users where root asks. Nothing is connected to: whether one is served is told by the lock
/// beside it, which the kernel releases with its process.
pub(crate) fn discover() -> Vec<Instance> {
    let own = geteuid().as_raw();
    let mut socket_directories: Vec<_> =
        socket_directories().into_iter().map(|directory| (own, directory)).collect();
    if own == 0 {
        let entries = |directory: &str| fs::read_dir(directory).into_iter().flatten().flatten();
        let number = |entry: &fs::DirEntry, prefix: &str| -> Option<u32> {
            entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()
        };
        socket_directories.extend(
            entries("/run/user")
                .filter_map(|entry| Some((number(&entry, "")?, entry.path().join("manhole")))),
        );
        socket_directories
            .extend(entries("/tmp").filter_map(|entry| Some((number(&entry, "manhole-")?, entry.path()))));
    }
    socket_directories.sort();
    socket_directories.dedup();
    let entries = socket_directories
        .iter()
        .filter(|(uid, directory)| is_private(directory, *uid))
        .flat_map(|(_, directory)| fs::read_dir(directory).into_iter().flatten());
    let mut discover: Vec<_> = entries.flatten().filter_map(|entry| instance(entry.path())).collect();
    discover.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
    discover
}

/// Where the sockets of this user are.
pub(crate) fn socket_directories() -> Vec<PathBuf> {
    directories(std::env::var_os("XDG_RUNTIME_DIR").as_deref(), geteuid().as_raw())
}

/// Whether what is in a directory is the user's doing: anybody can make one in /tmp, or a link there to another.
fn is_private(directory: &Path, uid: u32) -> bool {
    let is_so = |found: &Metadata| found.is_dir() && found.uid() == uid && found.mode() & 0o022 == 0;
    fs::symlink_metadata(directory).is_ok_and(|found| is_so(&found))
}

fn instance(path: PathBuf) -> Option<Instance> {
    let (name, pid) = parse_file_name(path.file_name()?)?;
    let name = name.to_owned();
    let found = fs::symlink_metadata(&path).ok()?;
    if !found.file_type().is_socket() {
        return None;
    }
    let lock = open(&lock_file(&path), OpenOptions::new().read(true));
    let live = lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)));
    Some(Instance { name, pid, uid: found.uid(), path, live })
}

/// The process that served a socket last, if that has not said goodbye.
pub(crate) fn last_server(path: &Path) -> Option<u32> {
    let mut number = String::new();
    let lock = open(&lock_file(path), OpenOptions::new().read(true)).ok()?;
    lock.take(16).read_to_string(&mut number).ok()?;
    number.trim().parse().ok()
}

/// Opens a lock without waiting for anybody, wherever a link or a pipe in its place would lead.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()).open(path)
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// The name of a user, or its number.
pub(crate) fn user(uid: u32) -> String {
    uzers::get_user_by_uid(uid)
        .map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}
