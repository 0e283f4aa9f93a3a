//! Lists and signals the processes that the client has started, and their children.

use rustix::process::{Pid, Signal, kill_process};

/// Lists the children of a process.
pub fn children_of(pid: u32) -> Vec<u32> {
    let children = children_text(pid).unwrap_or_default();
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn children_text(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()
}

/// Other systems have no such file, and a `pgrep` in the base system.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn children_text(pid: u32) -> Option<String> {
    let listed = std::process::Command::new("pgrep").args(["-P", &pid.to_string()]).output().ok()?;
    String::from_utf8(listed.stdout).ok()
}

/// Signals a process and all its descendants, since a shell does not pass a signal on.
pub fn signal_tree(pid: u32, signal: Signal) {
    let children = children_of(pid);
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
    children.into_iter().for_each(|pid| signal_tree(pid, signal));
}
