//! Version 1.

use ::http;

#[path = "header_map.rs"]
mod header_map;
#[path = "header_value.rs"]
mod header_value;
#[path = "messages.rs"]
mod messages;
#[path = "texts.rs"]
mod texts;
