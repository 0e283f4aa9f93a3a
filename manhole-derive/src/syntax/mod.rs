//! Helpers for Rust syntax that know nothing of manhole: types, spans, doc comments. Uses nothing of this crate.

pub(crate) mod doc_comment;
pub(crate) mod span;
pub(crate) mod type_to_string;
pub(crate) mod type_visitor;
