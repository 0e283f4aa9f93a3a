//! Queries that run. Uses `state` and below.

pub(crate) mod aggregate;
pub(crate) mod callback;
pub(crate) mod execute;
pub(crate) mod live_iter;
