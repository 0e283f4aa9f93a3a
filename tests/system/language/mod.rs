//! Tests of the script language on live values: syntax, builtins, queries, imports.

mod builtins;
mod collection_iteration;
mod completion;
mod computed_functions;
mod imports;
mod one_meaning;
mod queries;
mod query_rows;
mod reserved_names;
mod rhai_quirks;
mod session_setup;
mod setter_writeback;
mod times;
mod watch;
