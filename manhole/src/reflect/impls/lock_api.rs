//! Locks built on `lock_api`: those of `parking_lot`, `spin` and others, in both versions in use.

use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow,
};

macro_rules! locks_of {
    ($lock_api:ident) => {
        const _: () = {
            use $lock_api::{GetThreadId, Mutex, RawMutex, RawRwLock, ReentrantMutex, RwLock};

            impl<R: RawMutex, T: Manhole> Manhole for Mutex<R, T> {
                fn type_info() -> &'static TypeInfo {
                    const { &TypeInfo::new("Mutex", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Lock(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Lock(self))
                }
            }

            impl<R: RawMutex, T: Manhole> Lockable for Mutex<R, T> {
                fn open(
                    &self,
                    _mode: AccessMode,
                    wait: &LockWait<'_>,
                    then: &mut dyn FnMut(ValueBorrow<'_>),
                ) -> Result<(), LockError> {
                    let mut guard = wait.wait_for(|| self.try_lock())?;
                    then(ValueBorrow::Exclusive(&mut *guard));
                    Ok(())
                }

                fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                    Some(self.get_mut())
                }
            }

            impl<R: RawRwLock, T: Manhole> Manhole for RwLock<R, T> {
                fn type_info() -> &'static TypeInfo {
                    const { &TypeInfo::new("RwLock", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Lock(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Lock(self))
                }
            }

            impl<R: RawRwLock, T: Manhole> Lockable for RwLock<R, T> {
                fn open(
                    &self,
                    mode: AccessMode,
                    wait: &LockWait<'_>,
                    then: &mut dyn FnMut(ValueBorrow<'_>),
                ) -> Result<(), LockError> {
                    match mode {
                        AccessMode::Read => then(ValueBorrow::Shared(&*wait.wait_for(|| self.try_read())?)),
                        AccessMode::Write => {
                            let mut guard = wait.wait_for(|| self.try_write())?;
                            then(ValueBorrow::Exclusive(&mut *guard));
                        }
                    }
                    Ok(())
                }

                fn is_shared_by_readers(&self) -> bool {
                    true
                }

                fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                    Some(self.get_mut())
                }
            }

            impl<R: RawMutex, G: GetThreadId, T: Manhole> Manhole for ReentrantMutex<R, G, T> {
                fn type_info() -> &'static TypeInfo {
                    const {
                        &TypeInfo::new("ReentrantMutex", TypeKind::Lock(T::type_info))
                            .with_params(&[T::type_info])
                    }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Lock(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Lock(self))
                }
            }

            impl<R: RawMutex, G: GetThreadId, T: Manhole> Lockable for ReentrantMutex<R, G, T> {
                fn open(
                    &self,
                    _mode: AccessMode,
                    wait: &LockWait<'_>,
                    then: &mut dyn FnMut(ValueBorrow<'_>),
                ) -> Result<(), LockError> {
                    // A thread may hold it several times, so no thread has the value exclusively.
                    then(ValueBorrow::Shared(&*wait.wait_for(|| self.try_lock())?));
                    Ok(())
                }

                fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                    Some(self.get_mut())
                }
            }
        };
    };
}

#[cfg(feature = "parking_lot_012")]
locks_of!(lock_api_04);
#[cfg(feature = "parking_lot")]
locks_of!(lock_api_05);
