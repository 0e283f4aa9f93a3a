//! The `#[manhole(…)]` attributes: their table, their parser, and the path of `crate = …`. Uses `diagnostics` and `syntax`.

mod crate_path;
mod parser;
mod spec;

pub(crate) use crate_path::CratePath;
pub(crate) use parser::{Attrs, ParsedAttr, check_single_level, is_manhole_attr};
pub(crate) use spec::{AttrName, AttrTarget};
