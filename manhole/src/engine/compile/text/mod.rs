//! The text of a command: its tokens and literals, and a translated text with the positions of the original.

pub(crate) mod cursor;
pub(crate) mod literals;
pub(crate) mod operations;
pub(crate) mod output;
mod times;
pub(crate) mod token;
