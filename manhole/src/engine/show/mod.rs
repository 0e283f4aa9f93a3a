//! Values as text, tables, trees and JSON. Uses `query` and below.

pub(crate) mod deep_copy;
pub(crate) mod format_result;
pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod tree;

pub(crate) use table::columns;
