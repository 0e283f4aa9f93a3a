//! The methods of a type, as `#[manhole::methods]` generates them, with their arguments and results.

use crate::reflect::model::{Args, CallError, CallFuture, CallOutput, Manhole, MethodInfo, Value};

/// Takes the argument at `index` and converts it to a `T`.
#[doc(hidden)]
pub fn argument<T: Manhole>(args: &mut [Value<'_>], index: usize) -> Result<T, CallError> {
    let value = args.get_mut(index).map_or(Value::Unit, |value| std::mem::replace(value, Value::Unit));
    T::from_value(value).map_err(|error| CallError::Argument { index, error })
}

/// Checks the number of arguments.
#[doc(hidden)]
pub fn expect_args(args: &[Value<'_>], expected: usize) -> Result<(), CallError> {
    if args.len() == expected { Ok(()) } else { Err(CallError::WrongCount { expected, given: args.len() }) }
}

/// Converts a method's result for the script.
#[doc(hidden)]
pub fn finish<T: Manhole + Send + Sync + 'static>(value: T) -> Result<CallOutput, CallError> {
    CallOutput::new(value)
}

/// The methods that `#[manhole::methods]` has found in a type. It is one item, so that a second block for the same type is
/// one compiler error.
#[doc(hidden)]
pub struct Methods<T: ?Sized> {
    pub infos: &'static [MethodInfo],
    /// Calls a `&self` method by its name: a method behind a `cfg` would shift the indexes.
    pub shared: fn(&T, &str, Args<'_>) -> Result<CallOutput, CallError>,
    /// Calls a `&mut self` method.
    pub exclusive: fn(&mut T, &str, Args<'_>) -> Result<CallOutput, CallError>,
    /// Starts an `async` method.
    pub asynchronous: for<'a> fn(&'a T, &str, Args<'_>) -> Result<CallFuture<'a>, CallError>,
}

impl<T: ?Sized> Methods<T> {
    /// The methods of a type without any.
    const NONE: Self = Self {
        infos: &[],
        shared: |_, _, _| Err(CallError::NoMethod),
        exclusive: |_, _, _| Err(CallError::NoMethod),
        asynchronous: |_, _, _| Err(CallError::NoMethod),
    };

    /// Implements [`Manhole::call`].
    pub fn call(&self, value: &T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match self.infos.get(index) {
            Some(info) if info.exclusive => Err(CallError::NeedsExclusive),
            Some(info) => (self.shared)(value, info.name, args),
            None => Err(CallError::NoMethod),
        }
    }

    /// Implements [`Manhole::call_mut`].
    pub fn call_mut(&self, value: &mut T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match self.infos.get(index) {
            Some(info) if info.exclusive => (self.exclusive)(value, info.name, args),
            _ => self.call(value, index, args),
        }
    }

    /// Implements [`Manhole::call_async`].
    pub fn call_async<'a>(
        &self,
        value: &'a T,
        index: usize,
        args: Args<'_>,
    ) -> Result<CallFuture<'a>, CallError> {
        let info = self.infos.get(index).ok_or(CallError::NoMethod)?;
        (self.asynchronous)(value, info.name, args)
    }
}

/// The methods of types without `#[manhole::methods]`. An inherent item takes precedence over a trait's, so the
/// attribute only generates an inherent one.
#[doc(hidden)]
pub trait NoMethods {
    const MANHOLE_METHODS: Methods<Self> = Methods::NONE;
}

impl<T: ?Sized> NoMethods for T {}
