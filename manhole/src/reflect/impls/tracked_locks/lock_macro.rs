//! What tracked locks do as the locks inside them.

/// Implements the traits of the tracked lock `$ty` with a `$inner` of the standard library inside.
macro_rules! tracked_lock {
    ($ty:ident, $inner:ident, $name:literal) => {
        impl<T> From<T> for $ty<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: ?Sized + std::fmt::Debug> std::fmt::Debug for $ty<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.inner.fmt(f)
            }
        }

        $crate::reflect::impls::lock_macros::lockable!([] $ty<T>, $name, |this| {
            this.inner.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
        });

        impl<T> $crate::reflect::model::Around for $ty<T> {
            type Inner = T;

            const KIND: $crate::reflect::model::AroundKind = <$inner<T> as $crate::reflect::model::Around>::KIND;

            // The console's own looks are not recorded.
            fn open_around(
                &self,
                mode: $crate::reflect::model::AccessMode,
                wait: &$crate::reflect::model::LockWait<'_>,
                then: &mut dyn FnMut($crate::reflect::model::InnerBorrow<'_, T>),
            ) -> Result<(), $crate::reflect::model::LockError> {
                self.inner.open_around(mode, wait, then)
            }

            fn has_poison(&self) -> bool {
                self.inner.has_poison()
            }

            fn uses(&self) -> Option<$crate::reflect::model::LockUses> {
                Some(self.tracker.uses())
            }
        }
    };
}

pub(super) use tracked_lock;
