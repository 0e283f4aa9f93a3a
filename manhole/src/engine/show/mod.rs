//! Displaying values: as text, tables, trees and JSON. Uses `query` and below.

pub(crate) mod deep_copy;
pub(crate) mod format_result;
mod json;
mod printed_lines;
pub(crate) mod table;
pub(crate) mod tree;

pub(crate) use format_result::Formatter;
pub(crate) use json::Json;
pub(crate) use printed_lines::{call_method, until_ended};
pub(crate) use table::columns;
