//! Clients whose process the application cannot see, as between two containers that share a directory.

use std::process::Command;

use crate::support::host_process::Host;
use crate::support::{has_tool, is_there, succeeds};

/// Returns the shell command that runs another one in its own process namespace.
fn in_own_namespace() -> Option<&'static str> {
    const AS_ROOT: &str = "unshare --pid --fork --kill-child";
    const AS_USER: &str = "unshare --map-root-user --pid --fork --kill-child";
    if !has_tool("unshare", "--version", "util-linux") {
        return None;
    }
    let works = |command: &&str| succeeds(Command::new("sh").args(["-c", &format!("{command} true")]));
    let found = [AS_ROOT, AS_USER].into_iter().find(works);
    is_there(found.is_some(), "process namespaces are not permitted");
    found
}

#[test]
fn a_client_that_the_application_cannot_see_is_known_by_its_user() {
    let Some(prefix) = in_own_namespace() else { return };
    let host = Host::start_by_shell(&format!("exec {prefix}"));
    assert_eq!(host.connect().ask("1 + 1"), "2");
    host.end();
}
