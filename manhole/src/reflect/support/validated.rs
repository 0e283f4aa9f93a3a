//! Fields that the application validates before a write: `#[manhole(validate = …)]`.

use std::fmt::Display;

use crate::reflect::model::{
    AccessMode, Args, AtomicValue, CallError, CallFuture, CallOutput, LockError, LockWait, Lockable, Manhole,
    Node, NodeMut, Shape, ShapeMut, TypeInfo, Value, ValueBorrow, ValueError, ValueMut, ValueRef,
};
use crate::reflect::text::sanitize;

type Check<T, E> = fn(&T) -> Result<(), E>;

/// Returns `value` if the application accepts it.
#[doc(hidden)]
pub fn validate<T, E: Display>(value: T, check: impl FnOnce(&T) -> Result<(), E>) -> Result<T, ValueError> {
    match check(&value) {
        Ok(()) => Ok(value),
        Err(error) => Err(ValueError::new(sanitize(format_args!("{error}")))),
    }
}

/// Makes the validated view of a field. The derive calls it on the field's type.
#[doc(hidden)]
pub trait ValidateField: Manhole + Sized {
    /// The value, which `check` validates before each write.
    fn __validated<'a, E: Display + 'a>(&'a self, check: fn(&Self) -> Result<(), E>) -> Option<ValueRef<'a>> {
        Some(ValueRef::owned(Validated::new(self, check)))
    }

    /// The exclusive counterpart of `__validated`.
    fn __validated_mut<'a, E: Display + 'a>(
        &'a mut self,
        check: fn(&Self) -> Result<(), E>,
    ) -> Option<ValueMut<'a>> {
        Some(ValueMut::owned(ValidatedMut::new(self, check)))
    }
}

impl<T: Manhole> ValidateField for T {}

/// A validated field, through a shared reference. Validates writes to an atomic; inside any other value, only reads are
/// allowed.
pub(crate) struct Validated<'a, T, E> {
    field: &'a T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> Validated<'a, T, E> {
    /// The field, which `check` validates.
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

/// A validated field, through an exclusive reference: it is written as a whole.
pub(crate) struct ValidatedMut<'a, T, E> {
    field: &'a mut T,
    check: Check<T, E>,
}

impl<'a, T: Manhole, E: Display> ValidatedMut<'a, T, E> {
    /// The field, which `check` validates.
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

    /// Checks a candidate and drops it: the type's own `write` decides how to replace the old value.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        validate(T::from_value(value.clone())?, self.check)?;
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
