//! Pointers, shown as the value that they point to.

use std::marker::PhantomData;
use std::sync::atomic::AtomicPtr;
use std::sync::{Arc, Weak};

use super::computed_fields::opaque;
use crate::reflect::model::{
    AccessMode, Args, CallError, CallFuture, CallOutput, LockError, LockWait, Lockable, Manhole, Node,
    NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, ValueBorrow, ValueVisitor,
};

/// A pointer that gives only shared access to its value.
macro_rules! shared_pointer {
    ($ty:ty, $($lifetime:lifetime)?) => {
        impl<$($lifetime,)? T: Manhole> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                T::type_info()
            }

            fn reflect(&self) -> Node<'_> {
                (**self).reflect()
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::shared(&**self)
            }

            fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
                (**self).call(index, args)
            }

            fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
                (**self).call_async(index, args)
            }
        }
    };
}

shared_pointer!(Arc<T>,);
shared_pointer!(&'a T, 'a);

/// Shown as the value that it points to, if that still exists. Keeps the value alive only during the read.
impl<T: Manhole> Manhole for Weak<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Weak", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }
}

impl<T: Manhole> Lockable for Weak<T> {
    fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let value = self.upgrade().ok_or(LockError::Empty("is gone"))?;
        then(ValueBorrow::Shared(&*value));
        Ok(())
    }

    fn is_lock(&self) -> bool {
        false
    }
}

opaque! {
    [T: ?Sized] PhantomData<T>, "PhantomData";
    [T] AtomicPtr<T>, "AtomicPtr";
}
