//! Variables that are no plain values in Rust: iterators, and mutable references.

mod iterators;
mod loops;
mod parameters;
mod places;
mod references;

pub(super) use references::{Reference, Usage};
