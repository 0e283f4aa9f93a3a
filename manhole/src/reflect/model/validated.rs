//! Fields that the program checks before they are written, by `#[manhole(validate = …)]`.

use std::fmt::Display;

use super::atomic_value::AtomicValue;
use super::call::{Args, CallError, CallFuture, CallOutput};
use super::lock_wait::{LockError, LockWait};
use super::lockable::{AccessMode, Lockable};
use super::manhole::Manhole;
use super::node::{Node, NodeMut, Shape, ShapeMut};
use super::type_info::TypeInfo;
use super::value::Value;
use super::value_error::ValueError;
use super::value_ref::ValueBorrow;
use crate::reflect::text::sanitize;

type Check<T, E> = fn(&T) -> Result<(), E>;

/// Lets a value pass that the program accepts.
#[doc(hidden)]
pub fn validate<T, E: Display>(value: T, check: impl FnOnce(&T) -> Result<(), E>) -> Result<T, ValueError> {
    match check(&value) {
        Ok(()) => Ok(value),
        Err(error) => Err(ValueError::new(sanitize(format_args!("{error}")))),
    }
}

/// A checked field, seen through a shared reference. What can be changed through one, an atomic, is checked too; to everything
/// that has an inside, only looks are let through.
pub(crate) struct Validated<'a, T, E> {
    field: &'a T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> Validated<'a, T, E> {
    /// The field that `check` checks.
    pub(crate) fn new(field: &'a T, check: Check<T, E>) -> Self {
        Self { field, check }
    }
}

impl<T: Manhole, E: Display> Manhole for Validated<'_, T, E> {
    fn type_info() -> &'static TypeInfo {
        T::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        let node = self.field.reflect();
        match node.shape() {
            Shape::Atomic(_) => Node::described(node.info(), Shape::Atomic(self)),
            Shape::Leaf(_) | Shape::Text(_) | Shape::Opaque | Shape::Option(None) => node,
            _ => Node::described(node.info(), Shape::Lock(self)),
        }
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.field.reflect().info(), ShapeMut::Whole)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.field.call(index, args)
    }

    fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
        self.field.call_async(index, args)
    }
}

impl<T: Manhole, E: Display> AtomicValue for Validated<'_, T, E> {
    fn load(&self) -> Value<'_> {
        match self.field.reflect().into_shape() {
            Shape::Atomic(cell) => cell.load(),
            _ => Value::Unit,
        }
    }

    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError> {
        validate(T::from_value(value.clone())?, self.check)?;
        match self.field.reflect().into_shape() {
            Shape::Atomic(cell) => cell.store(value, expected),
            _ => Err(ValueError::not_writable(T::type_info())),
        }
    }
}

impl<T: Manhole, E: Display> Lockable for Validated<'_, T, E> {
    fn open(
        &self,
        mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => {
                then(ValueBorrow::Shared(self.field));
                Ok(())
            }
            AccessMode::Write => Err(LockError::Whole),
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
pub(crate) struct ValidatedMut<'a, T, E> {
    field: &'a mut T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> ValidatedMut<'a, T, E> {
    /// The field that `check` checks.
    pub(crate) fn new(field: &'a mut T, check: Check<T, E>) -> Self {
        Self { field, check }
    }
}

impl<T: Manhole, E: Display> Manhole for ValidatedMut<'_, T, E> {
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
        validate(T::from_value(value.clone())?, self.check)?;
        match self.field.reflect().into_shape() {
            // An atomic is written through what is shared, even by who has it alone.
            Shape::Atomic(cell) => cell.store(value, None).map(drop),
            _ => self.field.write(value),
        }
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.field.call(index, args)
    }
}
