//! Locks a mutex without poison: a panic on one thread must not stop the others. Uses the standard library alone.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose data stays valid wherever a panic interrupts it.
pub trait LockIgnoringPoison<T> {
    /// Locks the mutex, even if a thread has panicked while it held the lock.
    fn lock_ignoring_poison(&self) -> MutexGuard<'_, T>;
}

impl<T> LockIgnoringPoison<T> for Mutex<T> {
    fn lock_ignoring_poison(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
