//! A lock that measures its own hold times.
//!
//! A client that polls a lock would see only some of the holds. This lock reads the clock at each, and only the console uses it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use manhole::Manhole;
use manhole::reflect::{
    AccessMode, LockError, LockWait, Lockable, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow, ValueVisitor,
};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

/// A mutex with the hold times since the last `take`.
pub(crate) struct TimedLock<T> {
    inner: Mutex<T>,
    times: AtomicU64,
    longest: AtomicU64,
    /// The processor time of each hold.
    runs: Mutex<Vec<u64>>,
}

/// The hold times of a lock.
pub(crate) struct HoldTimes {
    /// The number of holds.
    pub(crate) times: u64,
    /// The longest hold, in microseconds.
    pub(crate) longest: f64,
    /// The processor time of the holding thread in each hold, in microseconds: without the time of other threads.
    pub(crate) runs: Vec<f64>,
}

impl<T> TimedLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            inner: Mutex::new(value),
            times: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            runs: Mutex::default(),
        }
    }

    /// Returns the processor time of `read`, in microseconds.
    pub(crate) fn time(&self, read: impl FnOnce(&T)) -> f64 {
        let inner = self.inner.lock();
        let start = processor_time();
        read(&inner);
        (processor_time() - start) as f64 / 1e3
    }

    /// Returns the hold times since the last call.
    pub(crate) fn take(&self) -> HoldTimes {
        let take = |value: &AtomicU64| value.swap(0, Ordering::Relaxed);
        HoldTimes {
            times: take(&self.times),
            longest: take(&self.longest) as f64 / 1e3,
            runs: std::mem::take(&mut *self.runs.lock()).into_iter().map(|run| run as f64 / 1e3).collect(),
        }
    }
}

impl<T: Manhole> Lockable for TimedLock<T> {
    fn open(&self, _mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let mut inner = wait.wait_for(|| self.inner.try_lock())?;
        let (run, start) = (processor_time(), Instant::now());
        then(ValueBorrow::Exclusive(&mut *inner));
        drop(inner);
        let held = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let run = processor_time().saturating_sub(run);
        self.times.fetch_add(1, Ordering::Relaxed);
        self.longest.fetch_max(held, Ordering::Relaxed);
        self.runs.lock().push(run);
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

/// Returns the processor time of this thread, in nanoseconds.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or_default()
}
