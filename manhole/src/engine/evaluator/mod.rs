//! Evaluating a command, from its text to its result, and the engine that runs it. Uses all folders but `requests`.

pub(crate) mod abandon;
pub(crate) mod command;
pub(crate) mod engine_template;
mod error_suggestions;
mod imports;
mod session_engine;

pub(crate) use command::{CommandResult, Evaluator, RunOptions};
