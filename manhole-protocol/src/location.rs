//! Where the sockets of a user's programs are, so that a client finds them by name.
//!
//! A program is served at `$XDG_RUNTIME_DIR/manhole/NAME-PID.sock`, or `/tmp/manhole-UID/NAME-PID.sock` where the system has no
//! such directory. Beside a socket that is served lies a file that its server holds a lock on, so that a socket can be told to be
//! served without connecting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The end of the name of a socket.
///
/// ```
/// use manhole_protocol::location::{EXTENSION, file_name};
///
/// assert!(file_name("app", 7).ends_with(EXTENSION));
/// ```
pub const EXTENSION: &str = "sock";

/// The directory of the sockets of the user `uid`, whose environment has `runtime` as `XDG_RUNTIME_DIR`.
///
/// ```
/// use manhole_protocol::location::directory;
/// use std::path::Path;
///
/// assert_eq!(directory(Some("/run/user/1000".as_ref()), 1000), Path::new("/run/user/1000/manhole"));
/// assert_eq!(directory(None, 1000), Path::new("/tmp/manhole-1000"));
/// ```
#[must_use]
pub fn directory(runtime: Option<&OsStr>, uid: u32) -> PathBuf {
    match runtime.map(Path::new).filter(|path| path.is_absolute()) {
        Some(runtime) => runtime.join("manhole"),
        None => PathBuf::from(format!("/tmp/manhole-{uid}")),
    }
}

/// The name of the socket of the process `pid`, whose program is called `name`. What cannot be part of a file's name is replaced.
///
/// ```
/// use manhole_protocol::location::{file_name, parse_file_name};
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

/// The name of the program and its process, of a socket with that name.
///
/// ```
/// use manhole_protocol::location::parse_file_name;
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

/// The file whose lock the server of the socket at `path` holds.
///
/// ```
/// use manhole_protocol::location::lock_file;
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
