//! Tokio's locks, and cells that are filled once. A walk only tries them, so it never takes the turn of a waiting task.

use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore};

use crate::reflect::impls::computed_fields::computed_fields;
use crate::reflect::impls::computed_fields::opaque;
use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow,
};

macro_rules! guard_node {
    ($name:literal) => {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new($name, TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
        }

        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Lock(self))
        }

        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::new::<Self>(ShapeMut::Lock(self))
        }
    };
}

impl<T: Manhole> Manhole for Mutex<T> {
    guard_node!("Mutex");
}

impl<T: Manhole> Lockable for Mutex<T> {
    fn open(
        &self,
        _mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        let mut guard = wait.wait_for(|| self.try_lock().ok())?;
        then(ValueBorrow::Exclusive(&mut *guard));
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut())
    }
}

impl<T: Manhole> Manhole for RwLock<T> {
    guard_node!("RwLock");
}

impl<T: Manhole> Lockable for RwLock<T> {
    fn open(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => then(ValueBorrow::Shared(&*wait.wait_for(|| self.try_read().ok())?)),
            AccessMode::Write => {
                let mut guard = wait.wait_for(|| self.try_write().ok())?;
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

impl<T: Manhole> Manhole for OnceCell<T> {
    guard_node!("OnceCell");
}

impl<T: Manhole> Lockable for OnceCell<T> {
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

computed_fields!([] Semaphore, "Semaphore", "", |this| {
    available_permits: usize = this.available_permits(), "The number of free permits.";
    closed: bool = this.is_closed(), "Whether the semaphore is closed.";
});

opaque! {
    [] Barrier, "Barrier";
    [] Notify, "Notify";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::model::Value;
    use crate::reflect::ops::{PreviewLimits, pretty_print};
    use crate::reflect::walk::Target;

    fn shown(value: &dyn Manhole) -> String {
        let shown = Target::new("", value).preview(PreviewLimits::default()).unwrap();
        pretty_print(&shown, usize::MAX)
    }

    #[test]
    fn a_lock_held_by_a_task_is_not_waited_for() {
        let pair = (Mutex::new(1_u8), RwLock::new(2_u8));
        assert_eq!(shown(&pair), "(1, 2)");
        let (locked, reading) = (pair.0.try_lock().unwrap(), pair.1.try_read().unwrap());
        assert_eq!(shown(&pair), "(<locked>, 2)");
        let result = Target::new("lock", &pair.1).write(&Value::from(3));
        assert_eq!(result.unwrap_err().to_string(), "lock is locked by the application");
        drop((locked, reading));
        let result = Target::new("lock", &pair.1).write(&Value::from(3));
        assert_eq!((result, shown(&pair)), (Ok(()), "(1, 3)".to_owned()));
    }

    #[test]
    fn reading_an_empty_cell_does_not_fill_it() {
        let pair = (OnceCell::<u8>::new(), Semaphore::new(2));
        let permit = pair.1.try_acquire().unwrap();
        assert_eq!(shown(&pair), "(<is not set yet>, Semaphore { available_permits: 1, closed: false })");
        drop(permit);
        pair.0.set(5).unwrap();
        pair.1.close();
        assert_eq!(shown(&pair), "(5, Semaphore { available_permits: 2, closed: true })");
        assert_eq!(shown(&(Notify::new(), Barrier::new(1))), "(Notify, Barrier)");
    }
}
