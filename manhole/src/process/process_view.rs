//! The process: the root `process`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::context_switches::ContextSwitches;
use super::control_groups::ControlGroups;
use super::cpu_samples::{cpu_time_of_process, share_of_process};
use super::descriptors;
use super::memory::Memory;
use super::proc_files::{known, process_status, reported};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// What the author says of the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuildInfo {
    pub(crate) version: Option<Cow<'static, str>>,
    pub(crate) commit: Option<Cow<'static, str>>,
}

/// The process.
pub(crate) struct ProcessView {
    pub(crate) build: Arc<BuildInfo>,
}

computed_fields!([] ProcessView, "Process", "This process, as the operating system sees it.", |this| {
    pid: u32 = std::process::id(), "The process ID.";
    executable: Reported<PathBuf> = reported(std::env::current_exe()), "The file that runs.";
    arguments: Vec<OsString> = std::env::args_os().collect(), "The command line.", Admin;
    version: Option<Cow<'static, str>> = this.build.version.clone(),
        "The version of the program, which the application gives to `Builder::version`.";
    commit: Option<Cow<'static, str>> = this.build.commit.clone(),
        "The commit of the program, which the application gives to `Builder::commit`.";
    started: Reported<SystemTime> = known(uptime().and_then(|uptime| SystemTime::now().checked_sub(uptime))),
        "When it started.";
    uptime: Reported<Duration> = known(uptime()), "How long it has run.";
    cpu: Reported<f64> = known(share_of_process()),
        "The share of a processor that it used over the last seconds: 1 is a whole one.";
    cpu_time: Reported<Duration> = known(cpu_time_of_process()),
        "The processor time that it has used since it started.";
    memory: Memory = Memory, "Its memory, in bytes.";
    control_groups: Reported<ControlGroups> = ControlGroups::of_this_process(), "What its control groups allow it, and what it uses of that.";
    threads: Reported<u64> = reported(process_status().map(|status| status.threads)),
        "The number of its threads, which the root `threads` lists.";
    descriptors: Reported<usize> = descriptors::count(),
        "The number of its file descriptors, which the root `descriptors` lists.";
    descriptor_limit: Reported<u64> = known(descriptors::limit()),
        "How many file descriptors it may have.";
    switches: Reported<ContextSwitches> = known(
        process_status().ok().and_then(|status| ContextSwitches::of(&status))
    ), "How often its main thread gave its processor to another.";
});

/// Returns how long the process has run.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn uptime() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    use super::proc_files::process_stat;

    // In ticks since the machine started: proc_pid_stat(5).
    let start = Duration::from_millis(
        process_stat().ok()?.starttime.checked_mul(1_000)? / rustix::param::clock_ticks_per_second(),
    );
    let now = clock_gettime(ClockId::Boottime);
    let now = Duration::new(u64::try_from(now.tv_sec).ok()?, u32::try_from(now.tv_nsec).ok()?);
    now.checked_sub(start)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn uptime() -> Option<Duration> {
    None
}
