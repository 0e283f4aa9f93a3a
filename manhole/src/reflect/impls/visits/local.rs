//! Values that cannot leave their thread, as roots: the thread keeps them, and serves the console while a command makes it wait.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread::LocalKey;

use super::queue::VisitQueue;
use super::{Remote, Visits, visits};
use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind,
    ValueBorrow, ValueVisitor,
};

thread_local! {
    static VALUES: RefCell<Vec<LocalValue>> = const { RefCell::new(Vec::new()) };
}

/// A value that this thread keeps.
#[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only an event loop serves it"))]
struct LocalValue {
    queue: Arc<VisitQueue>,
    serve: Box<dyn FnMut()>,
}

/// The console's end of a value that a thread keeps. It has the type of the value.
struct Kept<T>(Remote<T>);

impl<T: Manhole> Manhole for Kept<T> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Remote(&self.0.owner))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

/// A value of `thread_local!`, on the thread that keeps this.
pub(crate) struct ThreadLocal<T: 'static>(pub(crate) &'static LocalKey<T>);

impl<T: Manhole> Manhole for ThreadLocal<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("LocalKey", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        // Others on this thread share the value.
        NodeMut::shared(self)
    }
}

impl<T: Manhole> Lockable for ThreadLocal<T> {
    fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let visited = self.0.try_with(|value| then(ValueBorrow::Shared(value)));
        visited.map_err(|_| LockError::Empty("is gone: its thread ends"))
    }

    fn is_lock(&self) -> bool {
        false
    }
}

/// Keeps `value` on this thread, for as long as the console's end of it exists.
pub(crate) fn keep_here<T: Manhole + 'static>(mut value: T) -> impl Manhole + Send + Sync + 'static {
    let (remote, visits): (_, Visits<T>) = visits();
    let home = std::thread::current();
    visits.wake_with(move || home.unpark());
    let queue = Arc::clone(&visits.queue);
    let serve = Box::new(move || visits.serve(&mut value));
    VALUES.with_borrow_mut(|values| values.push(LocalValue { queue, serve }));
    Kept(remote)
}

/// Serves the console's requests to the values that this thread keeps.
#[cfg(feature = "tokio")]
pub(crate) fn serve_kept_values() {
    // The application's code may keep another one.
    let mut values = VALUES.take();
    for value in &mut values {
        (value.serve)();
    }
    // Without its other end, nothing can be requested of a value. The two others are here.
    values.retain(|value| Arc::strong_count(&value.queue) > 2);
    VALUES.with_borrow_mut(|kept| {
        values.append(kept);
        *kept = values;
    });
}
