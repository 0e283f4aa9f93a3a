//! How long a walk may wait for a lock.

use std::time::{Duration, Instant};

use super::{GuardError, Level};

/// Says whether the command that waits has been stopped.
pub trait Interrupt: Sync {
    /// Whether waiting must end now.
    fn interrupted(&self) -> bool;

    /// Told when the way leads through a lock that a panic has poisoned.
    fn notice_poison(&self) {}
}

/// How long to wait for a lock, and what ends the wait early.
///
/// Nothing here ever waits without a limit: an application's lock is the application's first.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    limit: Duration,
    /// How far the walk may go.
    level: Level,
    interrupt: Option<&'a dyn Interrupt>,
}

impl<'a> Patience<'a> {
    /// Waits up to `limit`, or until `interrupt` says so.
    #[must_use]
    pub const fn new(limit: Duration, interrupt: &'a dyn Interrupt) -> Self {
        Self { limit, level: Level::Admin, interrupt: Some(interrupt) }
    }

    /// Tries once and does not wait.
    #[must_use]
    pub const fn none() -> Self {
        Self { limit: Duration::ZERO, level: Level::Admin, interrupt: None }
    }

    /// The same for a walk that may go as far as `level`.
    #[must_use]
    pub const fn at_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// How far the walk may go.
    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// Says that the way leads through a lock that a panic has poisoned.
    pub(super) fn notice_poison(&self) {
        if let Some(interrupt) = self.interrupt {
            interrupt.notice_poison();
        }
    }

    /// Tries until `attempt` gives a guard.
    ///
    /// Locks differ in what they offer for waiting with a limit, and none can be interrupted, so this polls: at first without
    /// sleeping, since most locks are held for less than a microsecond, then in steps that grow to one millisecond. Each time it
    /// tries often in a row, and more often the longer it has waited: a thread that takes a lock again as soon as it has released
    /// it leaves gaps that a single try never meets.
    ///
    /// # Errors
    ///
    /// [`GuardError::Locked`] at the limit, [`GuardError::Interrupted`] when the command is stopped.
    pub fn wait_for<G>(&self, mut attempt: impl FnMut() -> Option<G>) -> Result<G, GuardError> {
        const LONGEST_PAUSE: Duration = Duration::from_millis(1);
        const MOST_TRIES: u32 = 1_024;

        if let Some(guard) = attempt() {
            return Ok(guard);
        }
        if self.limit.is_zero() {
            return Err(GuardError::Locked);
        }
        let end = Instant::now() + self.limit;
        let (mut tries, mut pause) = (64, Duration::from_micros(20));
        loop {
            for _ in 0..tries {
                std::hint::spin_loop();
                if let Some(guard) = attempt() {
                    return Ok(guard);
                }
            }
            if self.interrupt.is_some_and(Interrupt::interrupted) {
                return Err(GuardError::Interrupted);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(GuardError::Locked);
            }
            std::thread::sleep(pause.min(left));
            (tries, pause) = ((tries * 2).min(MOST_TRIES), (pause * 2).min(LONGEST_PAUSE));
        }
    }
}
