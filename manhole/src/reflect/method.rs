//! Methods of exposed types, and what a call returns.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Level, LockWait, Lookup, Manhole, Path, Step, Value, ValueError, access};

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

/// The static description of one method.
///
/// ```
/// use manhole::Manhole;
///
/// #[derive(Manhole)]
/// struct Shop {
///     open: bool,
/// }
///
/// #[manhole::methods]
/// impl Shop {
///     /// Closes it, and says whether it was open.
///     pub fn close(&mut self) -> bool {
///         std::mem::replace(&mut self.open, false)
///     }
/// }
///
/// let close = &Shop::type_info().methods[0];
/// assert_eq!(close.to_string(), "close() -> bool");
/// assert_eq!(close.doc, "Closes it, and says whether it was open.");
/// assert!(close.exclusive);
/// # let _ = Shop { open: true }.close();
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct MethodInfo {
    /// The name in the console.
    pub name: &'static str,
    /// The method's doc comment.
    pub doc: &'static str,
    /// The parameters, without `self`.
    pub params: &'static [ParamInfo],
    /// The result as written in Rust; empty for `()`.
    pub returns: &'static str,
    /// Whether it takes `&mut self`.
    pub exclusive: bool,
    /// Whether it is `async`.
    pub asynchronous: bool,
    /// The level that it takes to call it.
    pub level: Level,
}

/// One parameter of a method or function.
///
/// ```
/// use manhole::reflect::{MethodInfo, ParamInfo};
///
/// const PARAMS: &[ParamInfo] = &[ParamInfo::new("name", "String")];
/// assert_eq!(MethodInfo::new("rename", "", true, PARAMS, "bool").to_string(), "rename(name: String) -> bool");
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ParamInfo {
    /// The name; empty where it is not known.
    pub name: &'static str,
    /// The type as written in Rust.
    pub ty: &'static str,
}

impl ParamInfo {
    /// A parameter with its name and its type as written.
    ///
    /// ```
    /// use manhole::reflect::ParamInfo;
    ///
    /// let param = ParamInfo::new("name", "String");
    /// assert_eq!((param.name, param.ty), ("name", "String"));
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, ty: &'static str) -> Self {
        Self { name, ty }
    }
}

impl MethodInfo {
    /// Describes a method.
    ///
    /// ```
    /// use manhole::reflect::{Level, MethodInfo};
    ///
    /// let flush = MethodInfo::new("flush", "Writes what waits.", false, &[], "usize");
    /// assert_eq!((flush.to_string().as_str(), flush.level), ("flush() -> usize", Level::Operate));
    /// ```
    #[must_use]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        exclusive: bool,
        params: &'static [ParamInfo],
        returns: &'static str,
    ) -> Self {
        Self { name, doc, params, returns, exclusive, asynchronous: false, level: Level::Operate }
    }

    /// Lets it be called from this level on.
    ///
    /// ```
    /// use manhole::reflect::{Level, MethodInfo};
    ///
    /// let size = MethodInfo::new("size", "", false, &[], "usize").from_level(Level::Observe);
    /// assert_eq!(size.level, Level::Observe);
    /// ```
    #[must_use]
    pub const fn from_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Marks the method as `async`.
    ///
    /// ```
    /// use manhole::reflect::MethodInfo;
    ///
    /// let ping = MethodInfo::new("ping", "", false, &[], "").asynchronous();
    /// assert_eq!(ping.to_string(), "async ping()");
    /// ```
    #[must_use]
    pub const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }
}

impl fmt::Display for MethodInfo {
    /// The signature as a script sees it: `rename(name: String) -> bool`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params = self.params.iter().map(|param| (param.name, param.ty));
        f.write_str(if self.asynchronous { "async " } else { "" })?;
        write_signature(f, self.name, params, self.returns)
    }
}

/// Writes `name(a: A, b: B) -> R`.
pub(crate) fn write_signature<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    params: impl Iterator<Item = (&'a str, &'a str)>,
    returns: &str,
) -> fmt::Result {
    write!(f, "{name}(")?;
    for (index, (name, ty)) in params.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let colon = if name.is_empty() { "" } else { ": " };
        write!(f, "{comma}{name}{colon}{ty}")?;
    }
    f.write_str(")")?;
    if returns.is_empty() { Ok(()) } else { write!(f, " -> {returns}") }
}

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

impl CallOutput {
    /// Keeps `value` if it has an inside, and hands it over otherwise.
    ///
    /// ```
    /// use manhole::reflect::{CallError, CallOutput, Value};
    ///
    /// let parsed = |text: &str| CallOutput::new(text.parse::<u16>().map_err(|error| error.to_string()));
    /// assert!(matches!(parsed("443"), Ok(CallOutput::Value(Value::Int(443)))));
    /// assert!(matches!(parsed("many"), Err(CallError::Failed(why)) if why.contains("invalid digit")));
    /// ```
    ///
    /// # Errors
    ///
    /// If the value is an `Err`: that is the error of the call.
    pub fn new<T: Manhole + Send + Sync + 'static>(value: T) -> Result<Self, CallError> {
        let path = match value.outcome() {
            ResultKind::Value => Path::root(),
            ResultKind::Ok => Path::root().join(Step::Key(Value::Int(0))),
            ResultKind::Failed(message) => return Err(CallError::Failed(message)),
        };
        match access::lookup("", &value, (&path).into(), &LockWait::none(), usize::MAX) {
            Ok(Lookup::Leaf(leaf)) => Ok(Self::Value(leaf)),
            Ok(Lookup::None) => Ok(Self::None),
            Ok(Lookup::Composite) | Err(_) => Ok(Self::Root(Arc::new(value), path)),
        }
    }
}

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
