//! Fields that are read as data by serde, and written as a whole: `#[manhole(serde)]`.
//!
//! | module | |
//! |---|---|
//! | `data` | a bounded copy of what a type serializes as, which the console walks into |
//! | `ser` | making it |
//! | `de` | making a value of a script's |
//! | `part` | writing a part of it: the copy is changed and deserialized as a whole |

mod de;
mod element;
mod ser;
mod value;

use std::fmt;
use std::marker::PhantomData;

pub use ::serde::Serialize;
pub use ::serde::de::DeserializeOwned;

use crate::reflect::model::{Manhole, Node, NodeMut, ShapeMut, TypeInfo, Value, ValueError};
pub use element::Part;
use value::{Data, undescribed};

/// Why a value could not be serialized or deserialized, as its author says it.
#[derive(Debug)]
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl ::serde::ser::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl ::serde::de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A field as it was when it was looked at.
pub struct Read {
    data: Data,
    info: &'static TypeInfo,
}

impl Read {
    /// What `field` serializes as.
    pub fn new<T: Serialize + ?Sized>(field: &T, info: &'static TypeInfo) -> Self {
        Self { data: ser::read(field), info }
    }
}

impl Manhole for Read {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(self.info, self.data.shape())
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.info, ShapeMut::Whole)
    }
}

/// What is known of the `Deserialize` of `T`. These items go before those of [`NotDeserialize`], so generated code has them where
/// they are there.
pub struct Deserialized<T>(PhantomData<T>);

impl<T: DeserializeOwned> Deserialized<T> {
    /// Whether a value can be made.
    pub const WRITABLE: bool = true;

    /// Makes a value.
    ///
    /// # Errors
    ///
    /// What the type's `Deserialize` says.
    pub fn make(value: Value<'_>) -> Result<T, ValueError> {
        T::deserialize(de::Reader::new(value)).map_err(|error| ValueError::new(error.0))
    }
}

/// What is known of the `Deserialize` of any type: nothing.
pub trait NotDeserialize {
    /// What would be made.
    type Made;
    /// Whether a value can be made.
    const WRITABLE: bool = false;

    /// Makes no value.
    ///
    /// # Errors
    ///
    /// Always.
    fn make(value: Value<'_>) -> Result<Self::Made, ValueError>;
}

impl<T> NotDeserialize for Deserialized<T> {
    type Made = T;

    fn make(_value: Value<'_>) -> Result<T, ValueError> {
        Err(ValueError::new("its type does not implement `Deserialize`"))
    }
}

/// A field that is made anew of what is written to it, or to a part of it.
pub struct Write<'a, T> {
    field: &'a mut T,
    data: Data,
    make: fn(Value<'_>) -> Result<T, ValueError>,
}

impl<'a, T> Write<'a, T> {
    /// The field, as all of it. `read` is [`Read::new`], so that a type without `Serialize` is one error.
    pub fn new(
        field: &'a mut T,
        read: fn(&T) -> Read,
        make: fn(Value<'_>) -> Result<T, ValueError>,
    ) -> Part<Self> {
        let Read { data, info } = read(field);
        Part::whole(Self { field, data, make }, info)
    }
}

impl<T> element::Whole for Write<'_, T> {
    fn data(&self) -> &Data {
        &self.data
    }

    fn replace(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self.field = (self.make)(value)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
