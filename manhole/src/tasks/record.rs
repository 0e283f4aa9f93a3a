//! What a task and the console share.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use crate::reflect::SharedMap;
use crate::sync::LockIgnoringPoison;

/// The tasks that have not ended, by name.
pub(super) static TASKS: SharedMap<String, TaskRecord> = SharedMap::new();

/// A task that has not ended.
pub(super) struct TaskRecord {
    /// A number that no other task has had.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) place: &'static Location<'static>,
    started: Instant,
    /// The [`State`] in the lowest two bits, and above it the nanoseconds from the start of the task to the start of the state.
    state: AtomicU64,
    polls: AtomicU64,
    wakes: AtomicU64,
    /// In nanoseconds, as of the last poll that has ended.
    busy: AtomicU64,
    longest_poll: AtomicU64,
    is_aborted: AtomicBool,
    has_ended: AtomicBool,
    /// Wakes the task that polls this future.
    waker: Mutex<Option<Waker>>,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It waits until it is woken.
    Idle,
    /// It waits for a thread of its executor.
    Woken,
    /// It is polled.
    Running,
    /// It is polled, and has been woken since the poll began.
    RunningWoken,
}

impl State {
    const BITS: u32 = 2;

    const fn of(packed: u64) -> Self {
        match packed & 0b11 {
            0 => Self::Idle,
            1 => Self::Woken,
            2 => Self::Running,
            _ => Self::RunningWoken,
        }
    }

    const fn at(self, nanos: u64) -> u64 {
        nanos << Self::BITS | self as u64
    }
}

impl TaskRecord {
    pub(super) fn new(name: String, place: &'static Location<'static>) -> Self {
        /// The number of the last task.
        static LAST_ID: AtomicU64 = AtomicU64::new(0);

        Self {
            id: LAST_ID.fetch_add(1, Ordering::Relaxed) + 1,
            name,
            place,
            started: Instant::now(),
            state: AtomicU64::new(State::Woken.at(0)),
            polls: AtomicU64::new(0),
            wakes: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            longest_poll: AtomicU64::new(0),
            is_aborted: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            waker: Mutex::new(None),
        }
    }

    fn now(&self) -> u64 {
        // More than a hundred years of nanoseconds have room beside the state.
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Begins a poll by the task that `waker` wakes.
    pub(super) fn begin_poll(&self, waker: &Waker) {
        let before = {
            let mut known = self.waker.lock_ignoring_poison();
            let is_same = known.as_ref().is_some_and(|known| known.will_wake(waker));
            if is_same { None } else { known.replace(waker.clone()) }
        };
        // Without the lock: it may be the last one of a task, which is then dropped.
        drop(before);
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.state.store(State::Running.at(self.now()), Ordering::Relaxed);
    }

    /// Ends a poll.
    pub(super) fn end_poll(&self) {
        let now = self.now();
        let begun = self.state.load(Ordering::Relaxed) >> State::BITS;
        let ended = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let is_woken = State::of(packed) == State::RunningWoken;
            Some(if is_woken { State::Woken } else { State::Idle }.at(now))
        });
        debug_assert!(ended.is_ok(), "it is always updated");
        let took = now.saturating_sub(begun);
        self.busy.fetch_add(took, Ordering::Relaxed);
        self.longest_poll.fetch_max(took, Ordering::Relaxed);
    }

    /// Forgets what wakes it.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        let waker = self.waker.lock_ignoring_poison().take();
        drop(waker);
    }

    /// Makes the task end at its next poll, and wakes it. Returns whether it had not ended.
    pub(super) fn abort(&self) -> bool {
        if self.has_ended.load(Ordering::Relaxed) {
            return false;
        }
        self.is_aborted.store(true, Ordering::Release);
        self.wake_task();
        true
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Acquire)
    }

    fn wake_task(&self) {
        let waker = self.waker.lock_ignoring_poison().clone();
        // Without the lock: it may poll at once.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns what it does, and for how long it has done that.
    pub(super) fn state(&self) -> (State, Duration) {
        let packed = self.state.load(Ordering::Relaxed);
        let since = packed >> State::BITS;
        (State::of(packed), Duration::from_nanos(self.now().saturating_sub(since)))
    }

    pub(super) fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    pub(super) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::Relaxed)
    }

    /// Returns how long its polls took, with the one that runs.
    pub(super) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed)) + self.running_for()
    }

    /// Returns how long its longest poll took, or the one that runs.
    pub(super) fn longest_poll(&self) -> Duration {
        Duration::from_nanos(self.longest_poll.load(Ordering::Relaxed)).max(self.running_for())
    }

    fn running_for(&self) -> Duration {
        match self.state() {
            (State::Running | State::RunningWoken, since) => since,
            (State::Idle | State::Woken, _) => Duration::ZERO,
        }
    }
}

/// What the future gets as its waker: counts, and wakes the task.
impl Wake for TaskRecord {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        // One that is woken already stays as it is.
        let _ =
            self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| match State::of(packed) {
                State::Idle => Some(State::Woken.at(self.now())),
                State::Running => Some(State::RunningWoken.at(packed >> State::BITS)),
                State::Woken | State::RunningWoken => None,
            });
        self.wake_task();
    }
}
