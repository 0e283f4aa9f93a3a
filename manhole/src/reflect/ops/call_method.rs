//! Calls methods of the value at a path.

use std::sync::Arc;

use super::read_write::Lookup;
use crate::reflect::model::{
    AccessMode, Args, CallError, CallFuture, CallOutput, Level, Manhole, MethodInfo, Node, Path, ResultKind,
    Shape, ShapeMut, Step, Value, ValueBorrow, ValueRef,
};
use crate::reflect::walk::{
    AccessError, AccessErrorKind as Kind, MAX_POINTERS, Target, WalkPermissions, require, step_down, walk,
};

impl Target<'_> {
    /// Calls a method.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{CallOutput, Target, Value};
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
    /// let output = Target::new("till", &till).call("put", &vec![Value::from(2)])?;
    /// assert!(matches!(output, CallOutput::Value(Value::Int(3))));
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end, there is no such method, it is `async`, or the call fails.
    pub fn call(&self, method: &str, args: &Args<'_>) -> Result<CallOutput, AccessError> {
        // Most methods take `&self`. One that takes `&mut self` fails before it runs, and is called again with exclusive access.
        match self.call_in(AccessMode::Read, method, args) {
            Err(error) if error.is_call(&CallError::NeedsExclusive) => {
                self.call_in(AccessMode::Write, method, args)
            }
            result => result,
        }
    }

    /// Calls a method that takes `&self`. Fails with [`CallError::NeedsExclusive`] if it takes `&mut self`.
    #[cfg(feature = "console")]
    pub(crate) fn call_shared(&self, method: &str, args: &Args<'_>) -> Result<CallOutput, AccessError> {
        self.call_in(AccessMode::Read, method, args)
    }

    fn call_in(&self, mode: AccessMode, method: &str, args: &Args<'_>) -> Result<CallOutput, AccessError> {
        let args = args.iter().map(|arg| arg.clone().into_owned()).collect();
        let call = MethodCall { method: method.to_owned(), args, level: self.level };
        walk(self, mode, move |found| call.run(found))
    }

    /// Finds an `async` method. Takes no lock: a future that borrows the value must not hold one while it is awaited.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use manhole::Manhole;
    /// use manhole::reflect::{CallOutput, Target, Value};
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
    /// let root = Arc::new(Store { rows: 7 });
    /// let count = Target::new("store", &*root).prepare_async("count")?;
    /// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let output = runtime.block_on(count.start(root, vec![]));
    /// assert!(matches!(output, Ok(CallOutput::Value(Value::Int(7)))));
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end, there is no such method, or a lock is on the path.
    pub fn prepare_async(&self, method: &str) -> Result<AsyncCall, AccessError> {
        let path = self.path.to_path();
        let found = without_locks(self.root, &path, self.level, method)
            .and_then(|found| find_method(found, method, self.level));
        let (index, info) = found.map_err(|kind| self.fail(kind))?;
        Ok(AsyncCall { path, level: self.level, index, signature: info.to_string() })
    }
}

/// A call by name.
struct MethodCall {
    method: String,
    args: Args<'static>,
    level: Level,
}

impl MethodCall {
    fn run(&self, found: ValueBorrow<'_>) -> Result<CallOutput, Kind> {
        match found {
            ValueBorrow::Shared(found) => {
                if let Shape::Option(Some(inner)) = found.reflect().into_shape() {
                    return self.run(ValueBorrow::Shared(inner));
                }
                let (index, info) = self.find(found)?;
                found.call(index, self.args.clone()).map_err(|error| call_failed(error, info))
            }
            ValueBorrow::Exclusive(found) => {
                if let Shape::Option(Some(_)) = found.reflect().into_shape() {
                    return match found.reflect_mut().into_shape() {
                        ShapeMut::Option(Some(inner)) => self.run(ValueBorrow::Exclusive(inner)),
                        ShapeMut::Whole => Err(Kind::Whole { ty: found.reflect().info().to_string() }),
                        _ => Err(Kind::IsNone),
                    };
                }
                let (index, info) = self.find(found)?;
                // A method that changes the value would bypass the validation.
                if info.exclusive && matches!(found.reflect_mut().into_shape(), ShapeMut::Whole) {
                    return Err(Kind::Whole { ty: found.reflect().info().to_string() });
                }
                found.call_mut(index, self.args.clone()).map_err(|error| call_failed(error, info))
            }
        }
    }

    /// Finds a method that is not `async`.
    fn find(&self, found: &dyn Manhole) -> Result<(usize, &'static MethodInfo), Kind> {
        let (index, info) = find_method(found, &self.method, self.level)?;
        if info.asynchronous { Err(call_failed(CallError::Asynchronous, info)) } else { Ok((index, info)) }
    }
}

