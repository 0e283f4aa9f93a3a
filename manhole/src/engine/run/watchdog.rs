//! Watches a running command and stops it: at its deadline, when the client says so, when the client is gone, and when it
//! takes too much memory.
//!
//! The command's own thread looks at all this while it runs. A command that has gone into code of the program which does not
//! come back looks at nothing; somebody else can do it then, and give the command up.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::cpu_throttle::CpuThrottle;
use super::process_memory;
use super::session_limits::{Limit, SessionLimits};
use crate::engine::value::byte_size;
use crate::reflect::Cancellation;
use crate::sync::LockIgnoringPoison;

/// Who typed the command and reads its output.
pub(crate) trait ClientIo: Send + Sync {
    /// Sends the beginning of `bytes` and answers how much that was. If the client takes nothing now, waits for it a few
    /// milliseconds at most and may answer 0.
    ///
    /// # Errors
    ///
    /// If the client cannot be reached any more.
    fn send(&self, bytes: &[u8]) -> Result<usize, StopReason>;

    /// Whether the client has finished sending, and nobody can tell whether it is still there to read.
    fn may_be_disconnected(&self) -> bool {
        false
    }

    /// Whether the running command is to be stopped. Asked every few milliseconds while one runs.
    fn poll(&self) -> Option<StopReason>;
}

/// Why a command was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum StopReason {
    /// It ran longer than it may.
    Timeout(Duration),
    /// The client asked for it.
    Cancelled,
    /// The client is gone.
    HangUp,
    /// The manhole is shutting down.
    Shutdown,
    /// The process grew by more than this many bytes.
    Memory(usize),
    /// It asked for the end of its session.
    Exit,
    /// It asked for the end of the program, with this status.
    ProcessExit(i32),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(limit) => write!(f, "stopped: the command ran longer than {limit:?}"),
            Self::Cancelled => f.write_str("stopped: interrupted"),
            Self::HangUp => f.write_str("stopped: the client is gone"),
            Self::Exit => f.write_str("stopped: the session is over"),
            Self::ProcessExit(_) => f.write_str("stopped: the program ends"),
            Self::Shutdown => f.write_str("stopped: the manhole is shutting down"),
            Self::Memory(limit) => {
                let limit = byte_size::format(u64::try_from(*limit).unwrap_or(u64::MAX));
                write!(f, "stopped: the process grew by more than {limit} while the command ran")
            }
        }
    }
}

/// The watch over one session's commands.
///
/// [`tick`](Watchdog::tick) runs at every step of a script, so it only counts; every few steps it looks at the clock, and every
/// few milliseconds it asks the client. Once tripped it stays tripped until the next command: an engine may swallow the first
/// stop, as sorting with a script's comparison does.
pub(crate) struct Watchdog {
    ticks: AtomicU32,
    /// Microseconds from `origin` to the next time the client is asked.
    next_poll: AtomicU64,
    origin: Instant,
    run: Mutex<CommandRun>,
    throttle: CpuThrottle,
    /// Whether the way has led through a lock that a panic has poisoned.
    poison: AtomicBool,
    /// Whether the command goes on until the client ends it.
    watching: AtomicBool,
    client: Arc<dyn ClientIo>,
    limits: Arc<SessionLimits>,
}

/// The command that runs, or the last one that did.
struct CommandRun {
    started: Instant,
    timeout: Duration,
    state: RunState,
    /// Why the command must end, and since when.
    stop: Option<(StopReason, Instant)>,
    /// The memory of the process at the first look.
    resident: Option<u64>,
    /// What the client has been told.
    notes: Vec<String>,
    /// What to say of the end of the command.
    stop_hint: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunState {
    Idle,
    Running,
    /// It did not come back, and somebody else has taken its session over.
    Abandoned,
}

impl CommandRun {
    fn new(state: RunState, timeout: Duration, now: Instant) -> Self {
        Self { started: now, timeout, state, stop: None, resident: None, notes: Vec::new(), stop_hint: None }
    }
}

/// How many steps pass between two looks at the clock. A step may be a call that takes a millisecond, so these are few.
const TICKS_PER_CHECK: u32 = 16;
/// How many different notes a command may cause.
const MAX_NOTES: usize = 16;
/// Said of a command that ran out of time because it left the processors to others.
const THROTTLED_HINT: &str = "the machine is busy, and the command took no more than a tenth of a processor; set(\"timeout\", \"1m\") gives it time";
/// How often the client is asked.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How long a command may go on after it was told to end. Everything of ours ends within milliseconds, so what takes this long
/// is code of the program.
const STOP_GRACE_PERIOD: Duration = Duration::from_secs(1);
/// How long a command may look at nothing before somebody else looks for it.
const SILENCE_TIMEOUT: Duration = Duration::from_millis(100);

impl Watchdog {
    /// `rests` says whether commands leave the processors to the program where it wants them.
    pub(crate) fn new(client: Arc<dyn ClientIo>, limits: Arc<SessionLimits>, rests: bool) -> Self {
        let origin = Instant::now();
        process_memory::open();
        Self {
            ticks: AtomicU32::new(0),
            next_poll: AtomicU64::new(0),
            origin,
            run: Mutex::new(CommandRun::new(RunState::Idle, Duration::ZERO, origin)),
            throttle: CpuThrottle::new(rests),
            poison: AtomicBool::new(false),
            watching: AtomicBool::new(false),
            client,
            limits,
        }
    }

