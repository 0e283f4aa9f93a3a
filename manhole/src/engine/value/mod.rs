//! Values and errors of scripts, and all that reads the engine's own error texts. Uses nothing else of the engine.

pub(crate) mod byte_size;
pub(crate) mod diagnostic;
pub(crate) mod error_messages;
pub(crate) mod register;
pub(crate) mod script_error;
pub(crate) mod to_script;
pub(crate) mod token_hooks;
pub(crate) mod wide_integer;

use rhai::{Dynamic, EvalAltResult, Position};

/// The result of evaluating something: the engine adds the position of the call to an error without one.
pub(crate) type EvalResult<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// The error that ends a script at once. No script can catch it.
pub(crate) fn terminated<T>() -> EvalResult<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into())
}
