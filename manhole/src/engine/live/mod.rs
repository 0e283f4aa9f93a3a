//! What a script can hold of the application. Uses `value` and `run`.

pub(crate) mod handle;
pub(crate) mod path_parser;
pub(crate) mod reserved_names;
pub(crate) mod setter_writeback;
pub(crate) mod static_type;