    /// Starts the watch over the next command, which may run as long as the session allows, or for a shorter time.
    pub(crate) fn start(&self, shorter: Option<Duration>) {
        let now = Instant::now();
        let allowed = self.limits.time(Limit::Timeout);
        let timeout = shorter.map_or(allowed, |shorter| shorter.min(allowed));
        *self.run() = CommandRun::new(RunState::Running, timeout, now);
        self.ticks.store(0, Ordering::Relaxed);
        self.watching.store(false, Ordering::Relaxed);
        self.throttle.start();
        self.poll_after(now);
    }

    /// Ends the watch; answers whether the command had been given up.
    pub(crate) fn finish(&self) -> bool {
        let mut run = self.run();
        let abandoned = run.state == RunState::Abandoned;
        run.state = RunState::Idle;
        abandoned
    }

    /// Gives the running command up if it has not ended long after it was told to; answers why it was told so.
    ///
    /// From then on what it does is nobody's business: it is told to stop wherever it looks, and nothing of it is sent.
    pub(crate) fn abandon(&self) -> Option<StopReason> {
        let now = Instant::now();
        let mut run = self.run();
        if run.state != RunState::Running {
            return None;
        }
        let silent = self.micros_at(now).saturating_sub(self.next_poll.load(Ordering::Relaxed));
        if run.stop.is_none() && Duration::from_micros(silent) > SILENCE_TIMEOUT {
            self.poll(&mut run, now);
        }
        match run.stop {
            Some((stop, since)) if now - since > STOP_GRACE_PERIOD => {
                run.state = RunState::Abandoned;
                Some(stop)
            }
            _ => None,
        }
    }

    /// The time of the running command begins anew, with `more` of it; unless its client may be gone, which would never end it.
    pub(crate) fn extend(&self, more: Duration) {
        if self.client.may_be_disconnected() {
            return;
        }
        let mut run = self.run();
        run.started = Instant::now();
        run.timeout = self.limits.time(Limit::Timeout).saturating_add(more);
    }

    /// From here on it is for the client to end the command, or no more; answers whether it was before.
    pub(crate) fn set_watching(&self, watching: bool) -> bool {
        self.watching.swap(watching, Ordering::Relaxed)
    }

