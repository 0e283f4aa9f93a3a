//! What `/proc` says of another process. Other systems have no such files, and each function then returns `None`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The position of the start time behind the name of the program in `stat`.
const START_TIME_FIELD: usize = 19;

pub(super) fn executable(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// Returns the user whose process it is.
pub(super) fn owner(pid: u32) -> Option<u32> {
    fs::metadata(format!("/proc/{pid}")).ok().map(|found| found.uid())
}

/// Returns whether a process exists, or this system has no such files.
pub(super) fn exists(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists() || !Path::new("/proc/self").exists()
}

/// Returns how long a process has run.
pub(super) fn uptime(pid: u32) -> Option<Duration> {
    let boot = fs::read_to_string("/proc/uptime").ok()?;
    let since_boot: f64 = boot.split_whitespace().next()?.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let start = start_time(&stat, rustix::param::clock_ticks_per_second())?;
    Duration::try_from_secs_f64(since_boot).ok()?.checked_sub(start)
}

/// Returns the time from the boot to the start of a process.
fn start_time(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    // The name may contain spaces and parentheses.
    let behind_name = stat.rsplit_once(')')?.1;
    let ticks: u64 = behind_name.split_whitespace().nth(START_TIME_FIELD)?.parse().ok()?;
    Some(Duration::from_millis(ticks.checked_mul(1_000)? / ticks_per_second))
}

/// Returns the process that traces a process, such as a debugger.
pub(super) fn tracer(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
    line.trim().parse().ok().filter(|tracer| *tracer != 0)
}

pub(super) fn name(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim_end().to_owned())
}

/// Returns the number in a file below `/proc/sys`.
pub(super) fn setting(name: &str) -> Option<i64> {
    fs::read_to_string(format!("/proc/sys/{name}")).ok()?.trim().parse().ok()
}

/// A thread of a process.
pub(crate) struct ThreadInfo {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) state: &'static str,
}

pub(super) fn threads(pid: u32) -> Vec<ThreadInfo> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.filter_map(|entry| thread(pid, entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn thread(pid: u32, id: u32) -> Option<ThreadInfo> {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/task/{id}/{file}")).ok();
    let name = read("comm")?.trim_end().to_owned();
    let state = match read("stat")?.rsplit_once(')')?.1.trim_start().chars().next()? {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting for a device",
        'T' => "stopped",
        _ => "unknown",
    };
    Some(ThreadInfo { id, name, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_stands_behind_any_name() {
        let stat = "12 (a) b (c) S 1 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 2 3";
        assert_eq!(start_time(stat, 100), Some(Duration::from_millis(123_450)));
        assert_eq!(start_time("12 (a", 100), None);
    }
}
