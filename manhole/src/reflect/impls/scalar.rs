//! The unit, booleans, characters and strings.

use std::borrow::Cow;
use std::sync::Arc;

use crate::reflect::model::{Manhole, Node, NodeMut, Shape, TypeInfo, TypeKind, Value, ValueError};

/// Implements a leaf: the name of its type, how it is read, and the values that it is converted from.
macro_rules! leaf {
    ($ty:ty, $name:literal, $expected:literal, |$this:ident| $read:expr, $($pattern:pat $(if $guard:expr)? => $made:expr),+) => {
        impl Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const { &TypeInfo::new($name, TypeKind::Leaf) }
            }

            fn reflect(&self) -> Node<'_> {
                let $this = self;
                Node::new::<Self>(Shape::Leaf($read))
            }

            fn reflect_mut(&mut self) -> NodeMut<'_> {
                NodeMut::leaf::<Self>()
            }

            fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
                *self = Self::from_value(value)?;
                Ok(())
            }

            fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
                match value {
                    $($pattern $(if $guard)? => Ok($made),)+
                    value => Err(ValueError::wrong_kind(Self::type_info(), $expected, &value)),
                }
            }
        }
    };
}

leaf!((), "()", "nothing", |_this| Value::Unit, Value::Unit => ());
leaf!(bool, "bool", "true or false", |this| Value::Bool(*this), Value::Bool(value) => value);
leaf!(char, "char", "a character", |this| Value::Char(*this),
    Value::Char(value) => value,
    Value::Text(text) if text.chars().count() == 1 => text.chars().next().unwrap_or_default());
leaf!(String, "String", "a string", |this| Value::from(this.as_str()), Value::Text(text) => text.into_owned());
leaf!(Box<str>, "Box<str>", "a string", |this| Value::from(&**this), Value::Text(text) => text.into());
leaf!(Arc<str>, "Arc<str>", "a string", |this| Value::from(&**this), Value::Text(text) => text.into());
leaf!(Cow<'static, str>, "Cow<str>", "a string", |this| Value::from(&**this),
    Value::Text(text) => Cow::Owned(text.into_owned()));

impl Manhole for &str {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("&str", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<Self>(*self)
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<Self>()
    }

    fn write(&mut self, _value: Value<'_>) -> Result<(), ValueError> {
        Err(ValueError::new(
            "a &str is borrowed from the application and cannot be replaced from the console",
        ))
    }
}
