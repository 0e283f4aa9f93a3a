//! `Option` and `Result`.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io};

use crate::reflect::model::{
    Enum, FieldInfo, Manhole, Node, NodeMut, ResultKind, Shape, ShapeMut, StructStyle, TypeInfo, TypeKind,
    Value, ValueError, ValueMut, ValueRef, VariantInfo,
};
use crate::reflect::support::FieldValues;
use crate::reflect::text::sanitize;

impl<T: Manhole> Manhole for Option<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Option", TypeKind::Option(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Option(self.as_ref().map(|inner| inner as &dyn Manhole)))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Option(self.as_mut().map(|inner| inner as &mut dyn Manhole)))
    }

    /// Empties the option if the value is `()`, and fills it with any other value.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        match (value, self.as_mut()) {
            (Value::Unit, _) => *self = None,
            (value, Some(inner)) => inner.write(value)?,
            (value, None) => *self = Some(T::from_value(value)?),
        }
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        if value == Value::Unit { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// The error is shown as its text, so its type needs no `Manhole`.
impl<T: Manhole, E: fmt::Display + 'static> Manhole for Result<T, E> {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new(
                "Result",
                TypeKind::Enum(
                    const {
                        &[
                            VariantInfo::new(
                                "Ok",
                                "",
                                StructStyle::Tuple,
                                const { &[FieldInfo::new("0", "", T::type_info)] },
                            ),
                            VariantInfo::new("Err", "", StructStyle::Tuple, &[]),
                        ]
                    },
                ),
            )
            .with_params(&[T::type_info])
        }
    }

    fn reflect(&self) -> Node<'_> {
        match self {
            Ok(_) => Node::new::<Self>(Shape::Enum(self)),
            // As it is typed.
            Err(error) => {
                let text = sanitize(format_args!("{error}"));
                Node::new::<Self>(Shape::formatted(format_args!("Err({text:?})")))
            }
        }
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Enum(self))
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        *self = Self::from_value(value)?;
        Ok(())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let variant = match &value {
            Value::Struct(value) => Some(value.name()),
            Value::Map(entries) => match entries.as_slice() {
                [(Value::Text(name), _)] => Some(&**name),
                _ => None,
            },
            _ => None,
        };
        match variant {
            Some("Err") => error_of(&value).map(Err),
            Some("Ok") => {
                let (_, mut fields) = FieldValues::of_variant(Self::type_info(), value)?;
                fields.take(0, T::from_value).map(Ok)
            }
            // As for an option, the value inside may stand for it.
            _ => T::from_value(value).map(Ok),
        }
    }

    fn outcome(&self) -> ResultKind {
        match self {
            Ok(value) => match value.outcome() {
                lines @ ResultKind::Lines(_) => lines,
                _ => ResultKind::Ok,
            },
            Err(error) => ResultKind::Failed(sanitize(format_args!("{error}"))),
        }
    }
}

/// Converts what a script writes as `Err("text")`. `E` needs no `Manhole`, so only types that have a text inside are made.
fn error_of<E: 'static>(value: &Value<'_>) -> Result<E, ValueError> {
    let content = match value {
        Value::Struct(value) => value.fields().values().first().copied(),
        Value::Map(entries) => entries.first().map(|(_, content)| content),
        _ => None,
    };
    let Some(Value::Text(text)) = content else {
        return Err(ValueError::new("an `Err` takes the text of the error: Err(\"gone\")"));
    };
    let text = &**text;
    cast::<String, E>(text.to_owned())
        .or_else(|| cast::<Box<str>, E>(text.into()))
        .or_else(|| cast::<Arc<str>, E>(text.into()))
        .or_else(|| cast::<Cow<'static, str>, E>(text.to_owned().into()))
        .or_else(|| cast::<Box<dyn Error + Send + Sync>, E>(text.into()))
        .or_else(|| cast::<Box<dyn Error>, E>(text.into()))
        .or_else(|| cast::<io::Error, E>(io::Error::other(text)))
        .ok_or_else(|| {
            ValueError::new(format!(
                "cannot make an `Err` from the console: only the application makes a {}",
                std::any::type_name::<E>()
            ))
        })
}

/// Returns `value` as an `E`, if that is its type.
fn cast<T: 'static, E: 'static>(value: T) -> Option<E> {
    (&mut Some(value) as &mut dyn Any).downcast_mut::<Option<E>>()?.take()
}

impl<T: Manhole, E> Enum for Result<T, E> {
    fn variant(&self) -> usize {
        usize::from(self.is_err())
    }

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        self.as_ref().ok().filter(|_| index == 0).map(ValueRef::from)
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        self.as_mut().ok().filter(|_| index == 0).map(ValueMut::from)
    }
}
