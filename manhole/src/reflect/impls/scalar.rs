//! The unit, booleans, characters and strings.

use std::borrow::Cow;
use std::sync::Arc;

use super::leaf_macro::{borrowed_leaf, leaf};
use crate::reflect::model::{Value, ValueError};

/// Implements `Manhole` for a leaf that is made from the values that match a pattern.
macro_rules! scalar {
    ($ty:ty, $name:literal, $expected:literal, |$this:ident| $read:expr, $($pattern:pat $(if $guard:expr)? => $made:expr),+) => {
        leaf!($ty, $name, |$this| $read, |value| match value {
            $($pattern $(if $guard)? => Ok($made),)+
            value => Err(ValueError::wrong_kind(Self::type_info(), $expected, &value)),
        });
    };
}

scalar!((), "()", "nothing", |_this| Value::Unit, Value::Unit => ());
scalar!(bool, "bool", "true or false", |this| Value::Bool(*this), Value::Bool(value) => value);
scalar!(char, "char", "a character", |this| Value::Char(*this),
    Value::Char(value) => value,
    Value::Text(text) if text.chars().count() == 1 => text.chars().next().unwrap_or_default());
scalar!(String, "String", "a string", |this| Value::from(this.as_str()), Value::Text(text) => text.into_owned());
scalar!(Box<str>, "Box<str>", "a string", |this| Value::from(&**this), Value::Text(text) => text.into());
scalar!(Arc<str>, "Arc<str>", "a string", |this| Value::from(&**this), Value::Text(text) => text.into());
scalar!(Cow<'static, str>, "Cow<str>", "a string", |this| Value::from(&**this),
    Value::Text(text) => Cow::Owned(text.into_owned()));

borrowed_leaf!(&str, "&str", |this| *this);
