//! Creates the directory of a socket, and checks its owner, mode and sticky bit: other users must not be able to replace the socket.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use manhole_protocol::socket_path;
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::server::error::Error;

/// Returns the first directory that this user has, or can have, for itself. `sudo` may leave another user's in the environment.
pub(super) fn default_directory() -> Result<PathBuf, Error> {
    let mut unusable = Error::EmptyPath;
    for directory in socket_path::own_directories() {
        match create_directory(&directory).and_then(|()| check_private(&directory)) {
            Ok(()) => return Ok(directory),
            Err(error) => unusable = error,
        }
    }
    Err(unusable)
}

/// Creates a directory for this user alone, if it does not exist.
pub(super) fn create_directory(path: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::Io { path: path.to_owned(), action: "create the directory", source })
        }
        _ => Ok(()),
    }
}

/// Refuses a directory of another user, and one that other users can write to.
pub(super) fn check_private(path: &Path) -> Result<(), Error> {
    let found = fs::symlink_metadata(path).map_err(|source| unusable(path, source))?;
    if !found.is_dir() {
        return Err(unusable(path, Errno::NOTDIR.into()));
    }
    if found.uid() != geteuid().as_raw() {
        return Err(Error::ForeignDirectory { path: path.to_owned(), owner: found.uid() });
    }
    if is_writable_by_others(&found) {
        Err(Error::WritableDirectory { path: path.to_owned() })
    } else {
        Ok(())
    }
}

/// Refuses a directory in which other users can replace a socket.
pub(super) fn check_parent(directory: &Path) -> Result<(), Error> {
    let found = fs::metadata(directory).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::NoDirectory { path: directory.to_owned() },
        _ => unusable(directory, source),
    })?;
    if !found.is_dir() {
        return Err(unusable(directory, Errno::NOTDIR.into()));
    }
    // Root can replace any file.
    if ![0, geteuid().as_raw()].contains(&found.uid()) {
        return Err(Error::ForeignDirectory { path: directory.to_owned(), owner: found.uid() });
    }
    let sticky = found.mode() & 0o1000 != 0;
    if is_writable_by_others(&found) && !sticky {
        Err(Error::WritableDirectory { path: directory.to_owned() })
    } else {
        Ok(())
    }
}

/// Returns whether other users can write to a directory.
fn is_writable_by_others(directory: &Metadata) -> bool {
    directory.mode() & 0o022 != 0
}

fn unusable(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), action: "use the directory", source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn only_an_own_directory_is_private() {
        let place = tempfile::tempdir().unwrap();
        assert!(check_private(place.path()).is_ok());
        let link = place.path().join("link");
        symlink(place.path(), &link).unwrap();
        assert!(matches!(check_private(&link), Err(Error::Io { action: "use the directory", .. })));
        let own = geteuid();
        let foreign = if own.is_root() { place.path().join("foreign") } else { PathBuf::from("/usr") };
        if own.is_root() {
            create_directory(&foreign).unwrap();
            chown(&foreign, Some(4_321), None).unwrap();
        }
        assert!(matches!(check_private(&foreign), Err(Error::ForeignDirectory { .. })));
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(check_private(place.path()), Err(Error::WritableDirectory { .. })));
    }

    #[test]
    fn a_directory_that_cannot_be_created_is_an_error_and_one_that_exists_is_none() {
        let place = tempfile::tempdir().unwrap();
        assert!(create_directory(place.path()).is_ok());
        fs::write(place.path().join("file"), "").unwrap();
        let error = create_directory(&place.path().join("file/below")).unwrap_err();
        assert!(matches!(error, Error::Io { action: "create the directory", .. }), "{error}");
    }
}
