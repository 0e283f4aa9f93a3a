//! Where the files of the process's control groups are.

use std::fs;
use std::path::{Path, PathBuf};

/// The versions of control groups, which name their files differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupVersion {
    V1,
    V2,
}

/// Returns the directories of the process's groups in which `controller` may be, each followed by those of its parents. `process` is its
/// directory in `/proc`, and `mount` that of all groups.
pub(super) fn group_directories(
    process: &Path,
    mount: &Path,
    controller: &str,
) -> Vec<(GroupVersion, PathBuf)> {
    let Ok(membership) = fs::read_to_string(process.join("cgroup")) else { return Vec::new() };
    // "5:memory:/path" in the first version, "0::/path" in the second.
    let groups = membership.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next().unwrap_or_default(), fields.next().unwrap_or("/"));
        let (version, root) = match controllers {
            "" if mount.join("unified").exists() => (GroupVersion::V2, Some(mount.join("unified"))),
            "" => (GroupVersion::V2, Some(mount.to_owned())),
            _ if controllers.split(',').any(|one| one == controller) => {
                (GroupVersion::V1, Some(mount.join(controller)))
            }
            _ => (GroupVersion::V1, None),
        };
        let directories = root.map(|root| with_parents(&root, path)).unwrap_or_default();
        directories.into_iter().map(move |directory| (version, directory))
    });
    groups.collect()
}

/// Returns the directory of the group `path` below `root`, and those of its parents. A container may see its own group as `root` but
/// the path of the host.
fn with_parents(root: &Path, path: &str) -> Vec<PathBuf> {
    let group = root.join(path.trim_start_matches('/'));
    group.ancestors().take_while(|directory| directory.starts_with(root)).map(Path::to_owned).collect()
}
