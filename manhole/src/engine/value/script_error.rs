//! Errors of native functions, before the engine adds a location.

use rhai::{Dynamic, EvalAltResult, Position};

use crate::reflect::{AccessError, AccessErrorKind, CallError, Value, VisitError, did_you_mean};

/// The result of an evaluation. The engine adds the position of the call to an error without one.
pub(crate) type EvalResult<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// The result of a native function.
pub(crate) type ScriptResult<T> = Result<T, ScriptError>;

/// Returns the error that ends a script at once. No script can catch it.
pub(crate) fn terminated<T>() -> EvalResult<T> {
    Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into())
}

/// An error of a native function: a script can catch it, and the user reads its message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScriptError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) kind: ScriptErrorKind,
    /// The place of the application that does not exist, if that is the reason.
    pub(crate) missing_place: Option<Box<str>>,
    /// Whether a value has no such field or item, so that what was meant may be one of its methods.
    pub(crate) is_no_part: bool,
    /// Whether it is the `Err` that a function returned: `unwrap_or` and its kin handle it.
    pub(crate) is_outcome: bool,
    /// The content of that `Err`: its text, without the place where it happened.
    pub(crate) outcome: Option<Box<Value<'static>>>,
    /// Whether it only ends the function with the `?` that met a `None`.
    pub(crate) ends_function: bool,
}

/// The class of an error, for clients that are programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptErrorKind {
    /// The command does not parse.
    Syntax,
    /// The command failed.
    Runtime,
    /// The session's level forbids an access.
    Denied,
    /// The command exceeded a limit.
    Limit,
    /// The application held a lock for too long.
    Locked,
}

impl ScriptError {
    /// Creates an error with a message of one sentence, in lower case and without a full stop.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            kind: ScriptErrorKind::Runtime,
            missing_place: None,
            is_no_part: false,
            is_outcome: false,
            outcome: None,
            ends_function: false,
        }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        self.with_optional_help(Some(help))
    }

    pub(crate) fn with_optional_help(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into);
        self
    }

    pub(crate) fn of_kind(mut self, kind: ScriptErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Makes this the `Err` of a function.
    pub(crate) fn of_function(self) -> Self {
        Self { is_outcome: true, ..self }
    }

    /// Makes this the `Err` of a function, with its content.
    pub(crate) fn of_function_with(self, content: impl Into<Value<'static>>) -> Self {
        Self { outcome: Some(Box::new(content.into())), ..self.of_function() }
    }

    /// Makes this the end of the function with a `?`.
    pub(crate) fn of_empty_option(self) -> Self {
        Self { ends_function: true, ..self }
    }

    /// Makes this an error of [`ScriptErrorKind::Limit`].
    pub(crate) fn of_limit(self) -> Self {
        self.of_kind(ScriptErrorKind::Limit)
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
            AccessErrorKind::Locked(_) => ScriptErrorKind::Locked,
            AccessErrorKind::TooLarge { .. } => ScriptErrorKind::Limit,
            _ => ScriptErrorKind::Runtime,
        };
        let is_missing = matches!(
            *error.kind,
            AccessErrorKind::NoItem { .. }
                | AccessErrorKind::NoKey { .. }
                | AccessErrorKind::OtherVariant { .. }
                | AccessErrorKind::IsNone
                | AccessErrorKind::Empty(_)
                | AccessErrorKind::Visit(VisitError::Gone)
        );
        let is_no_part = matches!(
            *error.kind,
            AccessErrorKind::NoField { .. }
                | AccessErrorKind::OtherVariant { .. }
                | AccessErrorKind::NoItem { .. }
                | AccessErrorKind::NoKey { .. }
                | AccessErrorKind::NoInside { .. }
                | AccessErrorKind::NoCollection { .. }
                | AccessErrorKind::IsNone
        );
        let outcome = match &*error.kind {
            AccessErrorKind::Call { error: CallError::Failed(text), .. } => {
                Some(Box::new(Value::from(text.to_string())))
            }
            _ => None,
        };
        let (message, help) = (error.to_string(), error.help());
        Self {
            message,
            help,
            kind,
            missing_place: is_missing.then(|| error.path.into()),
            is_no_part,
            is_outcome: outcome.is_some(),
            outcome,
            ends_function: false,
        }
    }
}

/// Returns the place of the application that does not exist, if that is the reason for the error.
pub(crate) fn missing_place(error: &EvalAltResult) -> Option<Box<str>> {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else { return None };
    value.read_lock::<ScriptError>()?.missing_place.clone()
}

/// Returns whether the error is the `Err` that a function returned.
pub(crate) fn is_outcome(error: &EvalAltResult) -> bool {
    let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() else { return false };
    value.read_lock::<ScriptError>().is_some_and(|error| error.is_outcome)
}

/// Returns the message for the `kind` of thing called `name`, which is none of `known`, with the name that was probably meant.
pub(crate) fn unknown_name<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    format!("there is no {kind} `{name}`{}", did_you_mean(name, known).unwrap_or_default())
}
