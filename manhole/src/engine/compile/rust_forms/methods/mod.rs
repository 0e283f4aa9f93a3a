//! Calls of methods.

mod calls;
mod collected;
mod entries;

pub(super) use calls::SUM_TYPES;
