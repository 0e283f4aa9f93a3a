//! What newer versions of tokio than the oldest supported one have. Each item here stands in for an item of theirs, and where tokio has
//! it, that one is used: a method of a type comes before one of a trait, and an import in a block before an item around it.

use std::marker::PhantomData;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit, broadcast, mpsc, oneshot};

use crate::reflect::impls::pointer::weak;
use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo};
use crate::reflect::text::placeholder;

/// A value that only newer versions of tokio tell.
pub(super) struct IfKnown<T>(Option<T>);

impl<T> From<T> for IfKnown<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T: Manhole> Manhole for IfKnown<T> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        let unknown =
            || Node::described(T::type_info(), Shape::Text(placeholder::text("needs a newer tokio").into()));
        self.0.as_ref().map_or_else(unknown, Manhole::reflect)
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

/// Declares methods for types that may not have them.
macro_rules! newer_methods {
    ($($name:ident for [$($generics:tt)*] $ty:ty { $($method:ident -> $value:ty),+ })+) => {$(
        #[allow(dead_code)]
        pub(super) trait $name {
            $(fn $method(&self) -> IfKnown<$value> {
                IfKnown(None)
            })+
        }

        impl<$($generics)*> $name for $ty {}
    )+};
}

newer_methods! {
    NewerReceiver for [T] mpsc::Receiver<T> {
        len -> usize, capacity -> usize, max_capacity -> usize, is_closed -> bool
    }
    NewerUnboundedReceiver for [T] mpsc::UnboundedReceiver<T> { len -> usize, is_closed -> bool }
    NewerBroadcastReceiver for [T] broadcast::Receiver<T> { is_closed -> bool }
    NewerOneshotReceiver for [T] oneshot::Receiver<T> { is_empty -> bool, is_terminated -> bool }
    NewerPermit for ['a] SemaphorePermit<'a> { num_permits -> usize }
    NewerOwnedPermit for [] OwnedSemaphorePermit { num_permits -> usize }
    NewerMetrics for [] Metrics { num_workers -> usize, num_alive_tasks -> usize, global_queue_depth -> usize }
}

/// `runtime::RuntimeMetrics`.
pub(super) struct Metrics;

/// Methods of `runtime::Handle`.
#[allow(dead_code)]
pub(super) trait NewerHandle {
    fn metrics(&self) -> Metrics {
        Metrics
    }
}

impl NewerHandle for Handle {}

/// `broadcast::WeakSender`.
#[allow(dead_code)]
struct WeakSender<T>(PhantomData<fn() -> T>);

#[allow(dead_code)]
impl<T> WeakSender<T> {
    fn upgrade(&self) -> Option<broadcast::Sender<T>> {
        None
    }
}

const _: () = {
    #[allow(unused_imports)]
    use tokio::sync::broadcast::*;

    weak!([T] WeakSender<T> => Sender<T>, "WeakSender");
};
