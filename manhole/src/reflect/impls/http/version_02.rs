//! Version 0.2.

use ::http_02 as http;

#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "header_map.rs"]
mod header_map;
#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "header_value.rs"]
mod header_value;
#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "messages.rs"]
mod messages;
#[allow(clippy::duplicate_mod, reason = "each version has its own types")]
#[path = "texts.rs"]
mod texts;
