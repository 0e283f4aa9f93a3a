//! The threads that hold a lock and wait for it.

use std::panic::Location;
use std::time::Instant;

/// The threads that hold a lock or wait for it, as far as the lock knows them: that of [`TrackedMutex`](crate::TrackedMutex) and
/// [`TrackedRwLock`](crate::TrackedRwLock).
///
/// ```
/// use manhole::TrackedMutex;
/// use manhole::reflect::Lockable;
///
/// let lock = TrackedMutex::new(7_u32);
/// let guard = lock.lock().unwrap();
/// let uses = lock.uses().unwrap();
/// assert_eq!(uses.holders.len(), 1);
/// assert!(uses.waiting.is_empty());
/// # drop(guard);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct LockUses {
    /// Those that hold it.
    pub holders: Vec<LockUse>,
    /// Those that wait for it.
    pub waiting: Vec<LockUse>,
}

/// A thread that holds a lock or waits for it.
///
/// ```
/// use manhole::TrackedMutex;
/// use manhole::reflect::Lockable;
///
/// let lock = TrackedMutex::new(7_u32);
/// let guard = lock.lock().unwrap();
/// let holder = lock.uses().unwrap().holders.remove(0);
/// assert_eq!(holder.place.file(), file!());
/// # drop(guard);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LockUse {
    /// The name of the thread, or its identifier if it has none.
    pub thread: String,
    /// The call of `lock`, `read` or `write`.
    pub place: &'static Location<'static>,
    /// When the thread got the lock, or began to wait.
    pub since: Instant,
}

impl LockUse {
    pub(crate) const fn new(thread: String, place: &'static Location<'static>, since: Instant) -> Self {
        Self { thread, place, since }
    }
}
