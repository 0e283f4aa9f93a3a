//! Adapters for fields of types without `Manhole`: shown by `Debug` or `Display`, or converted by functions of the author.

use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;

use crate::reflect::model::{
    Args, CallError, CallOutput, FormatText, Manhole, Node, NodeMut, Shape, ShapeMut, Text, TypeInfo,
    TypeKind, Value, ValueError, ValueMut, ValueRef,
};
use crate::reflect::text::{MAX_TEXT_BYTES, placeholder, sanitize, sanitize_within};
use crate::reflect::walk::author_code;

/// A value that is only a text.
#[doc(hidden)]
pub struct TextValue<'a> {
    text: TextOf<'a>,
    info: &'static TypeInfo,
}

/// A text, or the value that the author's code formats each time when the text is needed.
enum TextOf<'a> {
    Debug(Box<dyn Debug + 'a>),
    Display(Box<dyn Display + 'a>),
    Text(String),
    /// Nothing but the name of the type.
    Type,
}

impl<'a> TextValue<'a> {
    /// Creates the text of a value's `Debug`.
    pub fn debug<T: Debug + ?Sized>(value: &'a T, info: &'static TypeInfo) -> Self {
        Self { text: TextOf::Debug(Box::new(value)), info }
    }

    /// Creates the text of a value's `Display`.
    pub fn display<T: Display + ?Sized>(value: &'a T, info: &'static TypeInfo) -> Self {
        Self { text: TextOf::Display(Box::new(value)), info }
    }

    /// Creates a value that is shown by its type.
    pub const fn opaque(info: &'static TypeInfo) -> Self {
        Self { text: TextOf::Type, info }
    }

    /// Hides a value.
    pub fn hidden(info: &'static TypeInfo) -> Self {
        Self::new(placeholder::text(placeholder::SECRET), info)
    }

    /// Creates a value with this text.
    pub(crate) const fn new(text: String, info: &'static TypeInfo) -> Self {
        Self { text: TextOf::Text(text), info }
    }
}

impl FormatText for TextValue<'_> {
    fn format_text(&self, max_bytes: usize) -> String {
        match &self.text {
            TextOf::Debug(value) => formatted(max_bytes, format_args!("{value:?}")),
            TextOf::Display(value) => formatted(max_bytes, format_args!("{value}")),
            TextOf::Text(text) => text.clone(),
            TextOf::Type => self.info.to_string(),
        }
    }
}

/// Finds out whether a field's type implements `Manhole` and hides fields, which its `Debug` or `Serialize` would show.
#[doc(hidden)]
pub struct HidesFieldsProbe<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> HidesFieldsProbe<T> {
    /// The probe for the type.
    pub const TYPE: Self = Self(PhantomData);
}

impl<T: Manhole> HidesFieldsProbe<T> {
    /// Returns whether the type hides fields. This inherent function takes precedence over that of [`NoHiddenFields`].
    pub fn has_hidden_fields(&self) -> bool {
        T::type_info().has_hidden_fields()
    }
}

/// The counterpart of [`HidesFieldsProbe`] for types without `Manhole`.
#[doc(hidden)]
pub trait NoHiddenFields {
    /// Returns `false`.
    fn has_hidden_fields(&self) -> bool {
        false
    }
}

impl<T: ?Sized> NoHiddenFields for HidesFieldsProbe<T> {}

/// Returns the static description of adapters, which is never used: each adapter has a description of the field.
pub(super) fn undescribed() -> &'static TypeInfo {
    const { &TypeInfo::new("?", TypeKind::Opaque) }
}

impl Manhole for TextValue<'_> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(self.info, Shape::Text(Text::unformatted(self)))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.info, ShapeMut::Whole)
    }
}

/// Formats up to `max_bytes` of a value, or returns a placeholder for the error or panic.
fn formatted(max_bytes: usize, value: fmt::Arguments<'_>) -> String {
    author_code::run(|| sanitize_within(max_bytes, value)).unwrap_or_else(|placeholder| placeholder)
}

/// Returns a text of the application, or a placeholder for the error or panic, as a shape.
pub(crate) fn format_text<'a>(value: fmt::Arguments<'_>) -> Shape<'a> {
    Shape::Text(formatted(MAX_TEXT_BYTES, value).into())
}

/// A function of the author that converts a field for the console.
#[doc(hidden)]
pub struct Getter<'r, T: ?Sized, V> {
    get: fn(&T) -> V,
    /// The description of the result's type.
    pub info: fn() -> &'static TypeInfo,
    make: fn(Value<'_>) -> Result<V, ValueError>,
    into_box: fn(V) -> Box<dyn Manhole + 'r>,
}

impl<'r, T: ?Sized, V: Manhole + 'r> Getter<'r, T, V> {
    /// Reads the field with `get`.
    pub const fn new(get: fn(&T) -> V) -> Self {
        Self { get, info: V::type_info, make: V::from_value, into_box: |value| Box::new(value) }
    }
}

