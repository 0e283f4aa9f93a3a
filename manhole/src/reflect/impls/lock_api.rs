//! Locks built on `lock_api`: those of `parking_lot`, `spin` and others, for both of its versions in use.

use crate::reflect::{
    Access, Guard, GuardError, Intent, Manhole, Node, NodeMut, Patience, Shape, ShapeMut, TypeInfo, TypeKind,
};

macro_rules! locks_of {
    ($lock_api:ident) => {
        const _: () = {
            use $lock_api::{GetThreadId, Mutex, RawMutex, RawRwLock, ReentrantMutex, RwLock};

            impl<R: RawMutex, T: Manhole> Manhole for Mutex<R, T> {
                fn type_info() -> &'static TypeInfo {
                    const { &TypeInfo::new("Mutex", TypeKind::Guard(T::type_info)).with_params(&[T::type_info]) }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Guard(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Guard(self))
                }
            }

            impl<R: RawMutex, T: Manhole> Guard for Mutex<R, T> {
                fn open(
                    &self,
                    _intent: Intent,
                    patience: &Patience<'_>,
                    then: &mut dyn FnMut(Access<'_>),
                ) -> Result<(), GuardError> {
                    let mut guard = patience.wait_for(|| self.try_lock())?;
                    then(Access::Exclusive(&mut *guard));
                    Ok(())
                }

                fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                    Some(self.get_mut())
                }
            }

            impl<R: RawRwLock, T: Manhole> Manhole for RwLock<R, T> {
                fn type_info() -> &'static TypeInfo {
                    const { &TypeInfo::new("RwLock", TypeKind::Guard(T::type_info)).with_params(&[T::type_info]) }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Guard(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Guard(self))
                }
            }

            impl<R: RawRwLock, T: Manhole> Guard for RwLock<R, T> {
                fn open(
                    &self,
                    intent: Intent,
                    patience: &Patience<'_>,
                    then: &mut dyn FnMut(Access<'_>),
                ) -> Result<(), GuardError> {
                    match intent {
                        Intent::Read => then(Access::Shared(&*patience.wait_for(|| self.try_read())?)),
                        Intent::Write => {
                            let mut guard = patience.wait_for(|| self.try_write())?;
                            then(Access::Exclusive(&mut *guard));
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
                        &TypeInfo::new("ReentrantMutex", TypeKind::Guard(T::type_info))
                            .with_params(&[T::type_info])
                    }
                }

                fn reflect(&self) -> Node<'_> {
                    Node::new::<Self>(Shape::Guard(self))
                }

                fn reflect_mut(&mut self) -> NodeMut<'_> {
                    NodeMut::new::<Self>(ShapeMut::Guard(self))
                }
            }

            impl<R: RawMutex, G: GetThreadId, T: Manhole> Guard for ReentrantMutex<R, G, T> {
                fn open(
                    &self,
                    _intent: Intent,
                    patience: &Patience<'_>,
                    then: &mut dyn FnMut(Access<'_>),
                ) -> Result<(), GuardError> {
                    // A thread may have it several times, so that nobody ever has it alone.
                    then(Access::Shared(&*patience.wait_for(|| self.try_lock())?));
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
