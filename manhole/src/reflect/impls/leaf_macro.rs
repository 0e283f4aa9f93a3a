//! Leaves: values that are read and written as a whole.

/// Implements `Manhole` for a leaf: `$read` is its value for the console, `$made` the result of making one from a value. A write stores
/// that, or of the old and the new value what `$kept` makes.
macro_rules! leaf {
    (
        $ty:ty, $name:expr $(, <$param:ty>)?,
        |$this:ident| $read:expr, |$value:ident| $made:expr $(, |$old:ident, $new:ident| $kept:expr)?
    ) => {
        impl $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{TypeInfo, TypeKind};
                const { &TypeInfo::new($name, TypeKind::Leaf)$(.with_params(&[<$param>::type_info]))? }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                let $this = self;
                $crate::reflect::model::Node::leaf::<Self>($read)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::leaf::<Self>()
            }

            fn write(
                &mut self,
                value: $crate::reflect::model::Value<'_>,
            ) -> Result<(), $crate::reflect::model::ValueError> {
                let new = Self::from_value(value)?;
                $(let new = {
                    let ($old, $new) = (&*self, new);
                    $kept
                };)?
                *self = new;
                Ok(())
            }

            fn from_value(
                $value: $crate::reflect::model::Value<'_>,
            ) -> Result<Self, $crate::reflect::model::ValueError> {
                $made
            }
        }
    };
}

/// Implements `Manhole` for a leaf that is borrowed from the application, and therefore cannot be replaced.
macro_rules! borrowed_leaf {
    ($ty:ty, $name:literal, |$this:ident| $read:expr) => {
        $crate::reflect::impls::leaf_macro::leaf!($ty, $name, |$this| $read, |_value| {
            Err($crate::reflect::model::ValueError::new(concat!(
                "a ",
                $name,
                " is borrowed from the application and cannot be replaced from the console"
            )))
        });
    };
}

/// Implements `Manhole` for a leaf that is shown and written as a text such as `$example`.
macro_rules! text_leaf {
    (
        $ty:ty, $name:literal, $example:literal,
        |$this:ident| $read:expr, |$text:ident| $made:expr $(, |$old:ident, $new:ident| $kept:expr)?
    ) => {
        $crate::reflect::impls::leaf_macro::leaf!(
            $ty,
            $name,
            |$this| $read,
            |value| {
                let $crate::reflect::model::Value::Text($text) = &value else {
                    let expected = concat!("a string such as ", $example);
                    return Err($crate::reflect::model::ValueError::wrong_kind(Self::type_info(), expected, &value));
                };
                $made.ok_or_else(|| $crate::reflect::model::ValueError::wrong_format($name, $example, &value))
            }
            $(, |$old, $new| $kept)?
        );
    };
}

pub(super) use {borrowed_leaf, leaf, text_leaf};
