//! What a session keeps between commands. Uses `compile` and below.

pub(crate) mod closure_gc;
pub(crate) mod history;
pub(crate) mod script_cache;
pub(crate) mod session_functions;
pub(crate) mod session_state;
pub(crate) mod session_symbols;
pub(crate) mod shared_variables;
pub(crate) mod variable_memory;
