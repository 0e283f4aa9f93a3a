//! Writes the texts of messages: suggestions, counts, placeholders, output of the application's code. Uses nothing of this crate.

mod counts;
#[cfg(feature = "console")]
mod doc_summary;
pub(crate) mod placeholder;
mod sanitize_text;
mod suggestion;
pub(crate) mod times;
mod type_names;

pub(crate) use counts::{plural, thousands};
#[cfg(feature = "console")]
pub(crate) use doc_summary::doc_summary;
#[cfg(feature = "console")]
pub(crate) use sanitize_text::shorten;
pub(crate) use sanitize_text::{MAX_TEXT_BYTES, prefix, sanitize, sanitize_within};
pub(crate) use suggestion::did_you_mean;
pub(crate) use type_names::short_type_name;
