//! Calling methods of what a path leads to.

use std::sync::Arc;

use super::read_write::{Lookup, lookup};
use crate::reflect::model::{
    AccessMode, Args, CallError, CallFuture, CallOutput, Level, LockWait, Manhole, MethodInfo, Path,
    ResultKind, Shape, ShapeMut, Step, Value, ValueBorrow, ValueRef,
};
use crate::reflect::walk::{
    AccessError, AccessErrorKind as Kind, Target, WalkPermissions, location, require, step_down, walk,
};

/// Calls the method `method` of what `path` leads to.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{Path, LockWait, CallOutput, Value, call};
///
/// #[derive(Manhole)]
/// struct Till {
///     coins: u32,
/// }
///
/// #[manhole::methods]
/// impl Till {
///     pub fn put(&mut self, coins: u32) -> u32 {
///         self.coins += coins;
///         self.coins
///     }
/// }
///
/// let till = std::sync::Mutex::new(Till { coins: 1 });
/// let returned = call("till", &till, &Path::root(), &LockWait::none(), "put", &vec![Value::from(2)])?;
/// assert!(matches!(returned, CallOutput::Value(Value::Int(3))));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end, there is no such method, it is `async`, or the call fails.
pub fn call(
    name: &str,
    root: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
    method: &str,
    args: &Args<'_>,
) -> Result<CallOutput, AccessError> {
    let target = Target { name, value: root, route: path.into() };
    let mut returned = None;
    let mut attempt = |mode| {
        walk(target, mode, wait, &mut |access| {
            returned = Some(call_here(access, method, args, wait.level())?);
            Ok(())
        })?;
        returned.take().ok_or_else(|| Kind::Empty("holds nothing").at(name))
    };
    // Most methods only look. One that takes `&mut self` says so without having run, and is called again with the strongest
    // access there is.
    match attempt(AccessMode::Read) {
        Err(error) if error.is_call(&CallError::NeedsExclusive) => attempt(AccessMode::Write),
        result => result,
    }
}

fn call_here(
    access: ValueBorrow<'_>,
    method: &str,
    args: &Args<'_>,
    level: Level,
) -> Result<CallOutput, Kind> {
    match access {
        ValueBorrow::Shared(found) => match found.reflect().into_shape() {
            Shape::Option(Some(inner)) => call_here(ValueBorrow::Shared(inner), method, args, level),
            _ => {
                let (index, info) = find_method(found, method)?;
                require(level, info.level)?;
                if info.asynchronous {
                    return Err(call_failed(CallError::Asynchronous, info));
                }
                found.call(index, args.clone()).map_err(|error| call_failed(error, info))
            }
        },
        ValueBorrow::Exclusive(found) => {
            if let Shape::Option(Some(_)) = found.reflect().into_shape() {
                return match found.reflect_mut().into_shape() {
                    ShapeMut::Option(Some(inner)) => {
                        call_here(ValueBorrow::Exclusive(inner), method, args, level)
                    }
                    ShapeMut::Whole => Err(Kind::Whole { ty: found.reflect().info().to_string() }),
                    _ => Err(Kind::IsNone),
                };
            }
            let (index, info) = find_method(found, method)?;
            require(level, info.level)?;
            if info.asynchronous {
                return Err(call_failed(CallError::Asynchronous, info));
            }
            // A method that changes the value would go past the program's check.
            if info.exclusive && matches!(found.reflect_mut().into_shape(), ShapeMut::Whole) {
                return Err(Kind::Whole { ty: found.reflect().info().to_string() });
            }
            found.call_mut(index, args.clone()).map_err(|error| call_failed(error, info))
        }
    }
}

fn find_method(found: &dyn Manhole, method: &str) -> Result<(usize, &'static MethodInfo), Kind> {
    let node = found.reflect();
    let info = node.info();
    if matches!(node.shape(), Shape::Option(None)) {
        return Err(Kind::IsNone);
    }
    let index = info.methods.iter().position(|known| known.name == method);
    index.and_then(|index| Some((index, info.methods.get(index)?))).ok_or_else(|| Kind::NoMethod {
        ty: info.to_string(),
        method: method.to_owned(),
        known: info.methods.iter().map(ToString::to_string).collect(),
    })
}

