//! Processes that the client has started, and those that they have.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// The processes that one has started.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let started = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    started.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Sends a signal to a process and to those that it has started: a shell does not end what it runs.
pub(crate) fn signal_tree(pid: u32, signal: Signal) {
    let started = children_of(pid);
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
    started.into_iter().for_each(|pid| signal_tree(pid, signal));
}
