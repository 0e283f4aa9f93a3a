//! The state that a session keeps between commands. Uses `compile` and below.

mod callback_depth;
mod closure_gc;
mod history;
mod iterations;
mod kept_memory;
mod last_sizes;
mod missing_items;
mod script_cache;
pub(crate) mod script_files;
mod session_functions;
mod session_state;
mod session_symbols;
pub(crate) mod shared_variables;
mod variable_memory;

pub(crate) use iterations::{Edit, Iteration};
pub(crate) use kept_memory::{KeptMemory, KeptVariables, Variables};
pub(crate) use last_sizes::{Size, Sizes};
pub(crate) use script_cache::{CachedScript, EXTENSION};
pub(crate) use session_functions::{COMPILED_BYTES, FunctionSignature, SessionFunctions, is_closure};
pub(crate) use session_state::{CallContext, FailedCall, OuterVariables, SessionState};
pub(crate) use session_symbols::SessionSymbols;
pub(crate) use shared_variables::SharedVariables;
pub(crate) use variable_memory::VariableMemory;