    /// Whether the command has ended as it was meant to: by the client.
    pub(crate) fn has_ended_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed) && self.stopped() == Some(StopReason::Cancelled)
    }

    /// Whether the command was given up.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.run().state == RunState::Abandoned
    }

    /// Whether a command is running.
    pub(crate) fn is_running(&self) -> bool {
        self.run().state == RunState::Running
    }

    /// A running command has a new timeout.
    pub(crate) fn apply_new_timeout(&self) {
        self.run().timeout = self.limits.time(Limit::Timeout);
    }

    /// Counts one step; answers whether the command must stop.
    #[inline]
    pub(crate) fn tick(&self) -> Option<StopReason> {
        let ticks = self.ticks.load(Ordering::Relaxed).wrapping_add(1);
        self.ticks.store(ticks, Ordering::Relaxed);
        if ticks.is_multiple_of(TICKS_PER_CHECK) { self.check_and_throttle() } else { None }
    }

    /// Looks at the clock and the client, and rests if that is due.
    #[cold]
    fn check_and_throttle(&self) -> Option<StopReason> {
        if !self.is_due(Instant::now()) {
            return None;
        }
        // No lock is held between two steps of a script, so here is where it can rest.
        self.check().or_else(|| self.sleep(self.throttle.pause()).err())
    }

    /// Looks at the clock, and asks the client if it is time to; for whoever waits.
    pub(crate) fn check(&self) -> Option<StopReason> {
        let now = Instant::now();
        if !self.is_due(now) {
            return None;
        }
        self.poll_after(now);
        let mut run = self.run();
        if run.stop.is_none() {
            self.poll(&mut run, now);
        }
        if run.stop.is_some() {
            // From here on every look must answer at once.
            self.next_poll.store(0, Ordering::Relaxed);
        }
        run.stop.map(|(stop, _)| stop)
    }

    /// Finds out whether the command must end.
    fn poll(&self, run: &mut CommandRun, now: Instant) {
        let stop = if now - run.started >= run.timeout {
            if self.throttle.has_throttled() {
                run.stop_hint.get_or_insert(THROTTLED_HINT);
            }
            Some(StopReason::Timeout(run.timeout))
        } else {
            self.client.poll().or_else(|| self.exceeds_memory(run))
        };
        run.stop = stop.map(|stop| (stop, now));
    }

    /// Whether the process has grown too much. A command that is over before the first look is too short to matter.
    fn exceeds_memory(&self, run: &mut CommandRun) -> Option<StopReason> {
        let limit = self.limits.count(Limit::Memory);
        let resident = process_memory::resident_bytes()?;
        let before = *run.resident.get_or_insert(resident);
        let grown = usize::try_from(resident.saturating_sub(before)).unwrap_or(usize::MAX);
        (grown > limit).then_some(StopReason::Memory(limit))
    }

    /// Microseconds from the monitor's beginning to `now`.
    fn micros_at(&self, now: Instant) -> u64 {
        u64::try_from((now - self.origin).as_micros()).unwrap_or(u64::MAX)
    }

    /// Passes output of the running command on to the client, until it is all sent or the command must stop.
    pub(crate) fn write(&self, text: &str) -> Result<(), StopReason> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if self.run().state == RunState::Abandoned {
                return Err(StopReason::Shutdown);
            }
            match self.client.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(stop) => {
                    self.stop(stop);
                    return Err(stop);
                }
            }
            if let Some(stop) = self.check() {
                return Err(stop);
            }
        }
        Ok(())
    }

    /// Tells the client something about the running command, once.
    pub(crate) fn send_note(&self, note: &str) {
        let mut run = self.run();
        if run.notes.iter().any(|known| known == note) || run.notes.len() >= MAX_NOTES {
            return;
        }
        run.notes.push(note.to_owned());
        drop(run);
        // A client that is gone stops the command at its next step.
        let _ = self.write(&format!("note: {note}\n"));
    }

    /// Tells the client that it has been shown what a panic has left behind, if it has.
    pub(crate) fn report_poison(&self) {
        if self.poison.load(Ordering::Relaxed) && self.poison.swap(false, Ordering::Relaxed) {
            self.send_note("<poisoned>: a thread of the program panicked while it held a lock on the way");
        }
    }

    /// Stops the command at its next step.
    pub(crate) fn stop(&self, stop: StopReason) {
        self.run().stop.get_or_insert((stop, Instant::now()));
        self.next_poll.store(0, Ordering::Relaxed);
    }

    /// Adds why the command did not come to its end before it was stopped.
    pub(crate) fn set_stop_hint(&self, hint: &'static str) {
        self.run().stop_hint = Some(hint);
    }

    /// Why the command did not come to its end before it was stopped, where that is known.
    pub(crate) fn stop_hint(&self) -> Option<&'static str> {
        self.run().stop_hint
    }

    /// Why the command was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<StopReason> {
        self.run().stop.map(|(stop, _)| stop)
    }

    /// Waits, in slices short enough to be stopped in.
    pub(crate) fn sleep(&self, time: Duration) -> Result<(), StopReason> {
        const MAX_SLICE: Duration = Duration::from_millis(2);
        /// A year, which is longer than any command, and can be added to any time.
        const MAX_SLEEP: Duration = Duration::from_secs(365 * 24 * 3_600);
        let end = Instant::now() + time.min(MAX_SLEEP);
        loop {
            if let Some(stop) = self.check() {
                return Err(stop);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(MAX_SLICE));
        }
    }

    /// Whether it is time to ask the client.
    fn is_due(&self, now: Instant) -> bool {
        self.micros_at(now) >= self.next_poll.load(Ordering::Relaxed)
    }

    fn poll_after(&self, now: Instant) {
        self.next_poll.store(self.micros_at(now + POLL_INTERVAL), Ordering::Relaxed);
    }

    fn run(&self) -> MutexGuard<'_, CommandRun> {
        // Nothing panics while it is held.
        self.run.lock_ignoring_poison()
    }
}

impl Cancellation for Watchdog {
    fn is_cancelled(&self) -> bool {
        self.check().is_some()
    }

    fn notice_poison(&self) {
        self.poison.store(true, Ordering::Relaxed);
    }
}
