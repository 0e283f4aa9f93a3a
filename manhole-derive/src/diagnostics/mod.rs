//! Errors of the macros: their collection and their suggestions. Uses nothing of this crate.

mod error_collector;
mod suggestion;

pub(crate) use error_collector::ErrorCollector;
pub(crate) use suggestion::closest_match;
