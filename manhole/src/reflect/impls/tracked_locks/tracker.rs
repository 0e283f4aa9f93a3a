//! What a lock records of the threads that use it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{LockResult, Mutex, PoisonError, TryLockError, TryLockResult};
use std::thread::{self, Thread};
use std::time::Instant;

use crate::reflect::model::{LockUse, LockUses};
use crate::sync::LockIgnoringPoison;

/// The threads that use a lock.
#[derive(Default)]
pub(super) struct Tracker(Mutex<Uses>);

#[derive(Default)]
struct Uses {
    /// The number of the last use.
    last: u64,
    holders: Vec<Use>,
    waiting: Vec<Use>,
}

struct Use {
    number: u64,
    thread: Thread,
    place: &'static Location<'static>,
    since: Instant,
}

#[derive(Clone, Copy)]
enum Role {
    Holder,
    Waiting,
}

/// A use that is recorded until this is dropped.
pub(super) struct Recorded<'a> {
    tracker: &'a Tracker,
    role: Role,
    number: u64,
}

impl Tracker {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Uses { last: 0, holders: Vec::new(), waiting: Vec::new() }))
    }

    /// Takes the lock at once by `try_lock`, or waits by `lock`.
    pub(super) fn lock<G>(
        &self,
        place: &'static Location<'static>,
        try_lock: impl FnOnce() -> TryLockResult<G>,
        lock: impl FnOnce() -> LockResult<G>,
    ) -> LockResult<TrackedGuard<'_, G>> {
        let guard = match try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
            Err(TryLockError::WouldBlock) => {
                let _waiting = self.record(Role::Waiting, place);
                lock()
            }
        };
        match guard {
            Ok(guard) => Ok(self.held(guard, place)),
            Err(poisoned) => Err(PoisonError::new(self.held(poisoned.into_inner(), place))),
        }
    }

    /// Takes the lock by `try_lock`, if it can be had at once.
    pub(super) fn try_lock<G>(
        &self,
        place: &'static Location<'static>,
        try_lock: TryLockResult<G>,
    ) -> TryLockResult<TrackedGuard<'_, G>> {
        match try_lock {
            Ok(guard) => Ok(self.held(guard, place)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(PoisonError::new(self.held(poisoned.into_inner(), place)).into())
            }
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        }
    }

    fn held<G>(&self, guard: G, place: &'static Location<'static>) -> TrackedGuard<'_, G> {
        TrackedGuard { guard, _holder: self.record(Role::Holder, place) }
    }

    fn record(&self, role: Role, place: &'static Location<'static>) -> Recorded<'_> {
        let (thread, since) = (thread::current(), Instant::now());
        let mut uses = self.0.lock_ignoring_poison();
        uses.last += 1;
        let number = uses.last;
        uses.of(role).push(Use { number, thread, place, since });
        Recorded { tracker: self, role, number }
    }

    /// Returns the threads that use the lock now.
    pub(super) fn uses(&self) -> LockUses {
        let uses = self.0.lock_ignoring_poison();
        LockUses { holders: shown(&uses.holders), waiting: shown(&uses.waiting) }
    }
}

fn shown(uses: &[Use]) -> Vec<LockUse> {
    let shown = uses.iter().map(|of| {
        let name = of.thread.name().map_or_else(|| format!("{:?}", of.thread.id()), str::to_owned);
        LockUse::new(name, of.place, of.since)
    });
    shown.collect()
}

impl Uses {
    fn of(&mut self, role: Role) -> &mut Vec<Use> {
        match role {
            Role::Holder => &mut self.holders,
            Role::Waiting => &mut self.waiting,
        }
    }
}

impl Drop for Recorded<'_> {
    fn drop(&mut self) {
        let mut uses = self.tracker.0.lock_ignoring_poison();
        let uses = uses.of(self.role);
        if let Some(index) = uses.iter().position(|of| of.number == self.number) {
            uses.swap_remove(index);
        }
    }
}

/// The guard of a [`TrackedMutex`](crate::TrackedMutex) or [`TrackedRwLock`](crate::TrackedRwLock), which releases the lock when it is
/// dropped. `G` is the guard of the standard library.
///
/// ```
/// let lock = manhole::TrackedMutex::new(vec![1_u8]);
/// let mut guard = lock.lock().unwrap();
/// guard.push(2);
/// assert_eq!(guard.len(), 2);
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct TrackedGuard<'a, G> {
    // It is dropped first, so that the lock is not held for longer than without the record.
    guard: G,
    _holder: Recorded<'a>,
}

impl<G: Deref> Deref for TrackedGuard<'_, G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for TrackedGuard<'_, G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

impl<G: fmt::Debug> fmt::Debug for TrackedGuard<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guard.fmt(f)
    }
}
