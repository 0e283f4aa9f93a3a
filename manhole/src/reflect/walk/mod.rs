//! Walks a path from a root, opens the locks on it, and enforces access levels. Uses `model` and `text`.

mod access_error;
mod descend;
mod permissions;
mod step;

pub use access_error::{AccessError, AccessErrorKind};
pub(crate) use descend::{MAX_POINTERS, Target, location, may_change, walk};
pub(crate) use permissions::{WalkPermissions, require};
pub(crate) use step::{resolve_index, step_down, variant_fields};
