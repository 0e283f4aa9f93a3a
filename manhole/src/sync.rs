//! Locking without poison: a panic elsewhere must not take the console away. Uses nothing of this crate.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose data stays valid wherever a panic interrupts it.
pub(crate) trait LockIgnoringPoison<T> {
    /// Locks the mutex, whether or not a thread has panicked while it held the lock.
    fn lock_ignoring_poison(&self) -> MutexGuard<'_, T>;
}

impl<T> LockIgnoringPoison<T> for Mutex<T> {
    fn lock_ignoring_poison(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the queue of visits is made of. The test `loom` compiles the queue with others, which try all orders of the threads.
pub(crate) mod primitives {
    pub(crate) use std::sync::Mutex;
    pub(crate) use std::sync::atomic::AtomicBool;
    pub(crate) use std::time::Instant;
}
