//! Arguments and results of method calls.

use std::sync::Arc;

use super::values::Value;

/// The arguments of a call, in order.
///
/// ```
/// use manhole::reflect::{Args, Value};
///
/// let args: Args<'_> = vec![Value::from("anvil"), Value::from(3)];
/// assert_eq!(args.len(), 2);
/// ```
pub type Args<'a> = Vec<Value<'a>>;

/// The role of a returned value.
#[doc(hidden)]
pub enum ResultKind {
    /// The value itself.
    Value,
    /// An `Ok`, with the value inside.
    Ok,
    /// An `Err`: the call failed with this message.
    Failed(String),
    /// Lines that the console prints as they come.
    Lines(Arc<dyn Lines>),
}

/// Lines that a method goes on to return, until its caller ends that.
#[doc(hidden)]
pub trait Lines: Send + Sync {
    /// Returns the lines since the last call, at most some hundred; `None` after the last one.
    fn next(&self) -> Option<Vec<String>>;
}
