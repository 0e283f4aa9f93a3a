//! The programs that listen where [`manhole_protocol::location`] says.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use manhole_protocol::location::{directory, lock_file, parse_file_name};

use crate::failure::Failure;

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
    pub(crate) fn prune(&self) -> Result<bool, Failure> {
        let failed =
            |error: io::Error| Failure::from(error).help(format!("it concerns {}", self.path.display()));
        let lock_file = lock_file(&self.path);
        // Held until the end, so that no server begins meanwhile.
        let lock = match File::open(&lock_file) {
            Ok(lock) => Some(lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        match lock.as_ref().map(File::try_lock) {
            Some(Err(TryLockError::WouldBlock)) => return Ok(false),
            Some(Err(TryLockError::Error(error))) => return Err(failed(error)),
            _ => {}
        }
        fs::remove_file(&self.path).map_err(failed)?;
        if lock.is_some() {
            fs::remove_file(lock_file).map_err(failed)?;
        }
        Ok(true)
    }
}

/// All sockets of this user; of all users where root asks. Nothing is connected to: whether one is served is told by the lock
/// beside it, which the kernel releases with its process.
pub(crate) fn all() -> Vec<Instance> {
    let uid = rustix::process::geteuid().as_raw();
    let mut directories = vec![directory(std::env::var_os("XDG_RUNTIME_DIR").as_deref(), uid)];
    if uid == 0 {
        let entries = |directory: &str| fs::read_dir(directory).into_iter().flatten().flatten();
        directories.extend(entries("/run/user").map(|entry| entry.path().join("manhole")));
        let private = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("manhole-");
        directories.extend(entries("/tmp").filter(private).map(|entry| entry.path()));
    }
    directories.sort();
    directories.dedup();
    let entries = directories.iter().flat_map(|directory| fs::read_dir(directory).into_iter().flatten());
    let mut all: Vec<_> = entries.flatten().filter_map(|entry| instance(entry.path())).collect();
    all.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
    all
}

fn instance(path: PathBuf) -> Option<Instance> {
    let (name, pid) = parse_file_name(path.file_name()?)?;
    let name = name.to_owned();
    let uid = fs::symlink_metadata(&path).ok()?.uid();
    let lock = File::open(lock_file(&path));
    let live = lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)));
    Some(Instance { name, pid, uid, path, live })
}

/// The name of a user, or its number.
pub(crate) fn user(uid: u32) -> String {
    uzers::get_user_by_uid(uid)
        .map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}
