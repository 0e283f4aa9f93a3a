//! The exclusive use of a path: a lock on a file beside it.
//!
//! Beside the socket `app.manhole` there is a file `app.manhole.lock`. The process that serves the path locks it, and the kernel
//! releases the lock when this process ends, however it ends. The file contains its process ID, for the error of other processes.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::socket_path::lock_file;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use rustix::process::{Pid, geteuid, test_kill_process};

use crate::server::error::Error;

/// How long to try a lock that is held. Processes that list sockets or remove stale ones hold it for a moment, and a new holder has
/// not written its process ID at once.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);
/// The pause between two tries.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How often the lock must be held, with the ID of a running process in the file, before that process is reported as its holder. One
/// time may be a process that lists sockets, with an old ID in the file.
const MIN_LOCKED_TRIES: u32 = 3;
/// A longer text is not a process ID.
const MAX_PID_BYTES: u64 = 16;

/// The lock beside a socket. It is released when this is dropped, or when the process ends.
pub(crate) struct SocketLockFile {
    file: File,
    name: PathBuf,
    /// The process that has taken the lock. A child of `fork` has a copy, which must not release it.
    process: u32,
}

impl SocketLockFile {
    /// Takes the lock beside `path`; the error names the process that holds it.
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        let name = lock_file(path);
        let failed = |source| Error::Io { path: name.clone(), action: "lock", source };
        let (end, mut tries) = (Instant::now() + LOCK_TIMEOUT, 0);
        loop {
            let mut file = open(&name)?;
            let holder = read(&mut file, &name)?;
            match lock(&file, &name) {
                Ok(true) => {
                    file.set_len(0).map_err(failed)?;
                    return Ok(Self { file, name, process: std::process::id() });
                }
                // The file was removed in between, and another one may be in its place.
                Ok(false) => {}
                Err(Errno::WOULDBLOCK) => {
                    let pid = holder.filter(|pid| is_running(*pid));
                    tries += 1;
                    if is_decided(pid, tries) || Instant::now() >= end {
                        return Err(Error::InUse { path: path.to_owned(), pid });
                    }
                    thread::sleep(POLL_INTERVAL);
                }
                Err(error) => return Err(failed(error.into())),
            }
        }
    }

    /// Writes the ID of this process, for the errors of others.
    pub(crate) fn write_pid(&mut self) -> Result<(), Error> {
        let written =
            self.file.rewind().and_then(|()| self.file.write_all(format!("{}\n", self.process).as_bytes()));
        written.map_err(|source| Error::Io { path: self.name.clone(), action: "write", source })
    }

    /// Removes the file while it is locked.
    pub(crate) fn remove(self) {
        // A process that has opened it already notices that once it gets the lock.
        let _ = fs::remove_file(&self.name);
    }
}

impl Drop for SocketLockFile {
    fn drop(&mut self) {
        // A child process has a copy between `fork` and `exec`, which would keep the lock.
        if self.process == std::process::id() {
            let _ = self.file.set_len(0);
            let _ = flock(&self.file, FlockOperation::Unlock);
        }
    }
}

