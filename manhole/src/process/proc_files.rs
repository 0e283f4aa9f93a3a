//! Files and directories below `/proc/self`. Those of the whole process are opened once, so that they can be read when there is no file
//! descriptor left.

use std::fs::File;
use std::io::{self, Read};
use std::sync::OnceLock;

use procfs_core::FromRead;
#[cfg(any(target_os = "linux", target_os = "android"))]
use procfs_core::process::Stat;
use procfs_core::process::Status;
#[cfg(unix)]
use rustix::io::Errno;

use crate::reflect::Reported;

/// The longest file that is read: `status` of a process in many groups.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// A file or directory that is kept open. In a child of `fork` it is still that of the parent, and is opened again.
pub(super) struct Kept {
    path: &'static str,
    file: OnceLock<(u32, File)>,
}

static STAT: Kept = Kept::new("/proc/self/stat");
static STATUS: Kept = Kept::new("/proc/self/status");
pub(super) static DESCRIPTORS: Kept = Kept::new("/proc/self/fd");
pub(super) static THREADS: Kept = Kept::new("/proc/self/task");

/// Opens the files of the process.
pub(crate) fn open_files() {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        for kept in [&STAT, &STATUS, &DESCRIPTORS, &THREADS] {
            // It is tried again when it is needed.
            let _ = kept.with(|_| Ok(()));
        }
    }
}

impl Kept {
    pub(super) const fn new(path: &'static str) -> Self {
        Self { path, file: OnceLock::new() }
    }

    /// Calls `read` with the open file.
    fn with<R>(&self, read: impl FnOnce(&File) -> io::Result<R>) -> io::Result<R> {
        let process = std::process::id();
        match self.file.get() {
            Some((owner, file)) if *owner == process => read(file),
            Some(_) => read(&File::open(self.path)?),
            None => {
                let file = File::open(self.path)?;
                read(&self.file.get_or_init(|| (process, file)).1)
            }
        }
    }

    /// Returns the numbers that are names in the directory, in order.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn numbers(&self) -> io::Result<Vec<u32>> {
        use std::sync::Mutex;

        use rustix::fs::{RawDir, SeekFrom, seek};

        use crate::sync::LockIgnoringPoison;

        // All readers share the position in the directory.
        static READING: Mutex<()> = Mutex::new(());
        self.with(|directory| {
            let _reading = READING.lock_ignoring_poison();
            seek(directory, SeekFrom::Start(0))?;
            let mut buffer = Vec::with_capacity(32 * 1024);
            let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
            let mut numbers = Vec::new();
            while let Some(entry) = entries.next() {
                numbers.extend(entry?.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok()));
            }
            numbers.sort_unstable();
            Ok(numbers)
        })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn numbers(&self) -> io::Result<Vec<u32>> {
        self.with(|_| Err(io::ErrorKind::Unsupported.into()))
    }

    /// Checks that the file can be read.
    pub(super) fn check(&self) -> io::Result<()> {
        self.with(|_| Ok(()))
    }

    /// Returns whether the directory has an entry `name`.
    #[cfg(unix)]
    pub(super) fn has(&self, name: u32) -> bool {
        use rustix::fs::{Access, AtFlags, accessat};

        self.with(|directory| {
            Ok(accessat(directory, name.to_string(), Access::EXISTS, AtFlags::SYMLINK_NOFOLLOW)?)
        })
        .is_ok()
    }

    #[cfg(not(unix))]
    pub(super) fn has(&self, _name: u32) -> bool {
        false
    }

    /// Returns what the link `name` in the directory leads to.
    #[cfg(unix)]
    pub(super) fn link(&self, name: u32) -> io::Result<String> {
        self.with(|directory| {
            let target = rustix::fs::readlinkat(directory, name.to_string(), Vec::new())?;
            Ok(target.to_string_lossy().into_owned())
        })
    }

    #[cfg(not(unix))]
    pub(super) fn link(&self, _name: u32) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Returns the text of the file at `path` below the directory.
    #[cfg(unix)]
    pub(super) fn read_below(&self, path: &str) -> io::Result<String> {
        use rustix::fs::{Mode, OFlags, openat};

        self.with(|directory| {
            let file = File::from(openat(directory, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?);
            let mut text = String::new();
            file.take(MAX_FILE_BYTES as u64).read_to_string(&mut text)?;
            Ok(text)
        })
    }

    #[cfg(not(unix))]
    pub(super) fn read_below(&self, _path: &str) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Returns the first bytes of the file, at most as many as `buffer` has.
    pub(super) fn read_start<'a>(&self, buffer: &'a mut [u8]) -> io::Result<&'a str> {
        self.with(|file| read_start(file, buffer))
    }

    /// Parses the file.
    fn parse<T: FromRead>(&self) -> io::Result<T> {
        parse(self.read_start(&mut vec![0; MAX_FILE_BYTES])?)
    }
}

/// Returns the first bytes of `file`, at most as many as `buffer` has.
#[cfg(unix)]
pub(super) fn read_start<'a>(file: &File, buffer: &'a mut [u8]) -> io::Result<&'a str> {
    let len = std::os::unix::fs::FileExt::read_at(file, buffer, 0)?;
    std::str::from_utf8(&buffer[..len]).map_err(io::Error::other)
}

#[cfg(not(unix))]
pub(super) fn read_start<'a>(_file: &File, _buffer: &'a mut [u8]) -> io::Result<&'a str> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes a value of what was read.
pub(super) fn reported<T>(value: io::Result<T>) -> Reported<T> {
    value.map_or_else(|error| Reported::unknown(reason(&error)), Reported::from)
}

/// Makes a value of what the system may not report.
pub(super) fn known<T>(value: Option<T>) -> Reported<T> {
    value.map_or(Reported::unknown(NOT_REPORTED), Reported::from)
}

const NOT_REPORTED: &str = "is not reported by the system";

fn reason(error: &io::Error) -> &'static str {
    #[cfg(unix)]
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::MFILE | Errno::NFILE) => return "cannot be read: there is no file descriptor left",
        // A thread that has ended.
        Some(Errno::SRCH) => return "is gone",
        _ => {}
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => "is not reported by the system: permission denied",
        _ => NOT_REPORTED,
    }
}

/// Parses a file of `/proc`.
pub(super) fn parse<T: FromRead>(text: &str) -> io::Result<T> {
    T::from_read(text.as_bytes())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// Returns the `stat` of the process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn process_stat() -> io::Result<Stat> {
    STAT.parse()
}

/// Returns the `status` of the process.
pub(super) fn process_status() -> io::Result<Status> {
    STATUS.parse()
}
