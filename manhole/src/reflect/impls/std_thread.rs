//! Threads and processes of the standard library. Nothing here waits for one.

use std::process::Child;
use std::thread::{JoinHandle, Thread, ThreadId};

use super::computed_fields::computed_fields;

computed_fields!([T] JoinHandle<T>, "JoinHandle", "", |this| {
    finished: bool = this.is_finished(), "Whether the thread has finished.";
});

computed_fields!([] Thread, "Thread", "", |this| {
    name: Option<String> = this.name().map(str::to_owned), "The name of the thread.";
    id: ThreadId = this.id(), "Its identifier in this process.";
}, {
    unpark() = this.unpark(), "Ends the thread's `park`, or its next one.";
});

#[cfg(all(unix, feature = "console"))]
computed_fields!([] Child, "Child", "", |this| {
    pid: u32 = this.id(), "The process ID.";
    running: bool = is_running(this.id()), "Whether it has not ended yet.";
});

#[cfg(not(all(unix, feature = "console")))]
computed_fields!([] Child, "Child", "", |this| {
    pid: u32 = this.id(), "The process ID.";
});

/// Returns whether the child runs. Leaves its exit status to the application.
#[cfg(all(unix, feature = "console"))]
pub(super) fn is_running(pid: u32) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // It is an error for a child that the application has waited for.
    pid.is_some_and(|pid| matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use crate::reflect::ops::shown;

    #[test]
    fn threads_are_not_waited_for() {
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || wait.recv());
        assert_eq!(shown(&thread), "JoinHandle { finished: false }");
        go.send(()).unwrap();
        while !thread.is_finished() {
            thread::yield_now();
        }
        assert_eq!(shown(&thread), "JoinHandle { finished: true }");
        assert!(shown(thread.thread()).starts_with("Thread { name: None, id: ThreadId("));
    }

    #[cfg(all(unix, feature = "console"))]
    #[test]
    fn a_child_is_not_waited_for() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id();
        assert_eq!(shown(&child), format!("Child {{ pid: {pid}, running: true }}"));
        child.kill().unwrap();
        while shown(&child).contains("true") {
            thread::yield_now();
        }
        assert!(!child.wait().unwrap().success(), "its status is left");
        assert_eq!(shown(&child), format!("Child {{ pid: {pid}, running: false }}"));
    }
}
