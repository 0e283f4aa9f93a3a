//! Version 1.

use ::jiff;
use jiff::ZonedDateTime as Zoned;

super::zoned_leaf!(Zoned, "ZonedDateTime");

#[path = "types.rs"]
mod types;
