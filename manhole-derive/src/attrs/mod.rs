//! The `#[manhole(…)]` attributes: which exist, how they are parsed, and the path of `crate = …`. Uses `diagnostics` and `syntax`.

mod crate_path;
mod parser;
mod spec;

pub(crate) use crate_path::Crate;
pub(crate) use parser::{Attrs, Given, is_ours, names_one_level};
pub(crate) use spec::{Key, Place};
