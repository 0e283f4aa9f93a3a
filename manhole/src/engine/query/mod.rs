//! Queries that run. Uses `state` and below.

pub(crate) mod aggregate;
pub(crate) mod callback;
pub(crate) mod live_iter;
pub(crate) mod query;
