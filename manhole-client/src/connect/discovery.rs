//! Lists the applications that listen in the directories of [`manhole_protocol::socket_path`].

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use manhole_protocol::socket_path::{Instance, listening_paths, own_directories};
use rustix::process::geteuid;

/// The environment variable that says where to search: in the default directories alone if it is `directories`.
const SEARCH_VARIABLE: &str = "MANHOLE_SEARCH";

/// Returns the name and process ID of an application, as the client shows them.
pub fn label(instance: &Instance) -> String {
    format!("{} {}", instance.name, instance.pid)
}

/// Lists the live sockets of this user elsewhere, or of all users if the client runs as root. The kernel lists who listens, and the lock file
/// of a console distinguishes it from other servers.
pub fn discover_elsewhere() -> Vec<Instance> {
    if std::env::var_os(SEARCH_VARIABLE).is_some_and(|value| value == "directories") {
        return Vec::new();
    }
    let own = geteuid().as_raw();
    let directories: Vec<_> = directories().into_iter().map(|(_, directory)| directory).collect();
    let is_elsewhere = |path: &PathBuf| !directories.iter().any(|other| path.parent() == Some(other));
    let paths = listening_paths().into_iter().filter(is_elsewhere);
    let instances = paths.filter_map(Instance::live_at);
    let mut instances: Vec<_> = instances.filter(|instance| own == 0 || instance.uid == own).collect();
    instances.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
    instances
}

/// Lists the sockets of this user, or of all users if the client runs as root. It connects to none of them: a socket is live while a
/// server holds its lock file, which the kernel releases when the process ends.
pub fn discover() -> Vec<Instance> {
    let directories = directories();
    let entries = directories
        .iter()
        .filter(|(uid, directory)| is_private(directory, *uid))
        .flat_map(|(_, directory)| fs::read_dir(directory).into_iter().flatten());
    let mut instances: Vec<_> = entries.flatten().filter_map(|entry| Instance::at(entry.path())).collect();
    instances.sort_by(|a, b| (&a.name, a.pid).cmp(&(&b.name, b.pid)));
    instances
}

/// Lists the directories of sockets with their users.
fn directories() -> Vec<(u32, PathBuf)> {
    let own = geteuid().as_raw();
    let mut directories: Vec<_> = own_directories().into_iter().map(|directory| (own, directory)).collect();
    if own == 0 {
        let entries = |directory: &str| fs::read_dir(directory).into_iter().flatten().flatten();
        let uid = |entry: &fs::DirEntry, prefix: &str| -> Option<u32> {
            entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()
        };
        directories.extend(
            entries("/run/user").filter_map(|entry| Some((uid(&entry, "")?, entry.path().join("manhole")))),
        );
        directories
            .extend(entries("/tmp").filter_map(|entry| Some((uid(&entry, "manhole-")?, entry.path()))));
    }
    directories.sort();
    directories.dedup();
    directories
}

/// Returns whether only the user `uid` can have put something into a directory. Anyone can create one in /tmp, or a
/// link to another one.
fn is_private(directory: &Path, uid: u32) -> bool {
    let is_private = |found: &Metadata| found.is_dir() && found.uid() == uid && found.mode() & 0o022 == 0;
    fs::symlink_metadata(directory).is_ok_and(|found| is_private(&found))
}

/// Returns the name of a user, or the uid if the user has no name.
pub fn user_name(uid: u32) -> String {
    uzers::get_user_by_uid(uid)
        .map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}

/// Returns the directories that hold the sockets of this user, for messages.
pub fn directory_names() -> String {
    let names: Vec<_> = own_directories().iter().map(|path: &PathBuf| path.display().to_string()).collect();
    names.join(" or ")
}
