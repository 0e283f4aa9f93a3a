//! The processor time of the process and its threads, and what they used over the last seconds.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use super::proc_files::{THREADS, known};
use super::samples::Samples;
use crate::reflect::Reported;

/// How many threads are sampled.
const MAX_THREADS: usize = 4_096;

/// What the process and its threads had used at a moment.
struct CpuTimes {
    process: Option<Duration>,
    console: Option<Duration>,
    threads: HashMap<u32, ThreadTime>,
}

#[derive(Clone, Copy)]
struct ThreadTime {
    used: Duration,
    /// The time of the first of the last samples that have this `used`.
    since: Instant,
}

static SAMPLES: Samples<CpuTimes> = Samples::new();

impl CpuTimes {
    fn read(at: Instant, last: Option<&Self>) -> Self {
        let numbers = THREADS.numbers().unwrap_or_default().into_iter().take(MAX_THREADS);
        let process = cpu_time_of_process();
        let threads = numbers.filter_map(|thread| {
            let used = cpu_time_of_thread(thread).ok()?;
            let before = last.and_then(|last| last.threads.get(&thread)).filter(|before| before.used == used);
            Some((thread, ThreadTime { used, since: before.map_or(at, |before| before.since) }))
        });
        Self { process, console: console_time(), threads: threads.collect() }
    }
}

/// Returns the share of a processor that the process used, where 1 is a whole one.
pub(super) fn share_of_process() -> Option<f64> {
    let sample = SAMPLES.before_now(CpuTimes::read);
    let used = cpu_time_of_process()?.saturating_sub(sample.counts.process?);
    Some(sample.share(used))
}

/// Returns the share of a processor that the console's threads used.
pub(crate) fn share_of_console() -> Reported<f64> {
    let sample = SAMPLES.before_now(CpuTimes::read);
    let used = console_time().zip(sample.counts.console);
    known(used.map(|(now, before)| sample.share(now.saturating_sub(before))))
}

/// Returns the processor time of the console's threads, also of those that have ended.
pub(crate) fn cpu_time_of_console() -> Reported<Duration> {
    known(console_time())
}

fn console_time() -> Option<Duration> {
    crate::threads::cpu_time(|thread| cpu_time_of_thread(thread).ok())
}

/// Returns the share of a processor that a thread used.
pub(super) fn share_of_thread(thread: u32) -> io::Result<f64> {
    let sample = SAMPLES.before_now(CpuTimes::read);
    let used = cpu_time_of_thread(thread)?;
    // A thread that is not in the sample has started after it.
    let before = sample.counts.threads.get(&thread).map(|before| before.used).unwrap_or_default();
    Ok(sample.share(used.saturating_sub(before)))
}

/// Returns for how long a thread has not run, as far as looks have seen it.
pub(super) fn idle_time_of_thread(thread: u32) -> io::Result<Duration> {
    let sample = SAMPLES.before_now(CpuTimes::read);
    let used = cpu_time_of_thread(thread)?;
    let before = sample.counts.threads.get(&thread).filter(|before| before.used == used);
    Ok(before.map(|before| before.since.elapsed()).unwrap_or_default())
}

/// Returns the processor time of the process.
#[cfg(unix)]
pub(super) fn cpu_time_of_process() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(not(unix))]
pub(super) fn cpu_time_of_process() -> Option<Duration> {
    None
}

/// Returns the processor time of a thread of the process. The number of its clock is made as `pthread_getcpuclockid` makes it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn cpu_time_of_thread(thread: u32) -> io::Result<Duration> {
    use nix::time::{ClockId, clock_gettime};

    const SCHEDULER_CLOCK_OF_THREAD: i32 = 0b110;
    let number = i32::try_from(thread).map_err(|_| io::ErrorKind::InvalidInput)?;
    let clock = ClockId::from_raw((!number) << 3 | SCHEDULER_CLOCK_OF_THREAD);
    Ok(clock_gettime(clock)?.into())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn cpu_time_of_thread(_thread: u32) -> io::Result<Duration> {
    Err(io::ErrorKind::Unsupported.into())
}
