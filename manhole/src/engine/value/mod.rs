//! Values and errors of scripts, and all that reads the engine's own error texts. Uses nothing of the engine.

pub(crate) mod byte_size;
pub(crate) mod convert;
pub(crate) mod diagnostic;
pub(crate) mod error_messages;
pub(crate) mod register;
pub(crate) mod script_error;
pub(crate) mod token_hooks;
pub(crate) mod wide_integer;