fn call_failed(error: CallError, info: &MethodInfo) -> Kind {
    Kind::Call { error, signature: info.to_string() }
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
        match lookup("", &value, (&path).into(), &LockWait::none(), usize::MAX) {
            Ok(Lookup::Leaf(leaf)) => Ok(Self::Value(leaf)),
            Ok(Lookup::None) => Ok(Self::None),
            Ok(Lookup::Composite) | Err(_) => Ok(Self::Root(Arc::new(value), path)),
        }
    }
}

/// An `async` method that has been found and not yet been started.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::Manhole;
/// use manhole::reflect::{Level, Path, AsyncCall, prepare_async};
///
/// #[derive(Manhole)]
/// struct Store {}
///
/// #[manhole::methods]
/// impl Store {
///     pub async fn flush(&self) {}
/// }
///
/// let root: Arc<dyn Manhole + Send + Sync> = Arc::new(Store {});
/// let AsyncCall { signature, .. } = prepare_async("store", &root, &Path::root(), Level::Operate, "flush", vec![])?;
/// assert_eq!(signature, "async flush()");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[non_exhaustive]
pub struct AsyncCall {
    /// The call. Nothing has run of it yet; it keeps the root alive.
    pub future: CallFuture<'static>,
    /// The method's signature, for errors.
    pub signature: String,
}

/// Finds the `async` method `method` of what `path` leads to.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::Manhole;
/// use manhole::reflect::{Level, Path, CallOutput, Value, prepare_async};
///
/// #[derive(Manhole)]
/// struct Store {
///     rows: u64,
/// }
///
/// #[manhole::methods]
/// impl Store {
///     pub async fn count(&self) -> u64 {
///         self.rows
///     }
/// }
///
/// let root: Arc<dyn Manhole + Send + Sync> = Arc::new(Store { rows: 7 });
/// let prepare_async = prepare_async("store", &root, &Path::root(), Level::Operate, "count", vec![])?;
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// assert!(matches!(runtime.block_on(prepare_async.future), Ok(CallOutput::Value(Value::Int(7)))));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end, there is no such method, or a lock would have to be held while it is awaited.
pub fn prepare_async(
    name: &str,
    root: &Arc<dyn Manhole + Send + Sync>,
    path: &Path,
    level: Level,
    method: &str,
    args: Args<'static>,
) -> Result<AsyncCall, AccessError> {
    let target = Target { name, value: &**root, route: path.into() };
    let fail = |kind: Kind| kind.at(location(&target, usize::MAX));
    let found = without_locks(&**root, path, level).map_err(fail)?;
    let (index, info) = find_method(found, method).map_err(fail)?;
    require(level, info.level).map_err(fail)?;
    let (root, path) = (Arc::clone(root), path.clone());
    let future = Box::pin(async move {
        // The way is walked anew, so that what the future borrows from belongs to it.
        let running = match without_locks(&*root, &path, level) {
            Ok(found) => found.call_async(index, args),
            Err(kind) => Err(CallError::Failed(kind.at("").to_string())),
        };
        running?.await
    });
    Ok(AsyncCall { future, signature: info.to_string() })
}

/// What `path` leads to, where no lock is on the way.
fn without_locks<'a>(root: &'a dyn Manhole, path: &Path, level: Level) -> Result<&'a dyn Manhole, Kind> {
    let steps = path.steps();
    let mut steps = steps.into_iter().peekable();
    let mut value = root;
    loop {
        let node = value.reflect();
        let info = node.info();
        match (node.into_shape(), steps.peek()) {
            (Shape::Lock(guard), _) => {
                let behind_lock = || Kind::Call { error: CallError::BehindLock, signature: String::new() };
                value = guard.get().ok_or_else(behind_lock)?;
            }
            (Shape::Option(Some(inner)), _) => value = inner,
            (Shape::Option(None), _) => return Err(Kind::IsNone),
            (_, None) => return Ok(value),
            (shape, Some(step)) => {
                let ValueRef::Borrowed(next) =
                    step_down(info, &shape, step, WalkPermissions { mode: AccessMode::Read, level })?
                else {
                    return Err(Kind::NoInside { ty: info.to_string() });
                };
                value = next;
                steps.next();
            }
        }
    }
}
