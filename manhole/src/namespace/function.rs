//! Functions and closures that a script can call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::reflect::{
    Args, CallError, CallFuture, CallOutput, Level, Manhole, argument, expect_args, write_signature,
};

/// A function or closure that a script can call.
///
/// Implemented for each `Fn(A, B, …) -> R + Send + Sync` with at most sixteen parameters. The parameters and the result, of an `async`
/// function its output, implement [`Manhole`]. An `Err` is the error of the command. `A` is the tuple of the parameter types, and is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called from the console",
    note = "a function needs parameters and a result that implement `Manhole`, and at most sixteen parameters",
    note = "the parameters of a closure need their types: `|a: i64, b: i64| a + b`"
)]
///
/// ```
/// use manhole::{Function, NamespaceItem};
///
/// /// Makes an item of any function, with its signature.
/// fn item<A, F: Function<A> + 'static>(function: F) -> (String, NamespaceItem) {
///     let (params, returns) = F::signature();
///     (format!("({}) -> {returns}", params.join(", ")), NamespaceItem::function(function))
/// }
///
/// assert_eq!(item(|a: u32, b: Vec<u8>| b.len() as u32 + a).0, "(u32, Vec<u8>) -> u32");
/// ```
pub trait Function<A>: Send + Sync {
    /// Returns the types of the parameters and of the result, as written in Rust.
    fn signature() -> (Vec<String>, String)
    where
        Self: Sized;

    /// Returns whether the function is `async`.
    fn is_async() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Calls the function, or starts it if it is `async`.
    ///
    /// # Errors
    ///
    /// If the arguments do not fit, or the function returns an error.
    fn call(self: Arc<Self>, args: Args<'static>) -> Result<CallResult, CallError>
    where
        Self: Sized;
}

/// The result of a call.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::reflect::{CallOutput, Value};
/// use manhole::{CallResult, Function};
///
/// let called = Arc::new(|n: i64| n * 2).call(vec![Value::from(21)])?;
/// assert!(matches!(called, CallResult::Returned(CallOutput::Value(Value::Int(42)))));
/// # Ok::<(), manhole::reflect::CallError>(())
/// ```
#[non_exhaustive]
pub enum CallResult {
    /// The function has returned.
    Returned(CallOutput),
    /// The function is `async`, and this is its future.
    Started(CallFuture<'static>),
}

/// Marks the parameters of an `async` function.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::{CallResult, Function};
///
/// // `A` is `AsyncParams<()>` here, and `()` for a function that is not `async`.
/// let called = Arc::new(|| async { 42 }).call(vec![])?;
/// assert!(matches!(called, CallResult::Started(_)));
/// # Ok::<(), manhole::reflect::CallError>(())
/// ```
#[derive(Debug)]
pub struct AsyncParams<A>(PhantomData<A>);

macro_rules! function {
    ($($arg:ident $index:tt),*) => {
        impl<F, R, $($arg),*> Function<($($arg,)*)> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync,
            R: Manhole + Send + Sync + 'static,
            $($arg: Manhole,)*
        {
            fn signature() -> (Vec<String>, String) {
                (vec![$($arg::type_info().to_string()),*], R::type_info().to_string())
            }

            #[allow(unused_mut, reason = "unused without parameters")]
            fn call(self: Arc<Self>, mut args: Args<'static>) -> Result<CallResult, CallError> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($arg)),*]);
                expect_args(&args, COUNT)?;
                CallOutput::new(self($(argument::<$arg>(&mut args, $index)?),*)).map(CallResult::Returned)
            }
        }

        impl<F, Fut, R, $($arg),*> Function<AsyncParams<($($arg,)*)>> for F
        where
            F: Fn($($arg),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send,
            R: Manhole + Send + Sync + 'static,
            $($arg: Manhole + Send + 'static,)*
        {
            fn signature() -> (Vec<String>, String) {
                (vec![$($arg::type_info().to_string()),*], R::type_info().to_string())
            }

            fn is_async() -> bool {
                true
            }

            #[allow(unused_mut, non_snake_case, reason = "the names are those of the types")]
            fn call(self: Arc<Self>, mut args: Args<'static>) -> Result<CallResult, CallError> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($arg)),*]);
                expect_args(&args, COUNT)?;
                $(let $arg = argument::<$arg>(&mut args, $index)?;)*
                // The function is called there too: it may need its runtime before it returns its future.
                let future = async move { CallOutput::new(self($($arg),*).await) };
                Ok(CallResult::Started(Box::pin(future)))
            }
        }
    };
}

function!();
function!(A 0);
function!(A 0, B 1);
function!(A 0, B 1, C 2);
function!(A 0, B 1, C 2, D 3);
function!(A 0, B 1, C 2, D 3, E 4);
function!(A 0, B 1, C 2, D 3, E 4, G 5);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11, N 12);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11, N 12, O 13);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11, N 12, O 13, P 14);
function!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11, N 12, O 13, P 14, Q 15);

/// A type-erased function, with its signature.
#[derive(Clone)]
pub(crate) struct FunctionItem {
    call: Arc<Callable>,
    params: Vec<(&'static str, String)>,
    returns: String,
    is_async: bool,
    level: Level,
}

type Callable = dyn Fn(Args<'static>) -> Result<CallResult, CallError> + Send + Sync;

impl FunctionItem {
    pub(super) fn new<A, F: Function<A> + 'static>(function: F) -> Self {
        let (params, returns) = F::signature();
        let function = Arc::new(function);
        Self {
            call: Arc::new(move |args| Arc::clone(&function).call(args)),
            is_async: F::is_async(),
            level: Level::Operate,
            params: params.into_iter().map(|ty| ("", ty)).collect(),
            returns: if returns == "()" { String::new() } else { returns },
        }
    }

    pub(super) fn name_params(&mut self, names: &[&'static str]) {
        for (param, name) in self.params.iter_mut().zip(names) {
            param.0 = name;
        }
    }

    pub(super) fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    /// Returns the level that a call needs.
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn arity(&self) -> usize {
        self.params.len()
    }

    /// Returns the type of the result, or an empty string for `()`.
    pub(crate) fn returns(&self) -> &str {
        &self.returns
    }

    pub(crate) fn call(&self, args: Args<'static>) -> Result<CallResult, CallError> {
        (self.call)(args)
    }

    /// Returns the signature with the name of the function in the namespace: `add(a: i64, b: i64) -> i64`.
    pub(crate) fn signature(&self, name: &str) -> String {
        Signature { function: self, name }.to_string()
    }
}

struct Signature<'a> {
    function: &'a FunctionItem,
    name: &'a str,
}

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params = self.function.params.iter().map(|(name, ty)| (*name, ty.as_str()));
        f.write_str(if self.function.is_async { "async " } else { "" })?;
        write_signature(f, self.name, params, &self.function.returns)
    }
}
