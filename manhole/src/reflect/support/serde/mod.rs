//! Fields that the console reads and writes through serde: `#[manhole(serde)]`.
//!
//! `value` is a bounded copy of a serialized value, which the console walks; `ser` makes it, `de` deserializes a script's value,
//! and `element` writes one element of the field.

mod de;
mod element;
mod ser;
mod value;

use std::fmt;
use std::marker::PhantomData;

pub use ::serde::Serialize;
pub use ::serde::de::DeserializeOwned;

use crate::reflect::model::{Manhole, Node, NodeMut, ShapeMut, TypeInfo, Value, ValueError};
use crate::reflect::walk::author_code;
pub use element::SerdeElement;
use value::{SerdeValue, untyped};

/// The error of a type's `Serialize` or `Deserialize`, as text.
#[derive(Debug)]
struct SerdeError(String);

impl fmt::Display for SerdeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SerdeError {}

impl ::serde::ser::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl ::serde::de::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A copy of a serialized field.
pub struct SerdeView {
    data: SerdeValue,
    info: &'static TypeInfo,
}

impl SerdeView {
    /// Serializes `field` into a copy.
    pub fn new<T: Serialize + ?Sized>(field: &T, info: &'static TypeInfo) -> Self {
        Self { data: ser::read(field), info }
    }
}

impl Manhole for SerdeView {
    fn type_info() -> &'static TypeInfo {
        untyped()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(self.info, self.data.shape())
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.info, ShapeMut::Whole)
    }
}

/// Serializes a field for editing, or compiles for a type without `Serialize`: the inherent function takes precedence over that
/// of [`NotSerializable`]. The derive requires `Serialize` where it reads the field, so that a type without it is one compiler error.
pub struct SerializeProbe<T>(PhantomData<T>);

impl<T: Serialize> SerializeProbe<T> {
    /// Serializes `field` into a copy.
    pub fn view(field: &T, info: &'static TypeInfo) -> SerdeView {
        SerdeView::new(field, info)
    }
}

/// The counterpart of [`SerializeProbe`] for types without `Serialize`.
pub trait NotSerializable {
    /// The type of the field.
    type Field;

    /// Never runs.
    fn view(_field: &Self::Field, _info: &'static TypeInfo) -> SerdeView {
        unreachable!("the type of the field does not implement `Serialize`")
    }
}

impl<T> NotSerializable for SerializeProbe<T> {
    type Field = T;
}

/// Finds out whether `T` implements `Deserialize`: these inherent items take precedence over those of
/// [`NotDeserializable`].
pub struct DeserializeProbe<T>(PhantomData<T>);

impl<T: DeserializeOwned> DeserializeProbe<T> {
    /// Whether a value can be deserialized.
    pub const WRITABLE: bool = true;

    /// Deserializes a value.
    ///
    /// # Errors
    ///
    /// Returns the error of the type's `Deserialize`.
    pub fn make(value: Value<'_>) -> Result<T, ValueError> {
        author_code::check()?;
        T::deserialize(de::Reader::new(value)).map_err(|error| ValueError::new(error.0))
    }
}

/// The counterpart of [`DeserializeProbe`] for types without `Deserialize`.
pub trait NotDeserializable {
    /// The type of the field.
    type Field;
    /// Whether a value can be deserialized.
    const WRITABLE: bool = false;

    /// Deserializes nothing.
    ///
    /// # Errors
    ///
    /// Always fails.
    fn make(value: Value<'_>) -> Result<Self::Field, ValueError>;
}

impl<T> NotDeserializable for DeserializeProbe<T> {
    type Field = T;

    fn make(_value: Value<'_>) -> Result<T, ValueError> {
        Err(ValueError::new("its type does not implement `Deserialize`"))
    }
}

/// A field that is deserialized as a whole when the field or one of its elements is written.
pub struct SerdeEdit<'a, T> {
    field: &'a mut T,
    data: SerdeValue,
    make: fn(Value<'_>) -> Result<T, ValueError>,
}

impl<'a, T> SerdeEdit<'a, T> {
    /// Serializes the field for editing, by `read`.
    pub fn new(
        field: &'a mut T,
        read: fn(&T) -> SerdeView,
        make: fn(Value<'_>) -> Result<T, ValueError>,
    ) -> SerdeElement<Self> {
        let SerdeView { data, info } = read(field);
        SerdeElement::root(Self { field, data, make }, info)
    }
}

impl<T> element::SerdeRoot for SerdeEdit<'_, T> {
    fn data(&self) -> &SerdeValue {
        &self.data
    }

    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self.field = (self.make)(value)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
