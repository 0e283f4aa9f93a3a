//! tokio's locks and cells that are filled once. They are tried, as all locks are, and so never take a turn from a task that
//! waits for one.

use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore};

use crate::reflect::impls::facts::{facts, opaque};
use crate::reflect::{
    Access, Guard, GuardError, Intent, Manhole, Node, NodeMut, Patience, Shape, ShapeMut, TypeInfo, TypeKind,
};

macro_rules! guard_node {
    ($name:literal) => {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new($name, TypeKind::Guard(T::type_info)).with_params(&[T::type_info]) }
        }

        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Guard(self))
        }

        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::new::<Self>(ShapeMut::Guard(self))
        }
    };
}

impl<T: Manhole> Manhole for Mutex<T> {
    guard_node!("Mutex");
}

impl<T: Manhole> Guard for Mutex<T> {
    fn open(
        &self,
        _intent: Intent,
        patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        let mut guard = patience.wait_for(|| self.try_lock().ok())?;
        then(Access::Exclusive(&mut *guard));
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut())
    }
}

impl<T: Manhole> Manhole for RwLock<T> {
    guard_node!("RwLock");
}

impl<T: Manhole> Guard for RwLock<T> {
    fn open(
        &self,
        intent: Intent,
        patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        match intent {
            Intent::Read => then(Access::Shared(&*patience.wait_for(|| self.try_read().ok())?)),
            Intent::Write => {
                let mut guard = patience.wait_for(|| self.try_write().ok())?;
                then(Access::Exclusive(&mut *guard));
            }
        }
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut())
    }
}

impl<T: Manhole> Manhole for OnceCell<T> {
    guard_node!("OnceCell");
}

impl<T: Manhole> Guard for OnceCell<T> {
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

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut()?)
    }
}

facts!([] Semaphore, "Semaphore", "", |this| {
    available_permits: usize = this.available_permits(), "How many permits can be had now.";
    closed: bool = this.is_closed(), "Whether no permits are given any more.";
});

opaque! {
    [] Barrier, "Barrier";
    [] Notify, "Notify";
}
