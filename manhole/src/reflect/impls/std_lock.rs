//! Locks of the standard library, and cells that are filled once.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{LazyLock, Mutex, OnceLock, RwLock, TryLockError, TryLockResult};

use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow,
};

macro_rules! guard_node {
    ($name:literal, $ty:ty) => {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new($name, TypeKind::Lock(<$ty>::type_info)).with_params(&[<$ty>::type_info]) }
        }

        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Lock(self))
        }

        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::new::<Self>(ShapeMut::Lock(self))
        }
    };
}

/// Returns a guard, poisoned or not; `None` while another thread holds the lock. A poisoned lock means that a thread has
/// panicked, and that is when the value is of interest.
/// is when one wants to look.
fn unless_blocked<G>(result: TryLockResult<G>) -> Option<G> {
    match result {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Runs `work`, and releases the lock before a panic continues: a panic in the console must not poison the application's
/// lock.
fn without_poison<G>(guard: G, work: impl FnOnce(&mut G)) {
    let mut guard = guard;
    let result = catch_unwind(AssertUnwindSafe(|| work(&mut guard)));
    drop(guard);
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

impl<T: Manhole> Manhole for Mutex<T> {
    guard_node!("Mutex", T);
}

impl<T: Manhole> Lockable for Mutex<T> {
    fn open(
        &self,
        _mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        let guard = wait.wait_for(|| unless_blocked(self.try_lock()))?;
        without_poison(guard, |guard| then(ValueBorrow::Exclusive(&mut **guard)));
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn is_poisoned(&self) -> bool {
        self.is_poisoned()
    }
}

impl<T: Manhole> Manhole for RwLock<T> {
    guard_node!("RwLock", T);
}

impl<T: Manhole> Lockable for RwLock<T> {
    fn open(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => {
                let guard = wait.wait_for(|| unless_blocked(self.try_read()))?;
                without_poison(guard, |guard| then(ValueBorrow::Shared(&**guard)));
            }
            AccessMode::Write => {
                let guard = wait.wait_for(|| unless_blocked(self.try_write()))?;
                without_poison(guard, |guard| then(ValueBorrow::Exclusive(&mut **guard)));
            }
        }
        Ok(())
    }

    fn is_shared_by_readers(&self) -> bool {
        true
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn is_poisoned(&self) -> bool {
        self.is_poisoned()
    }
}

impl<T: Manhole> Manhole for OnceLock<T> {
    guard_node!("OnceLock", T);
}

impl<T: Manhole> Lockable for OnceLock<T> {
    fn open(
        &self,
        _mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        let value = self.get().ok_or(LockError::Empty("is not set yet"))?;
        then(ValueBorrow::Shared(value));
        Ok(())
    }

    fn get(&self) -> Option<&dyn Manhole> {
        Some(self.get()?)
    }

    fn is_lock(&self) -> bool {
        false
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut()?)
    }
}

impl<T: Manhole, F: FnOnce() -> T> Manhole for LazyLock<T, F> {
    guard_node!("LazyLock", T);
}

impl<T: Manhole, F: FnOnce() -> T> Lockable for LazyLock<T, F> {
    fn open(
        &self,
        _mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        // A read must not run the initialization.
        let value = Self::get(self).ok_or(LockError::Empty("is not initialised yet"))?;
        then(ValueBorrow::Shared(value));
        Ok(())
    }

    fn get(&self) -> Option<&dyn Manhole> {
        Some(Self::get(self)?)
    }

    fn is_lock(&self) -> bool {
        false
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        None
    }
}
