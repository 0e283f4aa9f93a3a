//! Version 0.2.

use ::jiff_02 as jiff;
use jiff::Zoned;

super::zoned_leaf!(Zoned, "Zoned");

#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "types.rs"]
mod types;