fn find_method(
    found: &dyn Manhole,
    method: &str,
    level: Level,
) -> Result<(usize, &'static MethodInfo), Kind> {
    let node = found.reflect();
    let info = node.info();
    if matches!(node.shape(), Shape::Option(None)) {
        return Err(Kind::IsNone);
    }
    let Some((index, found)) = info.methods.iter().enumerate().find(|(_, known)| known.name == method) else {
        return Err(Kind::NoMethod {
            ty: info.to_string(),
            method: method.to_owned(),
            known: info.methods.iter().map(ToString::to_string).collect(),
        });
    };
    require(level, found.level)?;
    Ok((index, found))
}

fn call_failed(error: CallError, info: &MethodInfo) -> Kind {
    Kind::Call { error, signature: info.to_string() }
}

impl CallOutput {
    /// Converts a leaf to a value, and keeps any other `value` as a root.
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
    /// If `value` is an `Err`: it is the error of the call.
    pub fn new<T: Manhole + Send + Sync + 'static>(value: T) -> Result<Self, CallError> {
        let path = match value.outcome() {
            ResultKind::Value => Path::root(),
            ResultKind::Ok => Path::root().join(Step::Key(Value::Int(0))),
            ResultKind::Failed(message) => return Err(CallError::Failed(message)),
            ResultKind::Lines(lines) => return Ok(Self::Lines(lines)),
        };
        match Target::new("", &value).at(&path).lookup(usize::MAX) {
            Ok(Lookup::Leaf(leaf)) => Ok(Self::Value(leaf)),
            Ok(Lookup::None) => Ok(Self::None),
            Ok(Lookup::Composite) | Err(_) => Ok(Self::Root(Arc::new(value), path)),
        }
    }
}

/// An `async` method, found by [`Target::prepare_async`] and not started yet.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::Target;
///
/// #[derive(Manhole)]
/// struct Store {}
///
/// #[manhole::methods]
/// impl Store {
///     pub async fn flush(&self) {}
/// }
///
/// let flush = Target::new("store", &Store {}).prepare_async("flush")?;
/// assert_eq!(flush.signature(), "async flush()");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug)]
pub struct AsyncCall {
    path: Path,
    level: Level,
    index: usize,
    signature: String,
}

impl AsyncCall {
    /// Returns the method's signature.
    ///
    /// See the example of [`AsyncCall`].
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// Returns the call as a future, which keeps `root` alive. `root` must be the root that the method was found in.
    ///
    /// See the example of [`Target::prepare_async`].
    #[must_use]
    pub fn start(self, root: Arc<dyn Manhole + Send + Sync>, args: Args<'static>) -> CallFuture<'static> {
        let Self { path, level, index, signature } = self;
        Box::pin(async move {
            // Walks again, so that the value that the future borrows belongs to the future.
            let call = match without_locks(&*root, &path, level, &signature) {
                Ok(found) => found.call_async(index, args),
                Err(kind) => Err(CallError::Failed(kind.at("the value").to_string())),
            };
            call?.await
        })
    }
}

/// Returns the value at `path` that has `method`, or an error if a lock is on the path.
fn without_locks<'a>(
    root: &'a dyn Manhole,
    path: &Path,
    level: Level,
    method: &str,
) -> Result<&'a dyn Manhole, Kind> {
    let steps = path.steps();
    let most = MAX_POINTERS + steps.len();
    let mut steps = steps.into_iter().peekable();
    let mut value = root;
    for _ in 0..most {
        let node = value.reflect();
        let info = node.info();
        match (node.into_shape(), steps.peek()) {
            (Shape::Lock(lock), _) => {
                let behind_lock =
                    || Kind::Call { error: CallError::BehindLock, signature: method.to_owned() };
                value = lock.get().ok_or_else(behind_lock)?;
            }
            (Shape::Remote(_), _) => {
                return Err(Kind::Call { error: CallError::BehindOwner, signature: method.to_owned() });
            }
            (Shape::Option(Some(inner)), _) => value = inner,
            (Shape::Option(None), _) => return Err(Kind::IsNone),
            (_, None) => return Ok(value),
            (shape, Some(step)) => {
                let permissions = WalkPermissions { mode: AccessMode::Read, level };
                let ValueRef::Borrowed(next) = step_down(Node::described(info, shape), step, permissions)?
                else {
                    return Err(Kind::NoInside { ty: info.to_string() });
                };
                value = next;
                steps.next();
            }
        }
    }
    Err(Kind::PointerCycle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::{NodeMut, TypeInfo, TypeKind};

    /// A pointer to itself.
    struct Cycle;

    impl Manhole for Cycle {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new("Cycle", TypeKind::Opaque) }
        }

        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Option(Some(self)))
        }

        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::shared(self)
        }
    }

    #[test]
    fn a_cycle_of_pointers_has_an_error_kind() {
        let path = Path::root().join(Step::Key(Value::from(0)));
        let target = Target::new("cycle", &Cycle).at(&path);
        let error = target.read(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "cannot reach cycle: its pointers form a cycle");
        for kind in [error.kind, target.prepare_async("run").unwrap_err().kind] {
            assert_eq!(*kind, Kind::PointerCycle);
        }
    }
}
