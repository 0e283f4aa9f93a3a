//! A mutex that knows its holder.

use std::panic::Location;
use std::sync::{LockResult, Mutex, MutexGuard, TryLockResult};

use super::lock_macro::tracked_lock;
use super::tracker::{TrackedGuard, Tracker};

/// A [`std::sync::Mutex`] that knows which thread holds it, since when and where it was locked, and which threads wait for it. The console's
/// `locks()` shows that.
///
/// Use it in place of `std::sync::Mutex` for the locks of which you want to know this in an incident. It has the same methods and the same
/// poison, but works with no `Condvar`. To lock it takes two readings of the time and of the thread's name more than without.
///
/// ```
/// use manhole::TrackedMutex;
///
/// let prices = TrackedMutex::new(vec![250_u64, 300]);
/// prices.lock().unwrap().push(120);
/// assert_eq!(prices.lock().unwrap().len(), 3);
/// ```
#[derive(Default)]
pub struct TrackedMutex<T: ?Sized> {
    tracker: Tracker,
    inner: Mutex<T>,
}

impl<T> TrackedMutex<T> {
    /// Makes one that is free.
    ///
    /// ```
    /// static COUNT: manhole::TrackedMutex<u32> = manhole::TrackedMutex::new(0);
    /// *COUNT.lock().unwrap() += 1;
    /// ```
    pub const fn new(value: T) -> Self {
        Self { tracker: Tracker::new(), inner: Mutex::new(value) }
    }

    /// Returns the value inside.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it held the lock, as [`Mutex::into_inner`].
    ///
    /// ```
    /// assert_eq!(manhole::TrackedMutex::new(7).into_inner().unwrap(), 7);
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> TrackedMutex<T> {
    /// Takes the lock, and waits until it can be had.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it held the lock, as [`Mutex::lock`].
    ///
    /// # Panics
    ///
    /// As [`Mutex::lock`], if the current thread holds it.
    ///
    /// ```
    /// let lock = manhole::TrackedMutex::new(7);
    /// *lock.lock().unwrap() = 8;
    /// ```
    #[track_caller]
    pub fn lock(&self) -> LockResult<TrackedGuard<'_, MutexGuard<'_, T>>> {
        self.tracker.lock(Location::caller(), || self.inner.try_lock(), || self.inner.lock())
    }

    /// Takes the lock if it can be had at once.
    ///
    /// # Errors
    ///
    /// If another thread holds it, or one has panicked while it held it, as [`Mutex::try_lock`].
    ///
    /// ```
    /// let lock = manhole::TrackedMutex::new(7);
    /// let guard = lock.try_lock().unwrap();
    /// assert!(lock.try_lock().is_err());
    /// # drop(guard);
    /// ```
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<TrackedGuard<'_, MutexGuard<'_, T>>> {
        self.tracker.try_lock(Location::caller(), self.inner.try_lock())
    }

    /// Returns the value inside, of which this is the only reference.
    ///
    /// # Errors
    ///
    /// If a thread has panicked while it held the lock, as [`Mutex::get_mut`].
    ///
    /// ```
    /// let mut lock = manhole::TrackedMutex::new(7);
    /// *lock.get_mut().unwrap() = 8;
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

tracked_lock!(TrackedMutex, Mutex, "Mutex");
