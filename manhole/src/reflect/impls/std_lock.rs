//! Locks of the standard library, and cells that are filled once.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{LazyLock, Mutex, OnceLock, RwLock, TryLockError, TryLockResult};

use super::lazy_lock;
use super::lock_macros::{lockable, once};
use crate::reflect::model::{
    AccessMode, Around, AroundKind, InnerBorrow, LockError, LockWait, Lockable, Manhole, NOT_SET,
    ValueBorrow, ValueVisitor,
};

/// Returns a guard, poisoned or not; `None` while another thread holds the lock. A poisoned lock means that a thread has
/// panicked, and that is when the value is of interest.
fn unless_blocked<G>(result: TryLockResult<G>) -> Option<G> {
    match result {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Runs `work`, and releases the lock before a panic continues: a panic in the console must not poison the application's
/// lock.
fn without_poison<G>(guard: G, work: impl FnOnce(&mut G)) {
    let mut guard = guard;
    let result = catch_unwind(AssertUnwindSafe(|| work(&mut guard)));
    drop(guard);
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

lockable!([] Mutex<T>, "Mutex", |this| this.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()));

impl<T> Around for Mutex<T> {
    type Inner = T;

    const KIND: AroundKind = AroundKind::Exclusive;

    fn open_around(
        &self,
        _mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(InnerBorrow<'_, T>),
    ) -> Result<(), LockError> {
        let guard = wait.wait_for(|| unless_blocked(self.try_lock()))?;
        without_poison(guard, |guard| then(InnerBorrow::Exclusive(&mut **guard)));
        Ok(())
    }

    fn has_poison(&self) -> bool {
        self.is_poisoned()
    }
}

lockable!([] RwLock<T>, "RwLock", |this| this.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()));

impl<T> Around for RwLock<T> {
    type Inner = T;

    const KIND: AroundKind = AroundKind::Readers;

    fn open_around(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(InnerBorrow<'_, T>),
    ) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => {
                let guard = wait.wait_for(|| unless_blocked(self.try_read()))?;
                without_poison(guard, |guard| then(InnerBorrow::Shared(&**guard)));
            }
            AccessMode::Write => {
                let guard = wait.wait_for(|| unless_blocked(self.try_write()))?;
                without_poison(guard, |guard| then(InnerBorrow::Exclusive(&mut **guard)));
            }
        }
        Ok(())
    }

    fn has_poison(&self) -> bool {
        self.is_poisoned()
    }
}

once!([T: Manhole] OnceLock<T>, "OnceLock", NOT_SET, |this| this.get(), this.get_mut());
// A read must not run the initialization.
once!([T: Manhole, F: FnOnce() -> T] LazyLock<T, F>, "LazyLock", lazy_lock::why_empty(), |this| lazy_lock::get(this));
