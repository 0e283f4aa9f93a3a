//! Errors of the macros: their collection, parse errors and suggestions. Uses nothing of this crate.

mod error_collector;
mod parse_error;
mod suggestion;

pub(crate) use error_collector::ErrorCollector;
pub(crate) use parse_error::expected;
pub(crate) use suggestion::closest_match;