impl<'r, T: ?Sized, V> Getter<'r, T, V> {
    /// Returns the field, for reading.
    pub fn value_ref(self, field: &T) -> Option<ValueRef<'r>> {
        Some(ValueRef::Owned(self.read(field)))
    }

    /// Returns the field, which `setter` writes.
    pub fn settable<'a, R>(self, field: &'a mut T, setter: Setter<T, V, R>) -> Option<ValueMut<'a>>
    where
        'r: 'a,
        V: 'a,
        R: 'a,
    {
        let value = ReadOnlyField(ValueRef::Owned(self.read(&*field)));
        Some(ValueMut::owned(GetSetField { field, value, make: self.make, setter }))
    }

    fn read(&self, field: &T) -> Box<dyn Manhole + 'r> {
        match author_code::run(|| (self.get)(field)) {
            Ok(value) => (self.into_box)(value),
            Err(placeholder) => Box::new(TextValue::new(placeholder, (self.info)())),
        }
    }
}

/// Makes a [`Getter`] of a function, or compiles for a result without `Manhole`: the inherent function takes precedence over that
/// of [`NotGetter`]. The derive requires `Manhole` of the result in the type information only, so that a result without it is one
/// compiler error.
#[doc(hidden)]
pub struct GetterProbe<T: ?Sized, V>(fn(&T) -> V);

impl<T: ?Sized, V> GetterProbe<T, V> {
    /// Creates the probe of a function.
    pub const fn new(get: fn(&T) -> V) -> Self {
        Self(get)
    }
}

impl<'r, T: ?Sized, V: Manhole + 'r> GetterProbe<T, V> {
    /// Returns the getter.
    pub const fn getter(self) -> Getter<'r, T, V> {
        Getter::new(self.0)
    }
}

/// The counterpart of [`GetterProbe`] for results without `Manhole`.
#[doc(hidden)]
pub trait NotGetter {
    /// The type of the field.
    type Field: ?Sized;
    /// The result of the function.
    type Output;

    /// Never runs.
    fn getter<'r>(self) -> Getter<'r, Self::Field, Self::Output>
    where
        Self: Sized,
    {
        unreachable!("the result of the function does not implement `Manhole`")
    }
}

impl<T: ?Sized, V> NotGetter for GetterProbe<T, V> {
    type Field = T;
    type Output = V;
}

/// A function of the author that writes a field from a converted value.
#[doc(hidden)]
pub struct Setter<T: ?Sized, V, R> {
    set: fn(&mut T, V) -> R,
    accepted: fn(R) -> Result<(), String>,
}

impl<T: ?Sized, V, R: SetterResult> Setter<T, V, R> {
    /// Writes the field with `set`.
    pub const fn new(set: fn(&mut T, V) -> R) -> Self {
        Self { set, accepted: R::accepted }
    }
}

/// Returns a value that was made for reading, where an exclusive reference is expected.
///
/// The derive reads a field that only its `Debug`, `Display`, `Serialize` or a function shows in one place, so that a type
/// without that trait is one compiler error.
#[doc(hidden)]
pub fn read_only(field: Option<ValueRef<'_>>) -> Option<ValueMut<'_>> {
    field.map(|field| ValueMut::owned(ReadOnlyField(field)))
}

/// A converted value. It is read-only: a write to it would not reach the field.
struct ReadOnlyField<'r>(ValueRef<'r>);

impl Manhole for ReadOnlyField<'_> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        self.0.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.0.reflect().info(), ShapeMut::Whole)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.0.call(index, args)
    }
}

/// A field that one function reads and another writes.
struct GetSetField<'a, 'r, T: ?Sized, V, R> {
    field: &'a mut T,
    value: ReadOnlyField<'r>,
    make: fn(Value<'_>) -> Result<V, ValueError>,
    setter: Setter<T, V, R>,
}

impl<T: ?Sized, V, R> Manhole for GetSetField<'_, '_, T, V, R> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        self.value.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        self.value.reflect_mut()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        author_code::check()?;
        let value = (self.make)(value)?;
        (self.setter.accepted)((self.setter.set)(self.field, value)).map_err(ValueError::new)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.value.call(index, args)
    }
}

/// The result of a setter.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what `set` may return",
    label = "returned by the function",
    note = "`set` is a function `fn(&mut Field, V)` or `fn(&mut Field, V) -> Result<(), E>`, where `E` implements `Display`"
)]
pub trait SetterResult {
    /// Returns the setter's error, as text.
    fn accepted(self) -> Result<(), String>;
}

impl SetterResult for () {
    fn accepted(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> SetterResult for Result<(), E> {
    fn accepted(self) -> Result<(), String> {
        self.map_err(|error| sanitize(format_args!("{error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_of_formatting_are_placeholders() {
        struct Broken;
        impl Display for Broken {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        impl Debug for Broken {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("no {}", "way")
            }
        }
        assert_eq!(formatted(99, format_args!("{Broken}")), "<format error>");
        assert_eq!(formatted(99, format_args!("{Broken:?}")), "<panicked: no way>");
    }
}
