//! The threads of the process, as a map by number.

use std::io;
use std::time::Duration;

use procfs_core::process::{Stat, Status};

use super::context_switches::ContextSwitches;
use super::cpu_samples::{cpu_time_of_thread, idle_time_of_thread, share_of_thread};
use super::listed_map::{LastList, Listed, ListedMap};
use super::proc_files::{THREADS, parse, reported};
use super::system_calls;
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// The threads.
pub(crate) type Threads = ListedMap<ThreadView>;

/// A thread, by its number.
pub(crate) struct ThreadView(u32);

computed_fields!([] ThreadView, "Thread", "A thread of the process, as the operating system sees it.", |this| {
    name: Reported<String> = this.name(), "The name, of which the system keeps 15 bytes.";
    state: Reported<&'static str> = reported(this.state()),
        "What it does: running, sleeping, waiting for a device, stopped.";
    cpu: Reported<f64> = reported(share_of_thread(this.0)),
        "The share of a processor that it used over the last seconds: 1 is a whole one.";
    cpu_time: Reported<Duration> = reported(cpu_time_of_thread(this.0)),
        "The processor time that it has used since it started.";
    idle: Reported<Duration> = reported(idle_time_of_thread(this.0)),
        "For how long it has not run, as far as looks at the threads have seen it.";
    system_call: Reported<String> = reported(this.system_call()),
        "The system call in which it is.";
    waits_in: Reported<String> = reported(this.waits_in()),
        "The function of the kernel in which it waits.";
    switches: Reported<ContextSwitches> = reported(this.switches()),
        "How often it gave its processor to another thread.";
    is_console: bool = crate::threads::is_console(this.0), "Whether it belongs to the console.";
});

impl Listed for ThreadView {
    const MAP_NAME: &'static str = "Threads";

    fn list() -> io::Result<Vec<u32>> {
        THREADS.numbers()
    }

    fn find(number: u32) -> Option<Self> {
        THREADS.has(number).then_some(Self(number))
    }

    fn last_list() -> &'static LastList {
        static LAST: LastList = LastList::new();
        &LAST
    }
}

/// Returns the threads.
pub(crate) fn list() -> Reported<Threads> {
    reported(THREADS.check().map(|()| ListedMap::new()))
}

impl ThreadView {
    fn read(&self, file: &str) -> io::Result<String> {
        THREADS.read_below(&format!("{}/{file}", self.0))
    }

    fn name(&self) -> Reported<String> {
        reported(self.read("comm").map(|name| name.trim_end_matches('\n').to_owned()))
    }

    fn state(&self) -> io::Result<&'static str> {
        let stat: Stat = parse(&self.read("stat")?)?;
        // The letters of proc_pid_stat(5).
        Ok(match stat.state {
            'R' => "running",
            'S' => "sleeping",
            'D' => "waiting for a device",
            'T' => "stopped",
            't' => "stopped by a debugger",
            'I' => "idle",
            'Z' | 'X' | 'x' => "ended",
            _ => "unknown",
        })
    }

    fn system_call(&self) -> io::Result<String> {
        let line = self.read("syscall")?;
        let first = line.split_whitespace().next().unwrap_or_default();
        Ok(match first.parse() {
            Ok(number) => system_calls::name(number),
            // `running`.
            Err(_) => "none".to_owned(),
        })
    }

    fn waits_in(&self) -> io::Result<String> {
        let function = self.read("wchan")?;
        // Without the symbols of the kernel.
        Ok(if function == "0" { "unknown".to_owned() } else { function })
    }

    fn switches(&self) -> io::Result<ContextSwitches> {
        let status: Status = parse(&self.read("status")?)?;
        ContextSwitches::of(&status).ok_or_else(|| io::ErrorKind::Unsupported.into())
    }
}
