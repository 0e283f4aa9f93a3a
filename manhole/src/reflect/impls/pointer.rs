//! Pointers, shown as the value that they point to.

use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::{self, Rc};
use std::sync::atomic::AtomicPtr;
use std::sync::{Arc, Weak};

use super::computed_fields::opaque;
use crate::reflect::model::{
    AccessMode, Args, Around, AroundKind, CallError, CallFuture, CallOutput, Described, InnerBorrow,
    LockError, LockWait, Manhole, Node, NodeMut, TypeInfo,
};

/// A pointer that gives only shared access to its value.
macro_rules! shared_pointer {
    ($([$($generics:tt)*] $ty:ty => $target:ty;)+) => {$(
        impl<$($generics)*> Manhole for $ty
        where
            $target: Described,
        {
            fn type_info() -> &'static TypeInfo {
                <$target>::described()
            }

            fn reflect(&self) -> Node<'_> {
                (**self).reflect()
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                // A walk follows the pointer itself: its value need not be sized.
                NodeMut::shared(self)
            }

            fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
                (**self).call(index, args)
            }

            fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
                (**self).call_async(index, args)
            }
        }
    )+};
}

shared_pointer! {
    [T: ?Sized] Arc<T> => T;
    [T: ?Sized] Rc<T> => T;
    [T: ?Sized] &T => T;
    [P: Deref] Pin<P> => P::Target;
}

macro_rules! pointer_around {
    ($($ty:ty),+) => {$(
        impl<T: ?Sized> Around for $ty {
            type Inner = T;

            const KIND: AroundKind = AroundKind::Pointer;

            fn open_around(
                &self,
                _mode: AccessMode,
                _wait: &LockWait<'_>,
                then: &mut dyn FnMut(InnerBorrow<'_, T>),
            ) -> Result<(), LockError> {
                then(InnerBorrow::Shared(&**self));
                Ok(())
            }
        }
    )+};
}

pointer_around!(Arc<T>, Box<T>, Rc<T>, &T);

/// Implements a pointer that does not keep its value alive. It is shown as the value, if that still exists, and keeps it alive only
/// during the read.
macro_rules! weak {
    ([$($generics:tt)*] $ty:ty => $target:ty, $name:literal $(, $param:ty, at $address:ident)?) => {
        impl<$($generics)*> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{TypeInfo, TypeKind};

                const {
                    &TypeInfo::new($name, TypeKind::Lock(<$target>::type_info))
                        $(.with_params(&[<$param as $crate::reflect::model::Described>::described]))?
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
                let value = self.upgrade().ok_or($crate::reflect::model::LockError::Empty($crate::reflect::model::GONE))?;
                then($crate::reflect::model::ValueBorrow::Shared(&value));
                Ok(())
            }

            fn is_lock(&self) -> bool {
                false
            }

            $(fn address(&self) -> Option<usize> {
                Some(self.$address().cast::<()>().addr())
            })?
        }
    };
}

weak!([T: Described + ?Sized] Weak<T> => Arc<T>, "Weak", T, at as_ptr);
weak!([T: Described + ?Sized] rc::Weak<T> => Rc<T>, "Weak", T, at as_ptr);

opaque! {
    [T: ?Sized] PhantomData<T>, "PhantomData";
    [T] AtomicPtr<T>, "AtomicPtr";
}

#[cfg(feature = "tokio")]
pub(super) use weak;

#[cfg(test)]
mod tests {
    use crate::reflect::model::{Path, Step, Value};
    use crate::reflect::ops::shown;
    use crate::reflect::walk::Target;

    #[test]
    fn an_exclusive_reference_is_written_through_a_lock_around_it() {
        let mut jobs = vec![1_u16];
        {
            let borrowed = std::sync::Mutex::new((&mut jobs, Box::pin(5_u8)));
            assert_eq!(shown(&borrowed), "([1], 5)");
            let path = Path::root().join(Step::Key(Value::from(0)));
            let target = Target::new("jobs", &borrowed).at(&path);
            assert_eq!(target.write(&Value::List(vec![Value::from(7)])), Ok(()));
            let path = path.join(Step::Key(Value::from(0)));
            assert_eq!(Target::new("jobs", &borrowed).at(&path).write(&Value::from(8)), Ok(()));
        }
        assert_eq!(jobs, [8]);
    }
}
