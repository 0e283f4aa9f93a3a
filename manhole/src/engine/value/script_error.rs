//! What went wrong, before it is an error of the engine with a place.

use std::any::Any;

use rhai::{Dynamic, EvalAltResult, Position};

use crate::reflect::{AccessError, AccessErrorKind};

/// The result of evaluating something: the engine adds the position of the call to an error without one.
pub(crate) type EvalResult<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// The error that ends a script at once. No script can catch it.
pub(crate) fn terminated<T>() -> EvalResult<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into())
}

/// An error of a live value, as a script can catch it and as the person at the prompt reads it.
#[derive(Debug, Clone)]
pub(crate) struct ScriptError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) kind: ScriptErrorKind,
}

/// What kind of thing went wrong, for programs that have to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptErrorKind {
    /// The text of the command.
    Syntax,
    /// What it did.
    Runtime,
    /// What its session may not do.
    Denied,
    /// It took too much, or asked for too much at once.
    Limit,
    /// The program held the lock.
    Locked,
}

impl ScriptError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, kind: ScriptErrorKind::Runtime }
    }

    pub(crate) fn with_help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }

    /// It is for taking too much.
    pub(crate) fn of_limit(mut self) -> Self {
        self.kind = ScriptErrorKind::Limit;
        self
    }
}

impl From<ScriptError> for Box<EvalAltResult> {
    fn from(error: ScriptError) -> Self {
        EvalAltResult::ErrorRuntime(Dynamic::from(error), Position::NONE).into()
    }
}

impl From<AccessError> for ScriptError {
    fn from(error: AccessError) -> Self {
        let kind = match *error.kind {
            AccessErrorKind::Denied { .. } => ScriptErrorKind::Denied,
            AccessErrorKind::Locked => ScriptErrorKind::Locked,
            AccessErrorKind::TooLarge { .. } => ScriptErrorKind::Limit,
            _ => ScriptErrorKind::Runtime,
        };
        Self { message: error.to_string(), help: error.help(), kind }
    }
}

/// The error for a panic in the program's code.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> ScriptError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    ScriptError::new(format!("the program's code panicked: {}", text.unwrap_or("without a message")))
        .with_help("the panic was caught here, and the program goes on".to_owned())
}
