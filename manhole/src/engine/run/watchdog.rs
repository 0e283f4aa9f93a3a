//! Watches a running command and stops it: at its timeout, on the client's request, when the client disconnects, and when it
//! needs too much memory.
//!
//! The command's own thread makes these checks while it runs. A command inside code of the application that does not return makes
//! none, so another thread can make them, and abandon the command.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::abandoned_threads::AbandonedThreads;
use super::client_io::ClientIo;
use super::console_memory::{self, CommandMemory, ConsoleMemory, MemoryCheck};
use super::cpu_throttle::CpuThrottle;
use super::session_limits::{Limit, SessionLimits};
use super::stop_reason::StopReason;
use crate::reflect::{Cancellation, placeholder};
use crate::sync::LockIgnoringPoison;

/// Watches the commands of one session.
///
/// [`tick`](Watchdog::tick) runs at every step of a script, so it only counts. It reads the clock every few steps, and polls the
/// client every few milliseconds. A stop stays in force until the next command, because the engine may swallow the first one, as
/// sorting with a script's comparison does.
pub(crate) struct Watchdog {
    /// The number of steps until the clock is read.
    ticks_left: AtomicU32,
    /// The number of steps between two readings of the clock.
    ticks_per_check: AtomicU32,
    /// When the client is polled next, in microseconds since `origin`.
    next_poll: AtomicU64,
    origin: Instant,
    run: Mutex<CommandRun>,
    /// `None` where the application waits for the command: pauses would only make it wait longer.
    throttle: Option<CpuThrottle>,
    /// Whether the command has passed a lock that a panic has poisoned.
    poison: AtomicBool,
    /// Whether the command goes on until the client ends it.
    watching: AtomicBool,
    /// Whether another command is about to free memory that this one needs.
    waits_for_memory: AtomicBool,
    /// Whether the last output of the command ended within a line.
    is_line_open: AtomicBool,
    client: Arc<dyn ClientIo>,
    limits: Arc<SessionLimits>,
    memory: Arc<ConsoleMemory>,
}

/// The running command, or the last one.
struct CommandRun {
    started: Instant,
    timeout: Duration,
    state: RunState,
    /// Why the command must end, and since when.
    stop: Option<(StopReason, Instant)>,
    memory: Option<CommandMemory>,
    /// The notes that the client has received.
    notes: Vec<String>,
    /// Help on a stop.
    stop_hint: Option<&'static str>,
    /// How much of its items the command had passed when it was stopped.
    progress: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunState {
    Idle,
    Running,
    /// The command did not return, and another thread continues its session.
    Abandoned,
}

impl CommandRun {
    fn new(state: RunState, timeout: Duration, now: Instant) -> Self {
        Self {
            started: now,
            timeout,
            state,
            stop: None,
            memory: None,
            notes: Vec::new(),
            stop_hint: None,
            progress: None,
        }
    }
}

/// The number of steps between two readings of the clock. A step may be a call that takes a millisecond, so these are few. There are
/// fewer where commands share a processor, and one where memory is short: a step may also make a string of 1 MiB.
const TICKS_PER_CHECK: u32 = 16;
/// How many different notes a command may send.
const MAX_NOTES: usize = 16;
/// Help on a timeout of a command that was paused for most of its time. It may also be one that never ends.
const THROTTLED_HINT: &str = "run it again with set(\"timeout\", \"1m\"): the machine is busy, \
    and the command was paused for most of its time";
/// The timeout that [`THROTTLED_HINT`] names.
const HINT_TIMEOUT: Duration = Duration::from_secs(60);
/// The interval between two polls of the client. Commands that share a processor share it too.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// The shortest interval between two polls: each takes some ten microseconds.
const MIN_POLL_INTERVAL: Duration = Duration::from_micros(250);
/// The interval between two checks of a command that waits for memory.
const MEMORY_WAIT_INTERVAL: Duration = Duration::from_millis(1);
/// The interval between two polls of a command that sleeps, where commands share a processor.
const MAX_SLEEP_POLL_INTERVALS: u32 = 8;
/// How long a command may run after its stop. The console's own code ends within milliseconds, so a command that takes this long
/// is inside code of the application.
const STOP_GRACE_PERIOD: Duration = Duration::from_secs(1);
/// How long a command may make no check before another thread makes it.
const SILENCE_TIMEOUT: Duration = Duration::from_millis(100);
/// A year, which is longer than any command, and can be added to any time.
const MAX_SLEEP: Duration = Duration::from_secs(365 * 24 * 3_600);

impl Watchdog {
    pub(crate) fn new(
        client: Arc<dyn ClientIo>,
        limits: Arc<SessionLimits>,
        memory: Arc<ConsoleMemory>,
        throttle: Option<CpuThrottle>,
    ) -> Self {
        let origin = Instant::now();
        console_memory::watch_thread();
        Self {
            ticks_left: AtomicU32::new(TICKS_PER_CHECK),
            ticks_per_check: AtomicU32::new(TICKS_PER_CHECK),
            next_poll: AtomicU64::new(0),
            origin,
            run: Mutex::new(CommandRun::new(RunState::Idle, Duration::ZERO, origin)),
            throttle,
            poison: AtomicBool::new(false),
            watching: AtomicBool::new(false),
            waits_for_memory: AtomicBool::new(false),
            is_line_open: AtomicBool::new(false),
            client,
            limits,
            memory,
        }
    }

