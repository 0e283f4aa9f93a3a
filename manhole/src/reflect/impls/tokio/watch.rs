//! The value of a `watch` channel: read from both ends, changed at the sender's, which tells the receivers.
//!
//! Its lock can be neither tried nor waited for with a limit. But it is a lock between threads, held while a value is copied or
//! swapped, and no task may keep it while it awaits something.

use tokio::sync::watch::{Receiver, Sender};

use crate::reflect::model::{
    AccessMode, Args, CallError, CallOutput, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape,
    ShapeMut, TypeInfo, TypeKind, Value, ValueBorrow, ValueError,
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
                // Whoever has one end exclusively shares the value with the other ends.
                NodeMut::shared(self)
            }
        }
    };
}

end!(Receiver, "Receiver");
end!(Sender, "Sender");

impl<T: Manhole> Lockable for Receiver<T> {
    fn open(
        &self,
        _mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        // `borrow` leaves it to the program to have seen the value.
        then(ValueBorrow::Shared(&*self.borrow()));
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        None
    }
}

impl<T: Manhole> Lockable for Sender<T> {
    fn open(
        &self,
        mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => then(ValueBorrow::Shared(&*self.borrow())),
            AccessMode::Write => {
                self.send_if_modified(|value| {
                    let mut watched = Watched { value, changed: false };
                    then(ValueBorrow::Exclusive(&mut watched));
                    watched.changed
                });
            }
        }
        Ok(())
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        None
    }
}

/// The value while it may be changed, and whether it was.
///
/// What happens to a part is not seen from here, so the receivers are told whenever one could have been changed. A write that is
/// refused there tells them too, and they find what they knew.
struct Watched<'a, T> {
    value: &'a mut T,
    changed: bool,
}

impl<T: Manhole> Manhole for Watched<'_, T> {
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
        // Whoever writes the whole has gone to no part of it.
        self.changed = written.is_ok();
        written
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.value.call(index, args)
    }

    fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        let returned = self.value.call_mut(index, args);
        // A method that fails may have changed something before.
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
    fn receivers_are_told_of_writes_and_of_nothing_else() {
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
    fn a_part_of_the_value_is_a_change_of_the_value() {
        let (sender, receiver) = watch::channel((1_u8, "a"));
        assert_eq!(assign(&sender, &Path::root().join(Step::Key(Value::from(0))), 7), Ok(()));
        assert!(receiver.has_changed().unwrap());
        assert_eq!(receiver.borrow().0, 7);
    }
}
