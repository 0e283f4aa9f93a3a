//! Values and errors of scripts, and all that reads the engine's own error texts. Uses nothing else of the engine.

pub(crate) mod byte_size;
pub(crate) mod diagnostic;
pub(crate) mod error_messages;
pub(crate) mod register;
pub(crate) mod script_error;
pub(crate) mod to_script;
pub(crate) mod token_hooks;
pub(crate) mod wide_integer;

pub(crate) use diagnostic::{Diagnostic, LocatedEngineError, plain_types};
pub(crate) use error_messages::did_you_mean;
pub(crate) use register::{by_arity, register};
pub(crate) use script_error::{EvalResult, ScriptError, ScriptErrorKind, panicked, terminated};
pub(crate) use to_script::to_script;
