//! Uses of a field's `Manhole` that compile for any type, so that a field without it is one compiler error.

use std::marker::PhantomData;

use crate::reflect::model::{Manhole, Value, ValueError};

/// Uses the `Manhole` of a field's type, or compiles without it.
///
/// The derive requires `Manhole` of a field's type in one place, the type information. Everywhere else it uses this type: these
/// inherent functions take precedence over those of [`NotManhole`], which never run, because the other place does not compile.
#[doc(hidden)]
pub struct FieldProbe<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: Manhole> FieldProbe<T> {
    /// Returns the field without its static type.
    pub fn value(field: &T) -> &dyn Manhole {
        field
    }

    /// Returns the field without its static type, through an exclusive reference.
    pub fn value_mut(field: &mut T) -> &mut dyn Manhole {
        field
    }

    /// Converts a script's value to the field's type.
    pub fn from_value(value: Value<'_>) -> Result<T, ValueError> {
        T::from_value(value)
    }
}

/// The counterpart of [`FieldProbe`] for types without `Manhole`.
#[doc(hidden)]
pub trait NotManhole {
    /// The type of the field.
    type Field: ?Sized;

    /// Never runs.
    fn value(_field: &Self::Field) -> &dyn Manhole {
        unreachable!("the type of the field does not implement `Manhole`")
    }

    /// Never runs.
    fn value_mut(_field: &mut Self::Field) -> &mut dyn Manhole {
        unreachable!("the type of the field does not implement `Manhole`")
    }

    /// Never runs.
    fn from_value(_value: Value<'_>) -> Result<Self::Field, ValueError>
    where
        Self::Field: Sized,
    {
        unreachable!("the type of the field does not implement `Manhole`")
    }
}

impl<T: ?Sized> NotManhole for FieldProbe<T> {
    type Field = T;
}