    /// Starts to watch the next command. Its timeout is the session's, or `shorter` if that is shorter.
    pub(crate) fn start(&self, shorter: Option<Duration>) {
        let now = Instant::now();
        let allowed = self.limits.time(Limit::Timeout);
        let timeout = shorter.map_or(allowed, |shorter| shorter.min(allowed));
        let mut run = CommandRun::new(RunState::Running, timeout, now);
        run.memory = Some(self.memory.begin());
        *self.run() = run;
        self.set_ticks_per_check(TICKS_PER_CHECK / self.memory.commands_per_processor());
        self.watching.store(false, Ordering::Relaxed);
        self.waits_for_memory.store(false, Ordering::Relaxed);
        self.is_line_open.store(false, Ordering::Relaxed);
        if let Some(throttle) = &self.throttle {
            throttle.start();
        }
        if self.memory.is_short() || self.memory.commands_per_processor() > 1 {
            self.next_poll.store(0, Ordering::Relaxed);
        } else {
            self.poll_after(now);
        }
    }

    /// Ends the watch. Returns whether the command was abandoned.
    pub(crate) fn finish(&self) -> bool {
        let mut run = self.run();
        run.memory = None;
        std::mem::replace(&mut run.state, RunState::Idle) == RunState::Abandoned
    }

    /// Abandons the running command if it has not ended long after its stop, and counts its thread. Returns the reason of the stop, and
    /// the number of abandoned threads.
    ///
    /// From then on the command stops at its next check, and its output is dropped.
    pub(crate) fn abandon(&self, threads: &AbandonedThreads) -> Option<(StopReason, usize)> {
        let now = Instant::now();
        let mut run = self.run();
        if run.state != RunState::Running {
            return None;
        }
        let silent = self.micros_at(now).saturating_sub(self.next_poll.load(Ordering::Relaxed));
        if run.stop.is_none() && Duration::from_micros(silent) > SILENCE_TIMEOUT {
            self.poll(&mut run, now);
        }
        let (stop, _) = run.stop.filter(|(_, since)| now - *since > STOP_GRACE_PERIOD)?;
        run.state = RunState::Abandoned;
        // Under the lock: the thread may return at once, and is no longer counted then.
        Some((stop, threads.add()))
    }

    /// Restarts the timeout of the running command, with `more` time. Does nothing if the client may be disconnected, since
    /// nothing would end the command then.
    pub(crate) fn extend(&self, more: Duration) {
        if self.client.may_be_disconnected() {
            return;
        }
        let mut run = self.run();
        run.started = Instant::now();
        run.timeout = self.limits.time(Limit::Timeout).saturating_add(more);
    }

    /// Returns how much time the running command has left.
    pub(crate) fn time_left(&self) -> Duration {
        let run = self.run();
        run.timeout.saturating_sub(run.started.elapsed())
    }

    /// Sets whether the command goes on until the client ends it. Returns whether it did before.
    pub(crate) fn set_watching(&self, watching: bool) -> bool {
        self.watching.swap(watching, Ordering::Relaxed)
    }

