//! Values that are computed when they are looked at.

use std::fmt;
use std::sync::Arc;

use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow, ValueVisitor,
};
use crate::reflect::walk::author_code;

/// A value that a function computes each time it is looked at; see [`computed`].
pub struct Computed<T>(Arc<dyn Fn() -> T + Send + Sync>);

/// Makes a root, or a field, of what `read` returns. Trees, tables and `watch` show it like any other value, and nothing can change it.
///
/// `read` runs on a thread of the console whenever the value is looked at. So it is fast, changes nothing, and waits for nothing. A
/// function that does more is another entry of [`manhole!`](crate::manhole), which a session has to call.
///
/// With a weak pointer it shows a value without keeping it alive.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::{computed, manhole};
///
/// let jobs = Arc::new(());
/// let waiting = Arc::downgrade(&jobs);
/// let namespace = manhole! {
///     /// Jobs that wait for a worker.
///     waiting => computed(move || waiting.strong_count()),
/// };
/// # drop(namespace);
/// ```
pub fn computed<T: Manhole>(read: impl Fn() -> T + Send + Sync + 'static) -> Computed<T> {
    Computed(Arc::new(read))
}

impl<T: Manhole> Manhole for Computed<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Computed", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }
}

impl<T: Manhole> Lockable for Computed<T> {
    fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        if !author_code::may_call() {
            return Err(LockError::Empty("is not computed: the console calls no code of the application"));
        }
        then(ValueBorrow::Shared(&(self.0)()));
        Ok(())
    }

    fn is_lock(&self) -> bool {
        false
    }
}

impl<T> Clone for Computed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Computed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computed").finish_non_exhaustive()
    }
}
