//! The value of a `watch` channel: read from both ends, and changed at the sender, which notifies the receivers.
//!
//! Its lock has no `try_lock` and no timeout. But tokio holds it only while a value is copied or swapped, and no task may
//! hold it while it awaits something.

use tokio::sync::watch::{Receiver, Sender};

use crate::reflect::model::{
    AccessMode, Args, CallError, CallOutput, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape,
    ShapeMut, TypeInfo, TypeKind, Value, ValueBorrow, ValueError, ValueVisitor,
};

macro_rules! end {
    ($end:ident, $name:literal) => {
        impl<T: Manhole> Manhole for $end<T> {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
            }

            fn reflect(&self) -> Node<'_> {
                Node::new::<Self>(Shape::Lock(self))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                // The exclusive owner of one end shares the value with the other ends.
                NodeMut::shared(self)
            }
        }
    };
}

end!(Receiver, "watch::Receiver");
end!(Sender, "watch::Sender");

impl<T: Manhole> Lockable for Receiver<T> {
    fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        // `borrow` does not mark the value as seen: that is for the application.
        then(ValueBorrow::Shared(&*self.borrow()));
        Ok(())
    }
}

impl<T: Manhole> Lockable for Sender<T> {
    fn open(&self, mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => then(ValueBorrow::Shared(&*self.borrow())),
            AccessMode::Write => {
                self.send_if_modified(|value| {
                    let mut watched = WatchWrite { value, changed: false };
                    then(ValueBorrow::Exclusive(&mut watched));
                    watched.changed
                });
            }
        }
        Ok(())
    }
}

/// The value during a write, and whether it has changed.
///
/// A write to a part is not visible here. So the receivers are notified whenever a part could have changed, even if the
/// write was refused.
struct WatchWrite<'a, T> {
    value: &'a mut T,
    changed: bool,
}

impl<T: Manhole> Manhole for WatchWrite<'_, T> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        self.value.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        let node = self.value.reflect_mut();
        let info = node.info();
        let shape = node.into_shape();
        self.changed |=
            !matches!(shape, ShapeMut::Leaf | ShapeMut::Whole | ShapeMut::Shared(_) | ShapeMut::Swapped(_));
        NodeMut::described(info, shape)
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let written = self.value.write(value);
        // A write of the whole value passes no part of it.
        self.changed = written.is_ok();
        written
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.value.call(index, args)
    }

    fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        let returned = self.value.call_mut(index, args);
        // A method that fails may have changed the value before.
        self.changed = matches!(returned, Ok(_) | Err(CallError::Failed(_)));
        returned
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::reflect::model::{Path, Step};

    use crate::reflect::walk::{AccessError, Target};

    fn assign<T: Manhole>(sender: &Sender<T>, path: &Path, value: u64) -> Result<(), AccessError> {
        Target::new("level", sender).at(path).write(&Value::from(value))
    }

    #[test]
    fn receivers_are_notified_of_writes_alone() {
        let (sender, mut receiver) = watch::channel(1_u8);
        let root = Path::root();
        for end in [&sender as &dyn Manhole, &receiver] {
            let seen = Target::new("level", end)
                .read(|value| matches!(value.reflect().into_shape(), Shape::Leaf(Value::Int(1))));
            assert_eq!(seen, Ok(true));
        }
        assert!(assign(&sender, &root, 300).is_err());
        assert!(!receiver.has_changed().unwrap());
        assert_eq!(assign(&sender, &root, 7), Ok(()));
        assert!(receiver.has_changed().unwrap());
        assert_eq!(*receiver.borrow_and_update(), 7);
        let error = Target::new("level", &receiver).at(&root).write(&Value::from(8)).unwrap_err();
        assert_eq!(error.to_string(), "cannot change level: no lock above this u8 gives exclusive access");
    }

    #[test]
    fn a_write_to_a_part_notifies_the_receivers() {
        let (sender, receiver) = watch::channel((1_u8, "a"));
        assert_eq!(assign(&sender, &Path::root().join(Step::Key(Value::from(0))), 7), Ok(()));
        assert!(receiver.has_changed().unwrap());
        assert_eq!(receiver.borrow().0, 7);
    }
}
