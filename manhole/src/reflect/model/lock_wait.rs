//! Waits for locks, with a timeout.

use std::time::{Duration, Instant};

/// The longest sleep between two attempts.
const MAX_PAUSE: Duration = Duration::from_millis(1);

/// The error of opening a lock.
///
/// ```
/// use manhole::reflect::{Lockable, LockError, AccessMode, LockWait};
///
/// let lock = std::sync::Mutex::new(7_u32);
/// let held = lock.lock().unwrap();
/// assert_eq!(lock.open(AccessMode::Read, &LockWait::none(), &mut |_| {}), Err(LockError::Locked));
/// # drop(held);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockError {
    /// Another thread held the lock until the timeout.
    Locked,
    /// The command was stopped while it waited.
    Cancelled,
    /// No value is inside. The text completes "the lock …".
    Empty(&'static str),
    /// The value inside can only be written as a whole.
    Whole,
}

/// The text of [`LockError::Empty`] for a cell that is an option: `OnceCell`, `OnceLock`.
pub(crate) const NOT_SET: &str = "is not set yet";

/// The text of [`LockError::Empty`] for a weak pointer, which is an option.
pub(crate) const GONE: &str = "is gone";

/// Reports whether the waiting command was stopped.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use std::time::Duration;
///
/// use manhole::reflect::{LockError, Cancellation, LockWait};
///
/// struct CtrlC(AtomicBool);
///
/// impl Cancellation for CtrlC {
///     fn is_cancelled(&self) -> bool {
///         self.0.load(Ordering::Relaxed)
///     }
/// }
///
/// let pressed = CtrlC(AtomicBool::new(true));
/// let wait = LockWait::new(Duration::from_secs(60), &pressed);
/// assert_eq!(wait.wait_for(|| None::<()>), Err(LockError::Cancelled));
/// ```
pub trait Cancellation: Sync {
    /// Returns whether to stop waiting.
    fn is_cancelled(&self) -> bool;

    /// Records that a walk passes a poisoned lock. Does nothing by default.
    fn report_poison(&self) {}
}

/// How long to wait for a lock.
///
/// No wait is without a timeout: the application's own threads take precedence.
///
/// ```
/// use manhole::reflect::LockWait;
///
/// let lock = std::sync::Mutex::new(7);
/// let wait = LockWait::none();
/// assert_eq!(*wait.wait_for(|| lock.try_lock().ok()).unwrap(), 7);
/// ```
#[derive(Clone, Copy)]
pub struct LockWait<'a> {
    timeout: Duration,
    cancellation: Option<&'a dyn Cancellation>,
}

impl<'a> LockWait<'a> {
    /// Waits up to `timeout`, or until `cancellation` stops the wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use manhole::reflect::{LockError, Cancellation, LockWait};
    ///
    /// struct Never;
    ///
    /// impl Cancellation for Never {
    ///     fn is_cancelled(&self) -> bool {
    ///         false
    ///     }
    /// }
    ///
    /// let lock = std::sync::Mutex::new(7);
    /// let held = lock.lock().unwrap();
    /// let wait = LockWait::new(Duration::from_millis(5), &Never);
    /// assert_eq!(wait.wait_for(|| lock.try_lock().ok()).err(), Some(LockError::Locked));
    /// # drop(held);
    /// ```
    #[must_use]
    pub const fn new(timeout: Duration, cancellation: &'a dyn Cancellation) -> Self {
        Self { timeout, cancellation: Some(cancellation) }
    }

    /// Tries once and does not wait.
    ///
    /// ```
    /// use manhole::reflect::{LockError, LockWait};
    ///
    /// assert_eq!(LockWait::none().wait_for(|| None::<()>), Err(LockError::Locked));
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self { timeout: Duration::ZERO, cancellation: None }
    }

    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the wait with another timeout.
    pub(crate) const fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Returns whether the command was stopped.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancellation.is_some_and(Cancellation::is_cancelled)
    }

    /// Shortens the wait for a lock inside another one, which blocks other threads, to at most 50 µs. A single try
    /// would never succeed on a lock that is released only for moments.
    pub(crate) fn inside_lock(self) -> Self {
        const SHORT: Duration = Duration::from_micros(50);
        self.with_timeout(self.timeout.min(SHORT))
    }

    /// Retries `attempt` until it succeeds, and passes it the wait that is left. Holds nothing between two attempts.
    ///
    /// # Errors
    ///
    /// As for [`wait_for`](LockWait::wait_for).
    pub(crate) fn retry<R>(&self, mut attempt: impl FnMut(&Self) -> Option<R>) -> Result<R, LockError> {
        let end = Instant::now() + self.timeout;
        let mut pause = Duration::from_micros(20);
        loop {
            let left = self.pause(&mut pause, end)?;
            if let Some(result) = attempt(&Self { timeout: left, ..*self }) {
                return Ok(result);
            }
        }
    }

    /// Sleeps for `pause`, and doubles it. Returns the time left until `end`.
    fn pause(&self, pause: &mut Duration, end: Instant) -> Result<Duration, LockError> {
        if self.is_cancelled() {
            return Err(LockError::Cancelled);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(LockError::Locked);
        }
        std::thread::sleep((*pause).min(left));
        *pause = (*pause * 2).min(MAX_PAUSE);
        Ok(left)
    }

    /// Reports that the walk passes a poisoned lock.
    pub(crate) fn report_poison(&self) {
        if let Some(cancellation) = self.cancellation {
            cancellation.report_poison();
        }
    }

    /// Retries `attempt` until it returns a guard.
    ///
    /// Polls, since not all locks offer a timeout and none can be cancelled. The first attempts follow each other without a
    /// sleep, as most locks are held for less than a microsecond; then the sleeps grow to one millisecond. Each attempt is
    /// a burst of tries, which grows too: a thread that takes a lock again right after releasing it leaves gaps that a
    /// single try never meets.
    ///
    /// ```
    /// use manhole::reflect::LockWait;
    ///
    /// let lock = std::sync::RwLock::new(vec![1, 2, 3]);
    /// let len = LockWait::none().wait_for(|| lock.try_read().ok()).map(|list| list.len());
    /// assert_eq!(len, Ok(3));
    /// ```
    ///
    /// # Errors
    ///
    /// [`LockError::Locked`] after the timeout, [`LockError::Cancelled`] if the command is stopped.
    pub fn wait_for<G>(&self, mut attempt: impl FnMut() -> Option<G>) -> Result<G, LockError> {
        const MAX_SPINS: u32 = 1_024;

        if let Some(guard) = attempt() {
            return Ok(guard);
        }
        if self.timeout.is_zero() {
            return Err(LockError::Locked);
        }
        let end = Instant::now() + self.timeout;
        let (mut tries, mut pause) = (64, Duration::from_micros(20));
        loop {
            for _ in 0..tries {
                std::hint::spin_loop();
                if let Some(guard) = attempt() {
                    return Ok(guard);
                }
            }
            self.pause(&mut pause, end)?;
            tries = (tries * 2).min(MAX_SPINS);
        }
    }
}