/// Locks a file that was opened at `name`. Returns whether it is still there: the lock on a file that was removed keeps no other
/// process out.
fn lock(file: &File, name: &Path) -> Result<bool, Errno> {
    flock(file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(is_at(file, name))
}

/// Returns whether a process holds the lock for good, after it was held this often with the ID of the running process `pid` in the file.
fn is_decided(pid: Option<u32>, tries: u32) -> bool {
    pid.is_some() && tries >= MIN_LOCKED_TRIES
}

fn open(name: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
        .open(name);
    opened.map_err(|source| match fs::symlink_metadata(name) {
        Ok(found) => match ownership_problem(&found) {
            Some(found) => Error::ForeignLock { path: name.to_owned(), found },
            None => Error::Io { path: name.to_owned(), action: "lock", source },
        },
        Err(_) => Error::Io { path: name.to_owned(), action: "lock", source },
    })
}

/// Reads the process ID in the file. A file with any other content is not a lock file, and is left alone.
fn read(file: &mut File, name: &Path) -> Result<Option<u32>, Error> {
    let failed = |source| Error::Io { path: name.to_owned(), action: "read", source };
    let mut text = String::new();
    let found = match ownership_problem(&file.metadata().map_err(failed)?) {
        None => match file.take(MAX_PID_BYTES).read_to_string(&mut text) {
            Ok(_) if text.trim_end_matches('\n').bytes().all(|byte| byte.is_ascii_digit()) => {
                return Ok(text.trim().parse().ok());
            }
            Ok(_) => "contains more than a process ID".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => "contains no text".to_owned(),
            Err(error) => return Err(failed(error)),
        },
        Some(found) => found,
    };
    Err(Error::ForeignLock { path: name.to_owned(), found })
}

/// Returns why a file cannot be the lock file of this user, if it cannot.
fn ownership_problem(found: &Metadata) -> Option<String> {
    if !found.is_file() {
        return Some("is not a regular file".to_owned());
    }
    if found.uid() != geteuid().as_raw() {
        return Some(format!("belongs to uid {}", found.uid()));
    }
    (found.nlink() > 1).then(|| "has another hard link".to_owned())
}

/// Returns whether `file` is still the file at `name`.
fn is_at(file: &File, name: &Path) -> bool {
    let (Ok(file), Ok(named)) = (file.metadata(), fs::symlink_metadata(name)) else { return false };
    (file.dev(), file.ino()) == (named.dev(), named.ino())
}

fn is_running(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // A process of another user refuses signals, and runs.
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.manhole");
        (directory, path)
    }

    #[test]
    fn a_lock_is_released_although_a_child_has_a_copy_and_only_by_its_process() {
        let (_directory, path) = place();
        let mut lock = SocketLockFile::take(&path).unwrap();
        lock.write_pid().unwrap();
        let _copy = lock.file.try_clone().unwrap();
        drop(lock);
        assert_eq!(fs::read_to_string(lock_file(&path)).unwrap(), "");
        let mut lock = SocketLockFile::take(&path).unwrap();
        lock.write_pid().unwrap();
        // As in a child of `fork`, whose ID differs.
        let _copy = lock.file.try_clone().unwrap();
        lock.process += 1;
        drop(lock);
        let error = SocketLockFile::take(&path).err();
        let own = std::process::id();
        assert!(matches!(error, Some(Error::InUse { pid: Some(pid), .. }) if pid == own), "{error:?}");
    }

    #[test]
    fn a_holder_that_does_not_run_is_not_named() {
        let (_directory, path) = place();
        let mut held = SocketLockFile::take(&path).unwrap();
        // No process has an ID above 2²².
        for text in ["", "0\n", "4194305\n", "4294967295\n"] {
            held.file.set_len(0).unwrap();
            held.file.rewind().unwrap();
            held.file.write_all(text.as_bytes()).unwrap();
            let error = SocketLockFile::take(&path).err();
            assert!(matches!(error, Some(Error::InUse { pid: None, .. })), "{text:?}: {error:?}");
        }
    }

    #[test]
    fn the_lock_on_a_removed_file_is_not_the_lock_of_its_path() {
        let (_directory, path) = place();
        let first = open(&path).unwrap();
        assert_eq!(lock(&first, &path), Ok(true));
        let second = open(&path).unwrap();
        assert_eq!(lock(&second, &path), Err(Errno::WOULDBLOCK));
        fs::remove_file(&path).unwrap();
        drop(first);
        assert_eq!(lock(&second, &path), Ok(false));
    }

    #[test]
    fn a_file_is_at_its_name_until_it_is_replaced() {
        let (directory, path) = place();
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        fs::rename(&path, directory.path().join("moved")).unwrap();
        assert!(!is_at(&file, &path), "there is none");
        fs::write(&path, "").unwrap();
        assert!(!is_at(&file, &path), "there is another");
    }

    #[test]
    fn a_process_that_holds_a_lock_for_a_moment_is_not_its_holder() {
        assert!(is_decided(Some(7), MIN_LOCKED_TRIES));
        assert!(is_decided(Some(7), MIN_LOCKED_TRIES + 1));
        assert!(!is_decided(Some(7), MIN_LOCKED_TRIES - 1));
        assert!(!is_decided(None, MIN_LOCKED_TRIES), "the holder may not have written its ID yet");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_lock_file_that_cannot_be_read_is_not_taken_for_a_foreign_one() {
        // A regular file of this user, whose first bytes no process can read.
        let path = Path::new("/proc/self/mem");
        let error = read(&mut File::open(path).unwrap(), path).unwrap_err();
        assert!(matches!(error, Error::Io { action: "read", .. }), "{error}");
    }
}
