//! Locks of the standard library that know their holders.

mod lock_macro;
mod mutex;
mod rw_lock;
mod tracker;

pub use mutex::TrackedMutex;
pub use rw_lock::TrackedRwLock;
pub use tracker::TrackedGuard;
