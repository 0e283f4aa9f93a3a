//! Locks built on `lock_api`: those of `parking_lot`, `spin` and others, in both versions in use.

use super::lock_macros::{lock_type, mutex, rw_lock};
use crate::reflect::model::{
    AccessMode, Around, AroundKind, InnerBorrow, LockError, LockWait, Lockable, Manhole, ValueBorrow,
    ValueVisitor,
};

macro_rules! locks_of {
    ($lock_api:ident) => {
        const _: () = {
            use $lock_api::{GetThreadId, Mutex, RawMutex, RawRwLock, ReentrantMutex, RwLock};

    mutex!([R: RawMutex,] Mutex<R, T>, |this| this.try_lock());
    rw_lock!([R: RawRwLock,] RwLock<R, T>, |this| this.try_read(), this.try_write());
    lock_type!([R: RawMutex, G: GetThreadId, T: Manhole] ReentrantMutex<R, G, T>, "ReentrantMutex");

            impl<R: RawMutex, G: GetThreadId, T: Manhole> Lockable for ReentrantMutex<R, G, T> {
                fn open(
                    &self,
                    _mode: AccessMode,
                    wait: &LockWait<'_>,
                    then: ValueVisitor<'_>,
                ) -> Result<(), LockError> {
                    // A thread may hold it several times, so no thread has the value exclusively.
                    then(ValueBorrow::Shared(&*wait.wait_for(|| self.try_lock())?));
                    Ok(())
                }

                fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                    Some(self.get_mut())
                }
            }
        };
    };
}

#[cfg(feature = "parking_lot_012")]
locks_of!(lock_api_04);
#[cfg(feature = "parking_lot")]
locks_of!(lock_api_05);
