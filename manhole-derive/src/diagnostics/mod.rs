//! Errors of the macros: their collection and their suggestions. Uses nothing of this crate.

mod error_collector;
mod suggestion;

pub(crate) use error_collector::Ctxt;
pub(crate) use suggestion::nearest;
