//! Where the sockets of a user's programs are, so that a client finds them by name.
//!
//! A program is served at `$XDG_RUNTIME_DIR/manhole/NAME-PID.sock`, or `/tmp/manhole-UID/NAME-PID.sock` where there is no
//! such directory. Beside a socket that is served lies a file that its server holds a lock on, so that a socket can be told to be
//! served without connecting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The end of the name of a socket.
///
/// ```
/// use manhole_protocol::socket_path::{EXTENSION, file_name};
///
/// assert!(file_name("app", 7).ends_with(EXTENSION));
/// ```
pub const EXTENSION: &str = "sock";

/// The directories of the sockets of the user `uid`, whose environment has `runtime` as `XDG_RUNTIME_DIR`: a program is served in the
/// first of them that can be made. It may have been started with another environment than the client that looks for it.
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

/// The name of the socket of the process `pid`, whose program is called `name`. What cannot be part of a file's name is replaced.
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

/// The name of the program and its process, of a socket with that name.
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

/// The file whose lock the server of the socket at `path` holds.
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