    /// Returns whether the client has ended a command that goes on until then.
    pub(crate) fn has_ended_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed) && self.stopped() == Some(StopReason::Cancelled)
    }

    /// Returns whether the command was abandoned.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.run().state == RunState::Abandoned
    }

    /// Returns whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.run().state == RunState::Running
    }

    /// Applies a timeout that the running command has set.
    pub(crate) fn apply_new_timeout(&self) {
        self.run().timeout = self.limits.time(Limit::Timeout);
    }

    /// Counts one step. Returns why the command must stop, if it must. May pause, so the caller holds no lock.
    #[inline]
    pub(crate) fn tick(&self) -> Result<(), StopReason> {
        let left = self.ticks_left.load(Ordering::Relaxed);
        if left > 1 {
            self.ticks_left.store(left - 1, Ordering::Relaxed);
            return Ok(());
        }
        self.ticks_left.store(self.ticks_per_check.load(Ordering::Relaxed), Ordering::Relaxed);
        self.check_and_throttle()
    }

    fn set_ticks_per_check(&self, ticks: u32) {
        self.ticks_per_check.store(ticks, Ordering::Relaxed);
        self.ticks_left.store(ticks, Ordering::Relaxed);
    }

    /// Checks whether the command must stop, and pauses it if other threads want the processor.
    #[cold]
    fn check_and_throttle(&self) -> Result<(), StopReason> {
        if !self.is_due(Instant::now()) {
            return Ok(());
        }
        // Between two steps of a script no lock is held, so the command can pause here.
        let sharing = self.memory.commands_per_processor();
        let pause = || self.throttle.as_ref().map_or(Duration::ZERO, |throttle| throttle.pause(sharing));
        self.check()?;
        self.pause(pause())?;
        while self.waits_for_memory.load(Ordering::Relaxed) {
            std::thread::sleep(MEMORY_WAIT_INTERVAL);
            self.check()?;
        }
        Ok(())
    }

    /// Returns why the command must stop, if it must. Polls the client if that is due.
    pub(crate) fn check(&self) -> Result<(), StopReason> {
        let now = Instant::now();
        if !self.is_due(now) {
            return Ok(());
        }
        self.poll_after(now);
        let mut run = self.run();
        if run.stop.is_none() {
            self.poll(&mut run, now);
        }
        if run.stop.is_some() {
            // Makes each further step fail: a script may catch an error in a query, and begin the next one.
            self.set_ticks_per_check(1);
            self.next_poll.store(0, Ordering::Relaxed);
        }
        run.stop.map_or(Ok(()), |(stop, _)| Err(stop))
    }

    fn poll(&self, run: &mut CommandRun, now: Instant) {
        let stop = if now - run.started >= run.timeout {
            if self.could_run_longer(run.timeout) {
                run.stop_hint.get_or_insert(THROTTLED_HINT);
            }
            Some(StopReason::Timeout(run.timeout))
        } else {
            self.client.poll().or_else(|| self.exceeds_memory(run))
        };
        run.stop = stop.map(|stop| (stop, now));
    }

    /// Returns whether a command was paused for most of its `timeout`, and the session can raise that.
    fn could_run_longer(&self, timeout: Duration) -> bool {
        timeout == self.limits.time(Limit::Timeout)
            && timeout < HINT_TIMEOUT
            && HINT_TIMEOUT <= self.limits.ceiling_time(Limit::Timeout)
            && self.throttle.as_ref().is_some_and(CpuThrottle::has_throttled)
    }

    /// Checks whether the command needs too much memory.
    fn exceeds_memory(&self, run: &mut CommandRun) -> Option<StopReason> {
        match run.memory.as_mut()?.check(self.limits.count(Limit::Memory)) {
            MemoryCheck::Stop(stop) => Some(stop),
            MemoryCheck::Enough => {
                self.set_ticks_per_check(TICKS_PER_CHECK / self.memory.commands_per_processor());
                self.waits_for_memory.store(false, Ordering::Relaxed);
                None
            }
            check @ (MemoryCheck::Short | MemoryCheck::Wait) => {
                // Makes the next check due at once.
                self.set_ticks_per_check(1);
                self.next_poll.store(0, Ordering::Relaxed);
                self.waits_for_memory.store(matches!(check, MemoryCheck::Wait), Ordering::Relaxed);
                None
            }
        }
    }

    /// Sends output of the running command to the client, until all is sent or the command must stop.
    pub(crate) fn write(&self, text: &str) -> Result<(), StopReason> {
        let text = self.client.clean(text);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if self.is_abandoned() {
                return Err(StopReason::Shutdown);
            }
            let sent = self.client.send(rest).inspect_err(|stop| self.stop(*stop))?;
            rest = &rest[sent..];
            self.is_line_open.store(!text[..text.len() - rest.len()].ends_with('\n'), Ordering::Relaxed);
            self.check()?;
        }
        Ok(())
    }

    /// Ends the line that `print!` has left open. If the client is gone, nothing reads it.
    pub(crate) fn end_line(&self) {
        if self.is_line_open.load(Ordering::Relaxed) {
            let _ = self.write("\n");
        }
    }

    /// Sends the client a note about the running command, once.
    pub(crate) fn send_note(&self, note: &str) {
        let mut run = self.run();
        if run.notes.iter().any(|sent| sent == note) || run.notes.len() >= MAX_NOTES {
            return;
        }
        run.notes.push(note.to_owned());
        drop(run);
        // If the client has disconnected, the command stops at its next step.
        let _ = self.write(&format!("note: {note}\n"));
    }

    /// Sends a note if the command has passed a poisoned lock.
    pub(crate) fn report_poison(&self) {
        if self.poison.load(Ordering::Relaxed) && self.poison.swap(false, Ordering::Relaxed) {
            let mark = placeholder::text(placeholder::POISONED);
            self.send_note(&format!(
                "{mark}: a thread of the application panicked while it held a lock on the path"
            ));
        }
    }

    /// Stops the command at its next step.
    pub(crate) fn stop(&self, stop: StopReason) {
        self.run().stop.get_or_insert((stop, Instant::now()));
        self.next_poll.store(0, Ordering::Relaxed);
    }

    /// Sets the help on a stop.
    pub(crate) fn set_stop_hint(&self, hint: &'static str) {
        self.run().stop_hint = Some(hint);
    }

    /// Returns the help on a stop, if there is one.
    pub(crate) fn stop_hint(&self) -> Option<String> {
        let run = self.run();
        let parts = [run.progress.as_deref(), run.stop_hint];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Sets how much of its items the stopped command had passed.
    pub(crate) fn set_progress(&self, progress: String) {
        self.run().progress = Some(progress);
    }

    /// Returns why the command was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<StopReason> {
        self.run().stop.map(|(stop, _)| stop)
    }

    /// Waits, in slices short enough to stop the command in time.
    pub(crate) fn sleep(&self, time: Duration) -> Result<(), StopReason> {
        self.idle(|| self.pause(time))
    }

    /// Runs `wait`, in which the command needs no processor.
    pub(crate) fn idle<T>(&self, wait: impl FnOnce() -> T) -> T {
        let set_idle = |is_idle| {
            if let Some(memory) = &mut self.run().memory {
                memory.set_idle(is_idle);
            }
        };
        set_idle(true);
        let result = wait();
        set_idle(false);
        result
    }

    /// Waits like [`sleep`](Self::sleep), as a command that would compute if it might.
    fn pause(&self, time: Duration) -> Result<(), StopReason> {
        let end = Instant::now() + time.min(MAX_SLEEP);
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            // Many that sleep would use much of a processor for their checks.
            let sharing = self.memory.commands_per_processor().min(MAX_SLEEP_POLL_INTERVALS);
            std::thread::sleep(left.min(POLL_INTERVAL * sharing));
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.micros_at(now) >= self.next_poll.load(Ordering::Relaxed)
    }

    fn poll_after(&self, now: Instant) {
        let interval = (POLL_INTERVAL / self.memory.commands_per_processor()).max(MIN_POLL_INTERVAL);
        self.next_poll.store(self.micros_at(now + interval), Ordering::Relaxed);
    }

    /// Returns `now` in microseconds since `origin`.
    fn micros_at(&self, now: Instant) -> u64 {
        u64::try_from((now - self.origin).as_micros()).unwrap_or(u64::MAX)
    }

    fn run(&self) -> MutexGuard<'_, CommandRun> {
        self.run.lock_ignoring_poison()
    }
}

