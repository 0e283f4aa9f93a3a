//! A lock of readers and writers that knows its holders.

use std::panic::Location;
use std::sync::{LockResult, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockResult};

use super::lock_macro::tracked_lock;
use super::tracker::{TrackedGuard, Tracker};

/// A [`std::sync::RwLock`] that knows which threads hold it, since when and where it was locked, and which threads wait for it. See
/// [`TrackedMutex`](crate::TrackedMutex).
///
/// ```
/// use manhole::TrackedRwLock;
///
/// let limits = TrackedRwLock::new(vec![100_u32]);
/// limits.write().unwrap().push(10);
/// assert_eq!(limits.read().unwrap().len(), 2);
/// ```
#[derive(Default)]
pub struct TrackedRwLock<T: ?Sized> {
    tracker: Tracker,
    inner: RwLock<T>,
}

impl<T> TrackedRwLock<T> {
    /// Makes one that is free.
    ///
    /// ```
    /// static LIMIT: manhole::TrackedRwLock<u32> = manhole::TrackedRwLock::new(10);
    /// assert_eq!(*LIMIT.read().unwrap(), 10);
    /// ```
    pub const fn new(value: T) -> Self {
        Self { tracker: Tracker::new(), inner: RwLock::new(value) }
    }

    /// Returns the value inside.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it could write, as [`RwLock::into_inner`].
    ///
    /// ```
    /// assert_eq!(manhole::TrackedRwLock::new(7).into_inner().unwrap(), 7);
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> TrackedRwLock<T> {
    /// Takes the lock as one of its readers, and waits until it can be had.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it could write, as [`RwLock::read`].
    ///
    /// # Panics
    ///
    /// As [`RwLock::read`], if the current thread holds it.
    ///
    /// ```
    /// assert_eq!(*manhole::TrackedRwLock::new(7).read().unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn read(&self) -> LockResult<TrackedGuard<'_, RwLockReadGuard<'_, T>>> {
        self.tracker.lock(Location::caller(), || self.inner.try_read(), || self.inner.read())
    }

    /// Takes the lock to write, and waits until it can be had.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it could write, as [`RwLock::write`].
    ///
    /// # Panics
    ///
    /// As [`RwLock::write`], if the current thread holds it.
    ///
    /// ```
    /// *manhole::TrackedRwLock::new(7).write().unwrap() = 8;
    /// ```
    #[track_caller]
    pub fn write(&self) -> LockResult<TrackedGuard<'_, RwLockWriteGuard<'_, T>>> {
        self.tracker.lock(Location::caller(), || self.inner.try_write(), || self.inner.write())
    }

    /// Takes the lock as one of its readers if it can be had at once.
    ///
    /// # Errors
    ///
    /// If another thread can write, or one has panicked while it could, as [`RwLock::try_read`].
    ///
    /// ```
    /// let lock = manhole::TrackedRwLock::new(7);
    /// let (first, second) = (lock.try_read().unwrap(), lock.try_read().unwrap());
    /// assert_eq!(*first, *second);
    /// ```
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<TrackedGuard<'_, RwLockReadGuard<'_, T>>> {
        self.tracker.try_lock(Location::caller(), self.inner.try_read())
    }

    /// Takes the lock to write if it can be had at once.
    ///
    /// # Errors
    ///
    /// If another thread holds it, or one has panicked while it could write, as [`RwLock::try_write`].
    ///
    /// ```
    /// let lock = manhole::TrackedRwLock::new(7);
    /// let guard = lock.try_write().unwrap();
    /// assert!(lock.try_read().is_err());
    /// # drop(guard);
    /// ```
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<TrackedGuard<'_, RwLockWriteGuard<'_, T>>> {
        self.tracker.try_lock(Location::caller(), self.inner.try_write())
    }

    /// Returns the value inside, of which this is the only reference.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it could write, as [`RwLock::get_mut`].
    ///
    /// ```
    /// let mut lock = manhole::TrackedRwLock::new(7);
    /// *lock.get_mut().unwrap() = 8;
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

tracked_lock!(TrackedRwLock, RwLock, "RwLock");
