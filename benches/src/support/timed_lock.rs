//! A lock that knows how long it was held.
//!
//! Somebody who asks for a lock again and again sees only those times that he happens to meet. Here the lock itself looks at the
//! clock. It is the console's alone, so that nothing else is in what it has seen.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use manhole::Manhole;
use manhole::reflect::{
    AccessMode, LockError, LockWait, Lockable, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow,
};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

/// A mutex, and what has been seen of it since the last look.
pub(crate) struct TimedLock<T> {
    inner: Mutex<T>,
    times: AtomicU64,
    longest: AtomicU64,
    longest_run: AtomicU64,
}

/// How a lock was held.
pub(crate) struct HoldTimes {
    /// How often.
    pub(crate) times: u64,
    /// The longest time, in microseconds.
    pub(crate) longest: f64,
    /// The longest processor time of the thread that held it: without what the system gave to others meanwhile.
    pub(crate) longest_run: f64,
}

impl<T> TimedLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            inner: Mutex::new(value),
            times: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            longest_run: AtomicU64::new(0),
        }
    }

    /// What has been seen since the last time.
    pub(crate) fn take(&self) -> HoldTimes {
        let take = |value: &AtomicU64| value.swap(0, Ordering::Relaxed);
        HoldTimes {
            times: take(&self.times),
            longest: take(&self.longest) as f64 / 1e3,
            longest_run: take(&self.longest_run) as f64 / 1e3,
        }
    }
}

impl<T: Manhole> Lockable for TimedLock<T> {
    fn open(
        &self,
        _intent: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        let mut inner = wait.wait_for(|| self.inner.try_lock())?;
        let (run, start) = (processor_time(), Instant::now());
        then(ValueBorrow::Exclusive(&mut *inner));
        drop(inner);
        let held = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let run = processor_time().saturating_sub(run);
        self.times.fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(held, Ordering::Relaxed);
        self.longest_run.fetch_max(run, Ordering::Relaxed);
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.inner.get_mut())
    }
}

impl<T: Manhole> Manhole for TimedLock<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("TimedLock", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Lock(self))
    }
}

/// How much of a processor this thread has used, in nanoseconds.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or_default()
}
