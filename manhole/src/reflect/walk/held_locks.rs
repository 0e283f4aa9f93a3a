//! Records whether a thread of the console holds a lock of the application, so that another thread can report it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of locks that the command of one session holds.
#[derive(Default)]
pub(crate) struct HeldLocks(AtomicUsize);

thread_local! {
    static RECORD: RefCell<Option<Arc<HeldLocks>>> = const { RefCell::new(None) };
}

#[cfg(feature = "console")]
impl HeldLocks {
    /// Records the locks of this thread here from now on.
    pub(crate) fn record(this: &Arc<Self>) {
        RECORD.set(Some(Arc::clone(this)));
    }

    /// Returns whether the command holds a lock.
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// A lock that this thread holds as long as the value exists.
pub(crate) struct HeldLock(());

impl HeldLock {
    pub(crate) fn new() -> Self {
        add(1);
        Self(())
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        add(usize::MAX);
    }
}

/// Adds to the number of locks, which only this thread changes.
fn add(change: usize) {
    RECORD.with_borrow(|record| {
        if let Some(HeldLocks(count)) = record.as_deref() {
            count.store(count.load(Ordering::Relaxed).wrapping_add(change), Ordering::Relaxed);
        }
    });
}

#[cfg(all(test, feature = "console"))]
mod tests {
    use super::*;

    #[test]
    fn locks_are_recorded_while_they_are_held() {
        let record = Arc::new(HeldLocks::default());
        HeldLocks::record(&record);
        assert!(!record.any());
        let outer = HeldLock::new();
        drop(HeldLock::new());
        assert!(record.any());
        drop(outer);
        assert!(!record.any());
    }
}
