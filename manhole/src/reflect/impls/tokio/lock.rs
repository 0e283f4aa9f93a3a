//! Tokio's locks, and cells that are filled once. A walk only tries them, so it never takes the turn of a waiting task.

use tokio::sync::{
    Barrier, Mutex, Notify, OnceCell, OwnedSemaphorePermit, RwLock, Semaphore, SemaphorePermit,
    TryAcquireError,
};

use super::newer_tokio::IfKnown;
#[allow(unused_imports, reason = "tokio may have their methods itself")]
use super::newer_tokio::{NewerOwnedPermit as _, NewerPermit as _};

use crate::reflect::impls::computed_fields::{computed_fields, opaque};
use crate::reflect::impls::lock_macros::{mutex, once, rw_lock};
use crate::reflect::model::{
    AccessMode, Around, AroundKind, InnerBorrow, LockError, LockWait, Lockable, Manhole, NOT_SET,
    ValueBorrow, ValueVisitor,
};

mutex!([] Mutex<T>, |this| this.try_lock().ok());
rw_lock!([] RwLock<T>, |this| this.try_read().ok(), this.try_write().ok());
once!([T: Manhole] OnceCell<T>, "OnceCell", NOT_SET, |this| this.get(), this.get_mut());

computed_fields!([] Semaphore, "Semaphore", "", |this| {
    available_permits: usize = this.available_permits(), "The number of free permits.";
    closed: bool = this.is_closed(), "Whether the semaphore is closed.";
}, {
    add_permits(count: usize) -> Result<(), String> = {
        // `Semaphore::add_permits` panics above this.
        let left = Semaphore::MAX_PERMITS.saturating_sub(this.available_permits());
        if count <= left {
            this.add_permits(count);
            Ok(())
        } else {
            Err(format!("a semaphore has at most {} permits", Semaphore::MAX_PERMITS))
        }
    }, "Adds permits.";
    forget_permits(count: usize) -> usize = forget(this, count), "Takes free permits away, and returns how many.";
    close() = this.close(), "Closes it: a task that waits for a permit gets an error.";
});

computed_fields!(['a] SemaphorePermit<'a>, "SemaphorePermit", "", |this| {
    permits: IfKnown<usize> = this.num_permits().into(), "The number of permits that it holds.";
});

computed_fields!([] OwnedSemaphorePermit, "OwnedSemaphorePermit", "", |this| {
    permits: IfKnown<usize> = this.num_permits().into(), "The number of permits that it holds.";
});

computed_fields!([] Notify, "Notify", "", |this| {}, {
    notify_one() = this.notify_one(), "Wakes one task that waits, or the next one that will.";
    notify_waiters() = this.notify_waiters(), "Wakes all tasks that wait.";
});

opaque! {
    [] Barrier, "Barrier";
}

/// `Semaphore::forget_permits`, which only newer versions of tokio have.
fn forget(semaphore: &Semaphore, count: usize) -> usize {
    loop {
        let count = u32::try_from(count.min(semaphore.available_permits())).unwrap_or(u32::MAX);
        match semaphore.try_acquire_many(count) {
            Ok(permits) => {
                permits.forget();
                return count as usize;
            }
            Err(TryAcquireError::Closed) => return 0,
            // A task took some in between.
            Err(TryAcquireError::NoPermits) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::Value;
    use crate::reflect::ops::shown;
    use crate::reflect::walk::Target;

    #[test]
    fn a_lock_held_by_a_task_is_not_waited_for() {
        let pair = (Mutex::new(1_u8), RwLock::new(2_u8));
        assert_eq!(shown(&pair), "(1, 2)");
        let (locked, reading) = (pair.0.try_lock().unwrap(), pair.1.try_read().unwrap());
        assert_eq!(shown(&pair), "(<locked>, 2)");
        let result = Target::new("lock", &pair.1).write(&Value::from(3));
        assert_eq!(result.unwrap_err().to_string(), "cannot lock lock: the application holds the lock");
        drop((locked, reading));
        let result = Target::new("lock", &pair.1).write(&Value::from(3));
        assert_eq!((result, shown(&pair)), (Ok(()), "(1, 3)".to_owned()));
    }

    #[test]
    fn reading_an_empty_cell_does_not_fill_it() {
        let pair = (OnceCell::<u8>::new(), Semaphore::new(2));
        let permit = pair.1.try_acquire().unwrap();
        assert_eq!(shown(&pair), "(<is not set yet>, Semaphore { available_permits: 1, closed: false })");
        drop(permit);
        pair.0.set(5).unwrap();
        pair.1.close();
        assert_eq!(shown(&pair), "(5, Semaphore { available_permits: 2, closed: true })");
        assert_eq!(shown(&(Notify::new(), Barrier::new(1))), "(Notify, Barrier)");
    }
}