impl Cancellation for Watchdog {
    fn is_cancelled(&self) -> bool {
        self.check().is_err()
    }

    fn report_poison(&self) {
        self.poison.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::run::Limits;

    struct NoClient;

    impl ClientIo for NoClient {
        fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
            Ok(bytes.len())
        }

        fn poll(&self) -> Option<StopReason> {
            None
        }
    }

    fn hint(paused: Duration, shorter: Option<Duration>, ceiling: Duration) -> Option<String> {
        let timeout = Duration::from_millis(100);
        let limits = Limits { timeout, ..Limits::default() };
        let ceiling = Limits { timeout: ceiling, ..Limits::ceiling() };
        let limits = Arc::new(SessionLimits::new(&limits, &ceiling));
        let watchdog = Watchdog::new(
            Arc::new(NoClient),
            limits,
            Arc::new(ConsoleMemory::new(usize::MAX)),
            Some(CpuThrottle::default()),
        );
        watchdog.start(shorter);
        watchdog.throttle.as_ref().unwrap().assume(Duration::from_millis(10), paused);
        assert_eq!(
            watchdog.sleep(Duration::from_secs(10)),
            Err(StopReason::Timeout(shorter.unwrap_or(timeout)))
        );
        watchdog.stop_hint()
    }

    #[test]
    fn a_longer_timeout_is_suggested_only_where_it_can_help() {
        let (paused, minute) = (Duration::from_millis(80), Duration::from_secs(60));
        assert_eq!(hint(paused, None, minute).as_deref(), Some(THROTTLED_HINT));
        assert_eq!(hint(Duration::ZERO, None, minute), None, "not paused");
        assert_eq!(hint(paused, Some(Duration::from_millis(50)), minute), None, "a timeout of the request");
        assert_eq!(hint(paused, None, Duration::from_secs(30)), None, "a ceiling below the suggestion");
    }
}
