//! Fields of types without `Manhole`: shown by their `Debug` or `Display`, or as what a function of the author makes of them.

use std::any::Any;
use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reflect::model::{
    Args, CallError, CallOutput, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value,
    ValueError, ValueMut, ValueRef,
};
use crate::reflect::text::sanitize;

/// What stands for a value that cannot be walked into: a text taken when it was looked at.
#[doc(hidden)]
pub struct TextValue {
    text: String,
    info: &'static TypeInfo,
}

impl TextValue {
    /// A value by its `Debug`, on one line as far as that keeps to it.
    pub fn debug<T: Debug + ?Sized>(value: &T, info: &'static TypeInfo) -> Self {
        Self { text: text(format_args!("{value:?}")), info }
    }

    /// A value by its `Display`.
    pub fn display<T: Display + ?Sized>(value: &T, info: &'static TypeInfo) -> Self {
        Self { text: text(format_args!("{value}")), info }
    }

    /// A value that nobody may see as a whole.
    pub fn hidden(info: &'static TypeInfo) -> Self {
        Self { text: "<secret>".to_owned(), info }
    }

    /// A text that was taken already.
    pub(crate) const fn new(text: String, info: &'static TypeInfo) -> Self {
        Self { text, info }
    }
}

/// What is known of a field's type, of which only `Debug` or `Serialize` is asked for: whether it has a `Manhole` as well, which keeps
/// something back that those would tell.
#[doc(hidden)]
pub struct HidesFieldsProbe<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> HidesFieldsProbe<T> {
    /// For the type.
    pub const TYPE: Self = Self(PhantomData);
}

impl<T: Manhole> HidesFieldsProbe<T> {
    /// Whether it does: an inherent function goes before a trait's, where there is one.
    pub fn has_hidden_fields(&self) -> bool {
        T::type_info().has_hidden_fields()
    }
}

/// What is known of all other types.
#[doc(hidden)]
pub trait NoHiddenFields {
    /// Nothing.
    fn has_hidden_fields(&self) -> bool {
        false
    }
}

impl<T: ?Sized> NoHiddenFields for HidesFieldsProbe<T> {}

/// Described where it is made; this is never asked for.
fn undescribed() -> &'static TypeInfo {
    const { &TypeInfo::new("?", TypeKind::Opaque) }
}

impl Manhole for TextValue {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(self.info, Shape::Text(self.text.clone()))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(self.info, ShapeMut::Whole)
    }
}

/// The text of a value, or the mark of what has gone wrong with it.
fn text(value: fmt::Arguments<'_>) -> String {
    catch_panic(|| sanitize(value)).unwrap_or_else(|panicked| panicked)
}

/// Runs code of the author that is only there to look. Answers with a mark if it panics: a look must not fail as a whole because
/// of one field.
pub(crate) fn catch_panic<R>(look: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(look)).map_err(|panic| {
        message(&*panic).map_or_else(|| "<panicked>".to_owned(), |message| format!("<panicked: {message}>"))
    })
}

fn message(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}

/// A function of the author that makes of a field what is seen of it.
///
/// What the console needs to know of the result is noted where the function is given, so that a result without `Manhole` is one
/// error.
#[doc(hidden)]
pub struct Getter<'r, T: ?Sized, V> {
    get: fn(&T) -> V,
    /// What is known of the result.
    pub info: fn() -> &'static TypeInfo,
    make: fn(Value<'_>) -> Result<V, ValueError>,
    hold: fn(V) -> Box<dyn Manhole + 'r>,
}

impl<'r, T: ?Sized, V: Manhole + 'r> Getter<'r, T, V> {
    /// What `get` makes of the field.
    pub const fn new(get: fn(&T) -> V) -> Self {
        Self { get, info: V::type_info, make: V::from_value, hold: |value| Box::new(value) }
    }
}

impl<'r, T: ?Sized, V> Getter<'r, T, V> {
    /// The field, to look at.
    pub fn held(self, field: &T) -> Option<ValueRef<'r>> {
        Some(ValueRef::Owned(self.got(field)))
    }

    /// The field, where nothing can be written.
    pub fn held_mut(self, field: &mut T) -> Option<ValueMut<'r>> {
        Some(ValueMut::owned(ReadOnlyField(self.got(field))))
    }

    /// The field, written by `setter`.
    pub fn settable<'a, R>(self, field: &'a mut T, setter: Setter<T, V, R>) -> Option<ValueMut<'a>>
    where
        'r: 'a,
        V: 'a,
        R: 'a,
    {
        let got = ReadOnlyField(self.got(&*field));
        Some(ValueMut::owned(GetSetField { field, got, make: self.make, setter }))
    }

    fn got(&self, field: &T) -> Box<dyn Manhole + 'r> {
        match catch_panic(|| (self.get)(field)) {
            Ok(value) => (self.hold)(value),
            Err(mark) => Box::new(TextValue::new(mark, (self.info)())),
        }
    }
}

/// A function of the author that takes back what its counterpart gave, changed.
#[doc(hidden)]
pub struct Setter<T: ?Sized, V, R> {
    set: fn(&mut T, V) -> R,
    accepted: fn(R) -> Result<(), String>,
}

impl<T: ?Sized, V, R: SetterResult> Setter<T, V, R> {
    /// A field that `set` writes.
    pub const fn new(set: fn(&mut T, V) -> R) -> Self {
        Self { set, accepted: R::accepted }
    }
}

/// What was made for a look. A change to it would change nothing else, so there is none.
struct ReadOnlyField<'r>(Box<dyn Manhole + 'r>);

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
    got: ReadOnlyField<'r>,
    make: fn(Value<'_>) -> Result<V, ValueError>,
    setter: Setter<T, V, R>,
}

impl<T: ?Sized, V, R> Manhole for GetSetField<'_, '_, T, V, R> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        self.got.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        self.got.reflect_mut()
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let value = (self.make)(value)?;
        (self.setter.accepted)((self.setter.set)(self.field, value)).map_err(ValueError::new)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.got.call(index, args)
    }
}

/// What a setter returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what `set` may return",
    label = "returned by the function",
    note = "`set` is a function `fn(&mut Field, V)` or `fn(&mut Field, V) -> Result<(), E>`, where `E` implements `Display`"
)]
pub trait SetterResult {
    /// Whether the value was taken, or why not.
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
    fn what_goes_wrong_while_looking_is_a_mark() {
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
        assert_eq!(text(format_args!("{Broken}")), "<not shown: it reports an error when it is written>");
        assert_eq!(text(format_args!("{Broken:?}")), "<panicked: no way>");
    }
}
