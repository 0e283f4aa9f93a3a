//! Fields that the program checks before they are written, by `#[manhole(validate = …)]`.

use std::fmt::Display;

use super::shown::bounded;
use super::{
    Access, Args, CallError, CallFuture, Cell, Guard, GuardError, Intent, Manhole, Node, NodeMut, Patience,
    Returned, Shape, ShapeMut, TypeInfo, Value, ValueError,
};

type Check<T, E> = fn(&T) -> Result<(), E>;

/// Lets a value pass that the program accepts.
#[doc(hidden)]
pub fn approved<T, E: Display>(value: T, check: impl FnOnce(&T) -> Result<(), E>) -> Result<T, ValueError> {
    match check(&value) {
        Ok(()) => Ok(value),
        Err(error) => Err(ValueError::new(bounded(format_args!("{error}")))),
    }
}

/// A checked field, seen through a shared reference. What can be changed through one, an atomic, is checked too; to everything
/// that has an inside, only looks are let through.
pub(super) struct Checked<'a, T, E> {
    field: &'a T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> Checked<'a, T, E> {
    /// The field that `check` checks.
    pub(super) fn new(field: &'a T, check: Check<T, E>) -> Self {
        Self { field, check }
    }
}

impl<T: Manhole, E: Display> Manhole for Checked<'_, T, E> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        let node = self.field.reflect();
        match node.shape() {
            Shape::Cell(_) => Node::described(node.info(), Shape::Cell(self)),
            Shape::Leaf(_) | Shape::Shown(_) | Shape::Opaque | Shape::Option(None) => node,
            _ => Node::described(node.info(), Shape::Guard(self)),
        }
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.field.reflect().info(), ShapeMut::Whole)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<Returned, CallError> {
        self.field.call(index, args)
    }

    fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
        self.field.call_async(index, args)
    }
}

impl<T: Manhole, E: Display> Cell for Checked<'_, T, E> {
    fn load(&self) -> Value<'_> {
        match self.field.reflect().into_shape() {
            Shape::Cell(cell) => cell.load(),
            _ => Value::Unit,
        }
    }

    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError> {
        approved(T::from_value(value.clone())?, self.check)?;
        match self.field.reflect().into_shape() {
            Shape::Cell(cell) => cell.store(value, expected),
            _ => Err(ValueError::not_writable(T::type_info())),
        }
    }
}

impl<T: Manhole, E: Display> Guard for Checked<'_, T, E> {
    fn open(
        &self,
        intent: Intent,
        _patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError> {
        match intent {
            Intent::Read => {
                then(Access::Shared(self.field));
                Ok(())
            }
            Intent::Write => Err(GuardError::Whole),
        }
    }

    fn is_lock(&self) -> bool {
        false
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        None
    }

    fn get(&self) -> Option<&dyn Manhole> {
        Some(self.field)
    }
}

/// A checked field, seen through an exclusive reference: it is written as a whole.
pub(super) struct CheckedMut<'a, T, E> {
    field: &'a mut T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> CheckedMut<'a, T, E> {
    /// The field that `check` checks.
    pub(super) fn new(field: &'a mut T, check: Check<T, E>) -> Self {
        Self { field, check }
    }
}

impl<T: Manhole, E: Display> Manhole for CheckedMut<'_, T, E> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        self.field.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.field.reflect().info(), ShapeMut::Whole)
    }

    /// The candidate is only looked at: whether the type lets itself be replaced is for its own `write` to say.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        approved(T::from_value(value.clone())?, self.check)?;
        match self.field.reflect().into_shape() {
            // An atomic is written through what is shared, even by who has it alone.
            Shape::Cell(cell) => cell.store(value, None).map(drop),
            _ => self.field.write(value),
        }
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<Returned, CallError> {
        self.field.call(index, args)
    }
}
