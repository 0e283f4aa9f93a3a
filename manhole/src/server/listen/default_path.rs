//! Chooses the default path of a socket, and lists the sockets with such paths.

use std::path::PathBuf;
#[cfg(unix)]
use std::{fs, io};

#[cfg(unix)]
use manhole_protocol::socket_path;

#[cfg(unix)]
use super::socket_directory::{check_private, default_directory};
use crate::server::error::Error;

/// Returns the default path for the socket of this process: `$XDG_RUNTIME_DIR/manhole/NAME-PID.sock`, or
/// `/tmp/manhole-UID/NAME-PID.sock` if `$XDG_RUNTIME_DIR` is no directory of this user. Creates the last directory, with mode 0700, if it does not
/// exist. While this process serves that path, the next one is `NAME-2-PID.sock`.
///
/// The client finds such a socket by its name: `manhole attach NAME`. [`start`](crate::start) serves there.
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
/// If the directory cannot be created, belongs to another user, or other users can write to it.
pub fn default_path(name: &str) -> Result<PathBuf, Error> {
    #[cfg(not(unix))]
    {
        let _ = name;
        Err(Error::Unsupported)
    }
    #[cfg(unix)]
    {
        free_default_paths(name)?.next().ok_or(Error::EmptyPath)
    }
}

/// How many consoles with the same name one process can have.
#[cfg(unix)]
const MAX_CONSOLES: u32 = 1_000;

/// Returns the paths that a console called `name` may use, in their order, without those that are served.
#[cfg(unix)]
pub(super) fn free_default_paths(name: &str) -> Result<impl Iterator<Item = PathBuf>, Error> {
    let (directory, name) = (default_directory()?, name.to_owned());
    let path = move |number| {
        let name = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        directory.join(socket_path::file_name(&name, std::process::id()))
    };
    let is_free = |path: &PathBuf| instance(path.clone()).is_none_or(|instance| !instance.live);
    Ok((1..=MAX_CONSOLES).map(path).filter(is_free))
}

/// A socket at a [`default_path`]; see [`instances`].
///
/// ```
/// fn stale(instances: &[manhole::Instance]) -> impl Iterator<Item = &std::path::Path> {
///     instances.iter().filter(|instance| !instance.live).map(|instance| &*instance.path)
/// }
/// # let _ = stale(&[]).count();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// The name in the path.
    pub name: String,
    /// The process ID in the path.
    pub pid: u32,
    /// The path of the socket.
    pub path: PathBuf,
    /// Whether a process serves it; otherwise it is stale.
    pub live: bool,
}

/// Lists the sockets of this user in the directories of [`default_path`], sorted by name and process ID. It connects to none: a
/// socket is live if its lock file is locked.
///
/// ```
/// for instance in manhole::instances()? {
///     println!("{} {} {}", instance.name, instance.pid, if instance.live { "live" } else { "stale" });
/// }
/// # Ok::<(), manhole::Error>(())
/// ```
///
/// # Errors
///
/// If a directory of this user exists and cannot be read, or other users can write to it.
pub fn instances() -> Result<Vec<Instance>, Error> {
    #[cfg(not(unix))]
    {
        Err(Error::Unsupported)
    }
    #[cfg(unix)]
    {
        let mut instances = Vec::new();
        for directory in socket_path::own_directories() {
            match fs::read_dir(&directory) {
                Ok(entries) => match check_private(&directory) {
                    Ok(()) => instances.extend(entries.flatten().filter_map(|entry| instance(entry.path()))),
                    // Any user can create one in /tmp, which must not hide the other directory.
                    Err(Error::ForeignDirectory { .. }) => {}
                    Err(error) => return Err(error),
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Io { path: directory, action: "list", source }),
            }
        }
        instances.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
        Ok(instances)
    }
}

#[cfg(unix)]
fn instance(path: PathBuf) -> Option<Instance> {
    let socket_path::Instance { name, pid, path, live, .. } = socket_path::Instance::at(path)?;
    Some(Instance { name, pid, path, live })
}
