//! The right to serve a path: a lock on a file beside it.
//!
//! Beside the socket `app.manhole` there is a file `app.manhole.lock`, locked by whoever serves and unlocked by the kernel when
//! that process is gone, however it went. It holds the number of that process, for the error that another one gets.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::socket_path::lock_file;
use rustix::fs::OFlags;
use rustix::process::{Pid, geteuid, test_kill_process};

use crate::server::error::Error;

/// How long a lock that is held is looked at: whoever lists sockets or removes stale ones holds it for a moment too, and who has
/// just got it may not have written its number yet.
const TIMEOUT: Duration = Duration::from_millis(250);
/// The pause between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How often a lock has to be found held by a process that is there. Once may be somebody who lists the sockets, beside a number
/// from before.
const MIN_LOCKED_CHECKS: u32 = 3;
/// More is no number of a process.
const MAX_PID_BYTES: u64 = 16;

/// The lock beside a socket. Released by the kernel with the process, or with this.
pub(crate) struct SocketLockFile {
    file: File,
    name: PathBuf,
    /// The process that has it. What `fork` makes of that has a copy, and must not give it away.
    process: u32,
}

impl SocketLockFile {
    /// Takes the lock beside `path`; the error names who serves it.
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        let name = lock_file(path);
        let failed = |source| Error::Io { path: name.clone(), action: "lock", source };
        let (end, mut checks) = (Instant::now() + TIMEOUT, 0);
        loop {
            let mut file = open(&name)?;
            let holder = read(&mut file, &name)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &name) => {
                    file.set_len(0).map_err(failed)?;
                    return Ok(Self { file, name, process: std::process::id() });
                }
                // It was removed in between, and what is there now is another one.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let pid = holder.filter(|pid| is_running(*pid));
                    checks += 1;
                    if (pid.is_some() && checks >= MIN_LOCKED_CHECKS) || Instant::now() >= end {
                        return Err(Error::InUse { path: path.to_owned(), pid });
                    }
                    thread::sleep(POLL_INTERVAL);
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }

    /// Says that this process serves the path, for the errors of others.
    pub(crate) fn write_pid(&mut self) -> Result<(), Error> {
        let signed =
            self.file.rewind().and_then(|()| self.file.write_all(format!("{}\n", self.process).as_bytes()));
        signed.map_err(|source| Error::Io { path: self.name.clone(), action: "write", source })
    }

    /// Removes the file, before anybody else can have the lock.
    pub(crate) fn remove(self) {
        // Who has opened it already sees that it is gone once it gets the lock.
        let _ = fs::remove_file(&self.name);
    }
}

impl Drop for SocketLockFile {
    fn drop(&mut self) {
        // A process that is being started at this moment has a copy until it runs its program, and would keep the path claimed
        // for so long.
        if self.process == std::process::id() {
            let _ = self.file.set_len(0);
            let _ = self.file.unlock();
        }
    }
}

fn open(name: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(name);
    opened.map_err(|source| match fs::symlink_metadata(name) {
        Ok(found) => match ownership_problem(&found) {
            Some(found) => Error::ForeignLock { path: name.to_owned(), found },
            None => Error::Io { path: name.to_owned(), action: "lock", source },
        },
        Err(_) => Error::Io { path: name.to_owned(), action: "lock", source },
    })
}

/// The number that is in the file. Whatever else is in it is somebody's, and is not written over.
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

/// What is wrong with a file that should be the lock of a manhole of this user.
fn ownership_problem(found: &Metadata) -> Option<String> {
    if !found.is_file() {
        return Some("is not a regular file".to_owned());
    }
    if found.uid() != geteuid().as_raw() {
        return Some(format!("belongs to uid {}", found.uid()));
    }
    (found.nlink() > 1).then(|| "has another hard link".to_owned())
}

/// Whether `file` is still what is called `name`.
fn is_at(file: &File, name: &Path) -> bool {
    let (Ok(file), Ok(named)) = (file.metadata(), fs::symlink_metadata(name)) else { return false };
    (file.dev(), file.ino()) == (named.dev(), named.ino())
}

fn is_running(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // One that this user may not send signals to is there.
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)))
}
