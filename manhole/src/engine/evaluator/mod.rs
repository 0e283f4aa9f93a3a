//! Evaluating a command, from its text to its result, and the engine that runs it. Uses all folders but `requests`.

pub(crate) mod check_name;
pub(crate) mod command_handle;
pub(crate) mod engine_template;
mod error_suggestions;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod evaluator;
mod habits;
mod imports;
mod method_advice;
mod offered_names;
mod running_command;
mod session_engine;

pub(crate) use evaluator::{CheckOutcome, CommandResult, Evaluator, RunOptions, SessionOptions};
