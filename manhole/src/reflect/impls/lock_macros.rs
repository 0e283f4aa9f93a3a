//! Locks of different crates, which differ only in how they are tried.

/// Implements `Manhole` for a type with a `T` that must be opened.
macro_rules! lock_type {
    ([$($generics:tt)*] $ty:ty, $name:literal) => {
        impl<$($generics)*> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{TypeInfo, TypeKind};
                const { &TypeInfo::new($name, TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::Lock(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::new::<Self>($crate::reflect::model::ShapeMut::Lock(self))
            }
        }
    };
}

/// Implements `Lockable` for a lock of a `T` that implements `Around`.
macro_rules! lockable {
    ([$($generics:tt)*] $ty:ty, $name:literal, |$this:ident| $get_mut:expr) => {
        $crate::reflect::impls::lock_macros::lock_type!([$($generics)* T: $crate::reflect::model::Manhole] $ty, $name);

        impl<$($generics)* T: $crate::reflect::model::Manhole> $crate::reflect::model::Lockable for $ty {
            fn open(
                &self,
                mode: $crate::reflect::model::AccessMode,
                wait: &$crate::reflect::model::LockWait<'_>,
                then: $crate::reflect::model::ValueVisitor<'_>,
            ) -> Result<(), $crate::reflect::model::LockError> {
                $crate::reflect::model::Around::open_around(self, mode, wait, &mut |inner| then(inner.into()))
            }

            fn is_lock(&self) -> bool {
                <Self as $crate::reflect::model::Around>::KIND != $crate::reflect::model::AroundKind::Pointer
            }

            fn is_shared_by_readers(&self) -> bool {
                <Self as $crate::reflect::model::Around>::KIND == $crate::reflect::model::AroundKind::Readers
            }

            fn get_mut(&mut self) -> Option<&mut dyn $crate::reflect::model::Manhole> {
                let $this = self;
                Some($get_mut)
            }

            fn address(&self) -> Option<usize> {
                Some(std::ptr::from_ref(self).addr())
            }

            fn is_poisoned(&self) -> bool {
                $crate::reflect::model::Around::has_poison(self)
            }

            fn uses(&self) -> Option<$crate::reflect::model::LockUses> {
                $crate::reflect::model::Around::uses(self)
            }
        }
    };
}

/// Implements a lock with one holder, which `$try_lock` tries to take.
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012", feature = "tokio"))]
macro_rules! mutex {
    ([$($generics:tt)*] $ty:ty, |$this:ident| $try_lock:expr) => {
        $crate::reflect::impls::lock_macros::lockable!([$($generics)*] $ty, "Mutex", |this| this.get_mut());

        impl<$($generics)* T> Around for $ty {
            type Inner = T;

            const KIND: AroundKind = AroundKind::Exclusive;

            fn open_around(
                &self,
                _mode: AccessMode,
                wait: &LockWait<'_>,
                then: &mut dyn FnMut(InnerBorrow<'_, T>),
            ) -> Result<(), LockError> {
                let $this = self;
                let mut guard = wait.wait_for(|| $try_lock)?;
                then(InnerBorrow::Exclusive(&mut *guard));
                Ok(())
            }
        }
    };
}

/// Implements a lock with one writer or several readers.
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012", feature = "tokio"))]
macro_rules! rw_lock {
    ([$($generics:tt)*] $ty:ty, |$this:ident| $try_read:expr, $try_write:expr) => {
        $crate::reflect::impls::lock_macros::lockable!([$($generics)*] $ty, "RwLock", |this| this.get_mut());

        impl<$($generics)* T> Around for $ty {
            type Inner = T;

            const KIND: AroundKind = AroundKind::Readers;

            fn open_around(
                &self,
                mode: AccessMode,
                wait: &LockWait<'_>,
                then: &mut dyn FnMut(InnerBorrow<'_, T>),
            ) -> Result<(), LockError> {
                let $this = self;
                match mode {
                    AccessMode::Read => then(InnerBorrow::Shared(&*wait.wait_for(|| $try_read)?)),
                    AccessMode::Write => then(InnerBorrow::Exclusive(&mut *wait.wait_for(|| $try_write)?)),
                }
                Ok(())
            }
        }
    };
}

/// Implements a cell that is filled once, from then on read without locking.
macro_rules! once {
    ([$($generics:tt)*] $ty:ty, $name:literal, $empty:expr, |$this:ident| $get:expr $(, $get_mut:expr)?) => {
        $crate::reflect::impls::lock_macros::lock_type!([$($generics)*] $ty, $name);

        impl<$($generics)*> Lockable for $ty {
            fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
                then(ValueBorrow::Shared(Lockable::get(self).ok_or(LockError::Empty($empty))?));
                Ok(())
            }

            fn get(&self) -> Option<&dyn Manhole> {
                let $this = self;
                $get.map(|value| value as &dyn Manhole)
            }

            fn is_lock(&self) -> bool {
                false
            }

            fn address(&self) -> Option<usize> {
                Some(std::ptr::from_ref(self).addr())
            }

            $(fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
                let $this = self;
                $get_mut.map(|value| value as &mut dyn Manhole)
            })?
        }
    };
}

pub(super) use once;
pub(super) use {lock_type, lockable};
#[cfg(any(feature = "parking_lot", feature = "parking_lot_012", feature = "tokio"))]
pub(super) use {mutex, rw_lock};
