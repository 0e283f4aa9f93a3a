//! Watches a running command and stops it: at its deadline, when the client says so, and when the client is gone.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::reflect::Interrupt;

/// Who typed the command and reads its output.
pub(crate) trait Client: Send + Sync {
    /// Sends the beginning of `bytes` and answers how much that was. If the client takes nothing now, waits for it a few
    /// milliseconds at most and may answer 0.
    ///
    /// # Errors
    ///
    /// If the client cannot be reached any more.
    fn send(&self, bytes: &[u8]) -> Result<usize, Stop>;

    /// Whether the running command is to be stopped. Asked every few milliseconds while one runs.
    fn poll(&self) -> Option<Stop>;
}

/// Why a command was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Stop {
    /// It ran longer than it may.
    Timeout(Duration),
    /// The client asked for it.
    Interrupted,
    /// The client is gone.
    HangUp,
    /// The manhole is shutting down.
    Shutdown,
    /// It asked for the end of its session.
    Exit,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(limit) => write!(f, "stopped: the command ran longer than {limit:?}"),
            Self::Interrupted => f.write_str("stopped: interrupted"),
            Self::HangUp => f.write_str("stopped: the client is gone"),
            Self::Exit => f.write_str("stopped: the session is over"),
            Self::Shutdown => f.write_str("stopped: the manhole is shutting down"),
        }
    }
}

/// The watch over one session's commands.
///
/// [`tick`](Monitor::tick) runs at every step of a script, so it only counts; every few steps it looks at the clock, and every
/// few milliseconds it asks the client. Once tripped it stays tripped until the next command: an engine may swallow the first
/// stop, as sorting with a script's comparison does.
pub(super) struct Monitor {
    ticks: AtomicU32,
    /// Microseconds from `origin` to the next time the client is asked.
    next_poll: AtomicU64,
    origin: Instant,
    run: Mutex<Run>,
    /// Whether the way has led through a lock that a panic has poisoned.
    poison: AtomicBool,
    client: std::sync::Arc<dyn Client>,
}

/// The command that runs.
struct Run {
    deadline: Instant,
    timeout: Duration,
    stop: Option<Stop>,
    /// What the client has been told.
    notes: Vec<String>,
    /// What to say of the end of the command.
    remark: Option<&'static str>,
}

/// How many steps pass between two looks at the clock. A step may be a call that takes a millisecond, so these are few.
const TICKS_PER_LOOK: u32 = 16;
/// How many different notes a command may cause.
const MOST_NOTES: usize = 16;
/// How often the client is asked.
const POLL_EVERY: Duration = Duration::from_millis(2);

impl Monitor {
    pub(super) fn new(client: std::sync::Arc<dyn Client>) -> Self {
        let origin = Instant::now();
        let run =
            Run { deadline: origin, timeout: Duration::ZERO, stop: None, notes: Vec::new(), remark: None };
        Self {
            ticks: AtomicU32::new(0),
            next_poll: AtomicU64::new(0),
            origin,
            run: Mutex::new(run),
            poison: AtomicBool::new(false),
            client,
        }
    }

    /// Starts the watch over the next command.
    pub(super) fn start(&self, timeout: Duration) {
        let now = Instant::now();
        *self.run() = Run { deadline: now + timeout, timeout, stop: None, notes: Vec::new(), remark: None };
        self.ticks.store(0, Ordering::Relaxed);
        self.poll_after(now);
    }

    /// Counts one step; answers whether the command must stop.
    pub(super) fn tick(&self) -> Option<Stop> {
        let ticks = self.ticks.load(Ordering::Relaxed).wrapping_add(1);
        self.ticks.store(ticks, Ordering::Relaxed);
        if ticks == u32::MAX || ticks.is_multiple_of(TICKS_PER_LOOK) { self.look() } else { None }
    }

    /// Looks at the clock, and asks the client if it is time to; for whoever waits.
    pub(super) fn look(&self) -> Option<Stop> {
        let now = Instant::now();
        let since = u64::try_from((now - self.origin).as_micros()).unwrap_or(u64::MAX);
        if since < self.next_poll.load(Ordering::Relaxed) {
            return None;
        }
        self.poll_after(now);
        let mut run = self.run();
        if run.stop.is_none() {
            run.stop =
                if now >= run.deadline { Some(Stop::Timeout(run.timeout)) } else { self.client.poll() };
        }
        if run.stop.is_some() {
            // From here on every look must answer at once.
            self.next_poll.store(0, Ordering::Relaxed);
        }
        run.stop
    }

    /// Passes output of the running command on to the client, until it is all sent or the command must stop.
    pub(super) fn write(&self, text: &str) -> Result<(), Stop> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match self.client.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(stop) => {
                    self.stop(stop);
                    return Err(stop);
                }
            }
            if let Some(stop) = self.look() {
                return Err(stop);
            }
        }
        Ok(())
    }

    /// Tells the client something about the running command, once.
    pub(super) fn note(&self, note: &str) {
        let mut run = self.run();
        if run.notes.iter().any(|known| known == note) || run.notes.len() >= MOST_NOTES {
            return;
        }
        run.notes.push(note.to_owned());
        drop(run);
        // A client that is gone stops the command at its next step.
        let _ = self.write(&format!("note: {note}\n"));
    }

    /// Tells the client that it has been shown what a panic has left behind, if it has.
    pub(super) fn tell_of_poison(&self) {
        if self.poison.load(Ordering::Relaxed) && self.poison.swap(false, Ordering::Relaxed) {
            self.note("<poisoned>: a thread of the program panicked while it held a lock on the way");
        }
    }

    /// Stops the command at its next step.
    pub(super) fn stop(&self, stop: Stop) {
        self.run().stop.get_or_insert(stop);
        self.next_poll.store(0, Ordering::Relaxed);
    }

    /// Adds why the command did not come to its end before it was stopped.
    pub(super) fn remark(&self, remark: &'static str) {
        self.run().remark = Some(remark);
    }

    /// Why the command did not come to its end before it was stopped, where that is known.
    pub(super) fn remarked(&self) -> Option<&'static str> {
        self.run().remark
    }

    /// Why the command was stopped, if it was.
    pub(super) fn stopped(&self) -> Option<Stop> {
        self.run().stop
    }

    /// Waits, in slices short enough to be stopped in.
    pub(super) fn sleep(&self, time: Duration) -> Result<(), Stop> {
        const SLICE: Duration = Duration::from_millis(5);
        let end = Instant::now() + time;
        loop {
            if let Some(stop) = self.look() {
                return Err(stop);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    fn poll_after(&self, now: Instant) {
        let next = u64::try_from((now - self.origin + POLL_EVERY).as_micros()).unwrap_or(u64::MAX);
        self.next_poll.store(next, Ordering::Relaxed);
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        // Nothing panics while it is held.
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interrupt for Monitor {
    fn interrupted(&self) -> bool {
        self.look().is_some()
    }

    fn notice_poison(&self) {
        self.poison.store(true, Ordering::Relaxed);
    }
}
