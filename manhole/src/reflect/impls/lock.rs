//! The standard library's locks and cells that are filled once.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{LazyLock, Mutex, OnceLock, RwLock, TryLockError, TryLockResult};

use crate::reflect::{
    Access, Guard, GuardError, Intent, Manhole, Node, NodeMut, Patience, Shape, ShapeMut, TypeInfo, TypeKind,
};

macro_rules! guard_node {
    ($name:literal, $ty:ty) => {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new($name, TypeKind::Guard(<$ty>::type_info)).with_params(&[<$ty>::type_info]) }
        }

        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Guard(self))
        }

        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::new::<Self>(ShapeMut::Guard(self))
        }
    };
}

/// A guard, poisoned or not; `None` while somebody else has the lock. Poison tells of a panic in the application, and that
/// is when one wants to look.
fn unless_blocked<G>(result: TryLockResult<G>) -> Option<G> {
    match result {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Runs `work` and gives the lock back before a panic goes on, so that a panic below the console never poisons a lock of the
/// application.
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

impl<T: Manhole> Guard for Mutex<T> {
    fn open(
        &self,
        _intent: Intent,
        patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        let guard = patience.wait_for(|| unless_blocked(self.try_lock()))?;
        without_poison(guard, |guard| then(Access::Exclusive(&mut **guard)));
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

impl<T: Manhole> Guard for RwLock<T> {
    fn open(
        &self,
        intent: Intent,
        patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        match intent {
            Intent::Read => {
                let guard = patience.wait_for(|| unless_blocked(self.try_read()))?;
                without_poison(guard, |guard| then(Access::Shared(&**guard)));
            }
            Intent::Write => {
                let guard = patience.wait_for(|| unless_blocked(self.try_write()))?;
                without_poison(guard, |guard| then(Access::Exclusive(&mut **guard)));
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

impl<T: Manhole> Guard for OnceLock<T> {
    fn open(
        &self,
        _intent: Intent,
        _patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        let value = self.get().ok_or(GuardError::Empty("is not set yet"))?;
        then(Access::Shared(value));
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

impl<T: Manhole, F: FnOnce() -> T> Guard for LazyLock<T, F> {
    fn open(
        &self,
        _intent: Intent,
        _patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        // Looking must not start what the program has not started itself.
        let value = Self::get(self).ok_or(GuardError::Empty("is not initialised yet"))?;
        then(Access::Shared(value));
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
