//! The methods of a type as `#[manhole::methods]` generates them, and the arguments and results of their calls.

use crate::reflect::model::{Args, CallError, CallFuture, CallOutput, Manhole, MethodInfo, Value};

/// Takes the argument at `index` out of `args` as a `T`.
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

/// Hands what a method returned to the script.
#[doc(hidden)]
pub fn finish<T: Manhole + Send + Sync + 'static>(value: T) -> Result<CallOutput, CallError> {
    CallOutput::new(value)
}

/// What `#[manhole::methods]` says of a type: one item, so that a second block on the same type is one more of it.
#[doc(hidden)]
pub struct Methods<T: ?Sized> {
    pub infos: &'static [MethodInfo],
    /// Calls one that takes `&self`, by its name: a method that exists only under some condition moves the positions of others.
    pub shared: fn(&T, &str, Args<'_>) -> Result<CallOutput, CallError>,
    /// Calls one that takes `&mut self`.
    pub exclusive: fn(&mut T, &str, Args<'_>) -> Result<CallOutput, CallError>,
    /// Starts one that is `async`.
    pub asynchronous: for<'a> fn(&'a T, &str, Args<'_>) -> Result<CallFuture<'a>, CallError>,
}

impl<T: ?Sized> Methods<T> {
    /// Those of a type that has none.
    const NONE: Self = Self {
        infos: &[],
        shared: |_, _, _| Err(CallError::NoMethod),
        exclusive: |_, _, _| Err(CallError::NoMethod),
        asynchronous: |_, _, _| Err(CallError::NoMethod),
    };

    /// [`Manhole::call`].
    pub fn call(&self, value: &T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match self.infos.get(index) {
            Some(info) if info.exclusive => Err(CallError::NeedsExclusive),
            Some(info) => (self.shared)(value, info.name, args),
            None => Err(CallError::NoMethod),
        }
    }

    /// [`Manhole::call_mut`].
    pub fn call_mut(&self, value: &mut T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match self.infos.get(index) {
            Some(info) if info.exclusive => (self.exclusive)(value, info.name, args),
            _ => self.call(value, index, args),
        }
    }

    /// [`Manhole::call_async`].
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

/// What a derived type without `#[manhole::methods]` has: an inherent item of the same name goes before a trait's, so the
/// attribute only has to generate an inherent one.
#[doc(hidden)]
pub trait NoMethods {
    const MANHOLE_METHODS: Methods<Self> = Methods::NONE;
}

impl<T: ?Sized> NoMethods for T {}
