//! The error of a method call.

use std::error::Error;
use std::fmt;

use super::values::ValueError;

/// The error of a call.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::CallError;
///
/// assert!(matches!(7_u32.call(0, vec![]), Err(CallError::NoMethod)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// The type has no such method.
    NoMethod,
    /// The method takes `&mut self`, and no lock above the value gives exclusive access.
    NeedsExclusive,
    /// The method is `async`, and must be started instead of called.
    Asynchronous,
    /// The method is `async`, and would hold a lock while it is awaited.
    BehindLock,
    /// The method is `async`, and a task or thread owns its value.
    BehindOwner,
    /// The number of arguments is wrong.
    WrongCount {
        /// The number of parameters.
        expected: usize,
        /// The number of arguments.
        given: usize,
    },
    /// The argument at `index` could not be converted.
    Argument {
        /// The index of the argument, from 0.
        index: usize,
        /// The error of the conversion.
        error: ValueError,
    },
    /// The method itself returned an error.
    Failed(String),
}

impl CallError {
    /// Formats the message for a call of `callee`: what the callee itself reports, or why it could not be called.
    pub(crate) fn message_for(&self, callee: impl fmt::Display) -> String {
        match self {
            Self::Failed(message) => format!("{callee}: {message}"),
            error => format!("cannot call {callee}: {error}"),
        }
    }

    /// Returns whether showing the method's signature helps.
    pub(crate) const fn is_about_arguments(&self) -> bool {
        matches!(self, Self::WrongCount { .. } | Self::Argument { .. })
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMethod => f.write_str("there is no such method"),
            Self::NeedsExclusive => f.write_str(
                "the method takes `&mut self`, and no lock above the value gives exclusive access",
            ),
            Self::Asynchronous => f.write_str("the method is async, and cannot be called without a runtime"),
            Self::BehindLock => {
                f.write_str("the method is async, and would hold the lock of its value while it is awaited")
            }
            Self::BehindOwner => {
                f.write_str("the method is async, and the owner of its value would wait for it")
            }
            Self::WrongCount { expected: 1, given } => write!(f, "expected 1 argument, found {given}"),
            Self::WrongCount { expected, given } => write!(f, "expected {expected} arguments, found {given}"),
            Self::Argument { index, error } => write!(f, "argument {}: {error}", index + 1),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl Error for CallError {}
