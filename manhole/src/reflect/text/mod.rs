//! Writes the texts of messages: suggestions, counts, placeholders, output of the application's code. Uses nothing of this crate.

mod counts;
pub(crate) mod placeholder;
mod sanitize_text;
mod suggestion;
pub(crate) mod times;

pub(crate) use counts::{plural, thousands};
#[cfg(feature = "console")]
pub(crate) use sanitize_text::shorten;
pub(crate) use sanitize_text::{MAX_TEXT_BYTES, prefix, sanitize, sanitize_within};
pub(crate) use suggestion::did_you_mean;
