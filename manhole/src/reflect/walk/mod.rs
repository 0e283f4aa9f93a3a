//! Walks a path from a root, opens the locks on it, and enforces access levels. Uses `model` and `text`.

mod access_error;
pub(crate) mod author_code;
mod complete_walk;
mod descend;
mod held_locks;
mod permissions;
mod step;
mod target;

pub use access_error::{AccessError, AccessErrorKind};
pub(crate) use complete_walk::{visit_all, walk};
pub(crate) use descend::MAX_POINTERS;
pub(crate) use held_locks::HeldLock;
#[cfg(feature = "console")]
pub(crate) use held_locks::HeldLocks;
pub(crate) use permissions::{WalkPermissions, require};
#[cfg(feature = "console")]
pub(crate) use step::field_of_struct;
pub(crate) use step::{resolve_index, step_down};
pub use target::Target;

#[cfg(test)]
mod tests;
