//! Variables that are no plain values in Rust: iterators, and mutable references.

mod iterators;
mod live_references;
mod references;

pub(super) use references::{Reference, refer_to_place};
