//! The `#[manhole(…)]` attributes: their table, their parser, and the path of `crate = …`. Uses `diagnostics` and `syntax`.

mod crate_path;
mod known_attributes;
mod parser;

pub(crate) use crate_path::CratePath;
pub(crate) use known_attributes::{AttrName, AttrTarget};
pub(crate) use parser::{Adapter, Attrs, ParsedAttr, check_single_level, is_manhole_attr};
