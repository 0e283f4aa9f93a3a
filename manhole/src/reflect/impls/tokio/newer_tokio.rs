//! What newer versions of tokio than the oldest supported one have. Each item here stands in for an item of theirs, and where tokio has
//! it, that one is used: a method of a type comes before one of a trait, and an import in a block before an item around it.

use std::marker::PhantomData;

use tokio::sync::{broadcast, oneshot};

use crate::reflect::impls::pointer::weak;
use crate::reflect::model::{Manhole, Node, NodeMut, TypeInfo, TypeKind, Value};

/// A boolean that only newer versions of tokio tell.
pub(super) struct IfKnown(Option<bool>);

impl From<bool> for IfKnown {
    fn from(value: bool) -> Self {
        Self(Some(value))
    }
}

impl Manhole for IfKnown {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("bool", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<Self>(self.0.map_or(Value::from("known since tokio 1.44"), Value::Bool))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }
}

/// Methods of `broadcast::Receiver`.
#[allow(dead_code)]
pub(super) trait NewerBroadcastReceiver {
    fn is_closed(&self) -> IfKnown {
        IfKnown(None)
    }
}

impl<T> NewerBroadcastReceiver for broadcast::Receiver<T> {}

/// Methods of `oneshot::Receiver`.
#[allow(dead_code)]
pub(super) trait NewerOneshotReceiver {
    fn is_empty(&self) -> IfKnown {
        IfKnown(None)
    }

    fn is_terminated(&self) -> IfKnown {
        IfKnown(None)
    }
}

impl<T> NewerOneshotReceiver for oneshot::Receiver<T> {}

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
