//! One command, from text to outcome. Uses `complete` and below.

pub(crate) mod command;
pub(crate) mod engine_template;
pub(crate) mod error_suggestions;
