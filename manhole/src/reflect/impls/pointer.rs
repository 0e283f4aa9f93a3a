//! Pointers, shown as the value that they point to.

use std::marker::PhantomData;
use std::sync::atomic::AtomicPtr;
use std::sync::{Arc, Weak};

use super::computed_fields::opaque;
use crate::reflect::model::{Args, CallError, CallFuture, CallOutput, Manhole, Node, NodeMut, TypeInfo};

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

/// Implements a pointer that does not keep its value alive. It is shown as the value, if that still exists, and keeps it alive only
/// during the read.
macro_rules! weak {
    ([$($generics:tt)*] $ty:ty => $target:ty, $name:literal $(, $param:ty)?) => {
        impl<$($generics)*> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{TypeInfo, TypeKind};

                const {
                    &TypeInfo::new($name, TypeKind::Lock(<$target>::type_info))
                        $(.with_params(&[<$param>::type_info]))?
                }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::Lock(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::new::<Self>($crate::reflect::model::ShapeMut::Shared(self))
            }
        }

        impl<$($generics)*> $crate::reflect::model::Lockable for $ty {
            fn open(
                &self,
                _mode: $crate::reflect::model::AccessMode,
                _wait: &$crate::reflect::model::LockWait<'_>,
                then: $crate::reflect::model::ValueVisitor<'_>,
            ) -> Result<(), $crate::reflect::model::LockError> {
                let value = self.upgrade().ok_or($crate::reflect::model::LockError::Empty("is gone"))?;
                let value: &$target = std::borrow::Borrow::borrow(&value);
                then($crate::reflect::model::ValueBorrow::Shared(value));
                Ok(())
            }

            fn is_lock(&self) -> bool {
                false
            }
        }
    };
}

weak!([T: Manhole] Weak<T> => T, "Weak", T);

opaque! {
    [T: ?Sized] PhantomData<T>, "PhantomData";
    [T] AtomicPtr<T>, "AtomicPtr";
}

#[cfg(feature = "tokio")]
pub(super) use weak;
