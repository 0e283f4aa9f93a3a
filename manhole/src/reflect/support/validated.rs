//! Fields that the application validates before a write: `#[manhole(validate = …)]`.

use std::fmt::Display;

use super::field_adapter::undescribed;
use crate::reflect::model::{
    AccessMode, Args, AtomicValue, CallError, CallFuture, CallOutput, LockError, LockWait, Lockable, Manhole,
    Node, NodeMut, Shape, ShapeMut, TypeInfo, Value, ValueBorrow, ValueError, ValueMut, ValueRef,
    ValueVisitor,
};
use crate::reflect::text::sanitize;
use crate::reflect::walk::author_code;

/// Converts a candidate and validates it.
type Check = fn(Value<'_>) -> Result<(), ValueError>;

/// Returns `value` if the application accepts it.
#[doc(hidden)]
pub fn validate<T, E: Display>(value: T, check: impl FnOnce(&T) -> Result<(), E>) -> Result<T, ValueError> {
    author_code::check()?;
    match check(&value) {
        Ok(()) => Ok(value),
        Err(error) => Err(ValueError::new(sanitize(format_args!("{error}")))),
    }
}

/// Wraps the field, so that `check` validates each write.
#[doc(hidden)]
pub fn validated(field: Option<ValueRef<'_>>, check: Check) -> Option<ValueRef<'_>> {
    field.map(|field| ValueRef::owned(Validated { field, check }))
}

/// Wraps the field as [`validated`] does, through an exclusive reference.
#[doc(hidden)]
pub fn validated_mut(field: Option<ValueMut<'_>>, check: Check) -> Option<ValueMut<'_>> {
    field.map(|field| ValueMut::owned(ValidatedMut { field, check }))
}

/// A validated field, through a shared reference. Validates writes to an atomic; inside any other value, only reads are
/// allowed.
struct Validated<'a> {
    field: ValueRef<'a>,
    check: Check,
}

impl Manhole for Validated<'_> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
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

impl AtomicValue for Validated<'_> {
    fn load(&self) -> Value<'_> {
        match self.field.reflect().into_shape() {
            Shape::Atomic(cell) => cell.load(),
            _ => Value::Unit,
        }
    }

    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError> {
        (self.check)(value.clone())?;
        match self.field.reflect().into_shape() {
            Shape::Atomic(cell) => cell.store(value, expected),
            _ => Err(ValueError::not_writable(self.field.reflect().info())),
        }
    }
}

impl Lockable for Validated<'_> {
    fn open(&self, mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => {
                then(ValueBorrow::Shared(&*self.field));
                Ok(())
            }
            AccessMode::Write => Err(LockError::Whole),
        }
    }

    fn is_lock(&self) -> bool {
        false
    }

    fn get(&self) -> Option<&dyn Manhole> {
        Some(&*self.field)
    }
}

/// A validated field, through an exclusive reference: it is written as a whole.
struct ValidatedMut<'a> {
    field: ValueMut<'a>,
    check: Check,
}

impl Manhole for ValidatedMut<'_> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        self.field.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.field.reflect().info(), ShapeMut::Whole)
    }

    /// Checks a candidate and drops it: the type's own `write` decides how to replace the old value.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        (self.check)(value.clone())?;
        match self.field.reflect().into_shape() {
            // An atomic is written through a shared reference, even by its exclusive owner.
            Shape::Atomic(cell) => cell.store(value, None).map(drop),
            _ => self.field.write(value),
        }
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.field.call(index, args)
    }
}
