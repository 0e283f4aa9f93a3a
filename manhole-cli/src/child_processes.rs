//! Lists and signals the processes that the client has started, and their children. Uses /proc alone.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Lists the children of a process.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Signals a process and all its descendants, since a shell does not pass a signal on.
pub(crate) fn signal_tree(pid: u32, signal: Signal) {
    let children = children_of(pid);
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
    children.into_iter().for_each(|pid| signal_tree(pid, signal));
}
