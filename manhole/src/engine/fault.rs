//! What went wrong, before it is an error of the engine with a place.

use std::any::Any;

use rhai::{Dynamic, EvalAltResult, Position};

use crate::reflect::AccessError;

/// An error of a live value, as a script can catch it and as the person at the prompt reads it.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The engine's error for it, at `position`.
    pub(super) fn at(self, position: Position) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), position))
    }
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        Self { message: error.to_string(), help: error.help() }
    }
}

/// The error for a panic in the program's code.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault {
        message: format!("the program's code panicked: {}", text.unwrap_or("without a message")),
        help: Some("the panic was caught here, and the program goes on".to_owned()),
    }
}
