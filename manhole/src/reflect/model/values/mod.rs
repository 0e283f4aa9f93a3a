//! The values that the console copies, writes and passes to methods: their text, their order, and why one does not fit a type.

mod display;
mod error;
mod order;
mod value;

#[cfg(any(feature = "chrono", feature = "jiff", feature = "jiff_02"))]
pub(crate) use display::has_rfc3339;
pub use error::ValueError;
#[cfg(feature = "console")]
pub(crate) use order::compare_times;
pub use value::{StructFields, StructValue, Value};
