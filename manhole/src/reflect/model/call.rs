//! Methods of exposed types, and what a call returns.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::manhole::Manhole;
use super::path::Path;
use super::value::Value;
use super::value_error::ValueError;

/// The arguments of a call, in order.
///
/// ```
/// use manhole::reflect::{Args, Value};
///
/// let args: Args<'_> = vec![Value::from("anvil"), Value::from(3)];
/// assert_eq!(args.len(), 2);
/// ```
pub type Args<'a> = Vec<Value<'a>>;

/// A call of an `async` method or function that is under way.
///
/// ```
/// use manhole::reflect::{CallFuture, CallOutput, Value};
///
/// let future: CallFuture<'_> = Box::pin(async { CallOutput::new(7_u32) });
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// assert!(matches!(runtime.block_on(future), Ok(CallOutput::Value(Value::Int(7)))));
/// ```
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<CallOutput, CallError>> + Send + 'a>>;

/// Why a call did not return a value.
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
    /// The method takes `&mut self`, and nothing above the value locks.
    NeedsExclusive,
    /// The method is `async`: it is started and awaited, not called.
    Asynchronous,
    /// The method is `async`, and a lock would have to be held while it is awaited.
    BehindLock,
    /// The number of arguments is wrong.
    WrongCount {
        /// How many there should be.
        expected: usize,
        /// How many there were.
        given: usize,
    },
    /// The argument at `index` could not be converted.
    Argument {
        /// Which one, counted from 0.
        index: usize,
        /// What is wrong with it.
        error: ValueError,
    },
    /// The method itself returned an error.
    Failed(String),
}

impl CallError {
    /// Whether the signature helps.
    pub(crate) const fn is_about_arguments(&self) -> bool {
        matches!(self, Self::WrongCount { .. } | Self::Argument { .. })
    }
}

/// What a call gives back to the script.
///
/// ```
/// use manhole::reflect::{CallOutput, Value};
///
/// assert!(matches!(CallOutput::new(7_u32), Ok(CallOutput::Value(Value::Int(7)))));
/// assert!(matches!(CallOutput::new(None::<u32>), Ok(CallOutput::None)));
/// assert!(matches!(CallOutput::new(vec![1, 2, 3]), Ok(CallOutput::Root(..))), "kept, and looked at piece by piece");
/// ```
#[non_exhaustive]
pub enum CallOutput {
    /// A plain value.
    Value(Value<'static>),
    /// An empty option.
    None,
    /// A value with an inside: kept, and walked like the roots of the namespace, from the end of the path.
    Root(Arc<dyn Manhole + Send + Sync>, Path),
}

/// What a returned value says of the call.
#[doc(hidden)]
pub enum ResultKind {
    /// It is the value.
    Value,
    /// It holds the value.
    Ok,
    /// The call failed.
    Failed(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMethod => f.write_str("there is no such method"),
            Self::NeedsExclusive => {
                f.write_str("the method takes `&mut self`, and nothing above the value locks")
            }
            Self::Asynchronous => f.write_str("the method is async, it has to be awaited"),
            Self::BehindLock => f.write_str(
                "the method is async and its value is behind a lock, which is never held while something is awaited",
            ),
            Self::WrongCount { expected: 1, given } => write!(f, "expected 1 argument, found {given}"),
            Self::WrongCount { expected, given } => write!(f, "expected {expected} arguments, found {given}"),
            Self::Argument { index, error } => write!(f, "argument {}: {error}", index + 1),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl Error for CallError {}
