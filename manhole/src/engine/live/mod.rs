//! Everything that a script can hold of the application. Uses `value` and `run`.

pub(crate) mod from_script;
pub(crate) mod handle;
pub(crate) mod path_parser;
pub(crate) mod program;
pub(crate) mod query;
pub(crate) mod reserved_names;
pub(crate) mod setter_writeback;
pub(crate) mod static_type;
pub(crate) mod symbol_table;
pub(crate) mod value_count;
