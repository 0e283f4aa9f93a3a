//! Values and errors of scripts, and everything that reads the engine's own error texts. Uses nothing else of the engine.

pub(crate) mod byte_size;
pub(crate) mod diagnostic;
pub(crate) mod error_messages;
pub(crate) mod lexing;
mod quick_operations;
pub(crate) mod register;
pub(crate) mod script_error;
pub(crate) mod to_script;
pub(crate) mod token_hooks;
pub(crate) mod type_mark;
mod type_names;
pub(crate) mod wide_integer;

pub(crate) use diagnostic::{Diagnostic, LocatedEngineError};
pub(crate) use error_messages::{TOO_MANY_NAMES, panicked};
pub(crate) use quick_operations::{order_of_texts, quick_compute, quick_equal, quick_order};
pub(crate) use register::{Signature, register};
pub(crate) use script_error::{
    EvalResult, ScriptError, ScriptErrorKind, ScriptResult, is_outcome, missing_place, terminated,
    unknown_name,
};
pub(crate) use to_script::{RustValue, ScriptInstant, Unbound, to_script};
pub(crate) use type_names::{plain_type, type_kinds};
