//! Opaque types: shown with computed fields, or by their name alone.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::reflect::model::{Args, CallError, CallOutput, TypeInfo, TypeKind};
use crate::reflect::text::short_type_name;

/// Describes a type parameter that need not implement `Manhole`, so that only its name is known.
pub(crate) fn parameter<T: ?Sized>() -> &'static TypeInfo {
    // One for each type that the application uses.
    static KNOWN: LazyLock<Mutex<HashMap<&'static str, &'static TypeInfo>>> = LazyLock::new(Mutex::default);
    let name = type_name::<T>();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(name).or_insert_with(|| {
        let name = Box::leak(short_type_name(name).into_boxed_str());
        Box::leak(Box::new(TypeInfo::new(name, TypeKind::Opaque)))
    })
}

/// Shows a type with computed, read-only fields, each evaluated when it is read, and with methods. A method takes at most one argument.
/// The last word of a field or method is the level that it needs, if that is another than usual. The fields behind `live` can be written
/// to, as far as their values can.
macro_rules! computed_fields {
    (
        [$($lifetime:lifetime)? $($param:ident $(: $outlives:lifetime)?)?] $ty:ty, $name:literal, $doc:literal, |$this:ident| {
            $($(#[$attribute:meta])* $field:ident: $kind:ty = $value:expr, $field_doc:literal $(, $level:ident)?;)*
        } $(, live { $($(#[$live_attribute:meta])* $live:ident: $live_kind:ty = $live_value:expr, $live_doc:literal;)+ })?
        $(, { $($method:ident($($arg:ident: $arg_ty:ty)?) $(-> $output:ty)? = $call:expr, $method_doc:literal $(, $method_level:ident)?;)+ })?
        $(, mut { $($exclusive:ident() = $call_mut:expr, $exclusive_doc:literal;)+ })?
    ) => {
        impl<$($lifetime,)? $($param $(: $outlives)?)?> $crate::reflect::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::TypeInfo {
                use $crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind};

                const FIELDS: &[FieldInfo] = &[$(
                    $(#[$attribute])*
                    FieldInfo::new(
                        stringify!($field),
                        $field_doc,
                        <$kind as $crate::reflect::Manhole>::type_info,
                    )
                    .readonly()
                    $(.from_level($crate::reflect::Level::$level))?,
                )* $($($(#[$live_attribute])* FieldInfo::new(
                    stringify!($live),
                    $live_doc,
                    <$live_kind as $crate::reflect::Manhole>::type_info,
                ),)+)?];
                const STYLE: StructStyle =
                    if FIELDS.is_empty() { StructStyle::Unit } else { StructStyle::Named };
                const {
                    &TypeInfo::new($name, TypeKind::Struct(STYLE, FIELDS)).with_doc($doc)
                    $(.with_params(&[$crate::reflect::computed_fields::parameter::<$param>]))?
                    .with_methods(const { &[
                        $($($crate::reflect::MethodInfo::new(
                            stringify!($method),
                            $method_doc,
                            const {
                                &[$($crate::reflect::ParamInfo::new(stringify!($arg), stringify!($arg_ty)))?]
                            },
                            concat!($(stringify!($output))?),
                        )$(.from_level($crate::reflect::Level::$method_level))?,)+)?
                        $($($crate::reflect::MethodInfo::new(stringify!($exclusive), $exclusive_doc, &[], "")
                            .exclusive(),)+)?
                    ] })
                }
            }

            fn reflect(&self) -> $crate::reflect::Node<'_> {
                $crate::reflect::Node::new::<Self>($crate::reflect::Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::NodeMut<'_> {
                $crate::reflect::computed_fields::node_mut!(self $(, $($exclusive)+)?)
            }

            fn call(
                &self,
                index: usize,
                args: $crate::reflect::Args<'_>,
            ) -> Result<$crate::reflect::CallOutput, $crate::reflect::CallError> {
                let methods: &[$crate::reflect::computed_fields::Method<Self>] = &[$($(|$this, args| {
                    $crate::reflect::computed_fields::arguments!(args $(, $arg: $arg_ty)?);
                    $crate::reflect::finish($call)
                }),+)?];
                match methods.get(index) {
                    Some(method) => method(self, args),
                    None if index < <Self as $crate::reflect::Manhole>::type_info().methods.len() => {
                        Err($crate::reflect::CallError::NeedsExclusive)
                    }
                    None => Err($crate::reflect::CallError::NoMethod),
                }
            }

            $(fn call_mut(
                &mut self,
                index: usize,
                args: $crate::reflect::Args<'_>,
            ) -> Result<$crate::reflect::CallOutput, $crate::reflect::CallError> {
                let exclusive: &[fn(&mut Self)] = &[$(|$this| $call_mut),+];
                let shared = <Self as $crate::reflect::Manhole>::type_info().methods.len() - exclusive.len();
                let Some(method) = index.checked_sub(shared).and_then(|index| exclusive.get(index)) else {
                    return self.call(index, args);
                };
                $crate::reflect::computed_fields::arguments!(args);
                method(self);
                $crate::reflect::finish(())
            })?
        }

        impl<$($lifetime,)? $($param $(: $outlives)?)?> $crate::reflect::Struct for $ty {
            fn field(&self, index: usize) -> Option<$crate::reflect::ValueRef<'_>> {
                let fields: &[fn(&Self) -> $crate::reflect::ValueRef<'static>] = &[$($(#[$attribute])* |$this| {
                    // Not every field needs it.
                    let _ = $this;
                    let field: $kind = $value;
                    $crate::reflect::ValueRef::owned(field)
                },)* $($($(#[$live_attribute])* |$this| {
                    let _ = $this;
                    let field: $live_kind = $live_value;
                    $crate::reflect::ValueRef::owned(field)
                },)+)?];
                fields.get(index).map(|field| field(self))
            }

            fn field_mut(&mut self, _index: usize) -> Option<$crate::reflect::ValueMut<'_>> {
                // No field can be borrowed exclusively.
                None
            }
        }
    };
}

/// A method that takes `&self`.
pub(crate) type Method<T> = fn(&T, Args<'_>) -> Result<CallOutput, CallError>;

/// Borrows the value exclusively if it has methods for that.
macro_rules! node_mut {
    ($this:ident) => {
        $crate::reflect::NodeMut::shared($this)
    };
    ($this:ident, $($exclusive:ident)+) => {
        $crate::reflect::NodeMut::new::<Self>($crate::reflect::ShapeMut::Struct($this))
    };
}

/// Takes the one argument of a method, or checks that there is none.
macro_rules! arguments {
    ($args:ident) => {
        $crate::reflect::expect_args(&$args, 0)?;
    };
    ($args:ident, $arg:ident: $ty:ty) => {
        $crate::reflect::expect_args(&$args, 1)?;
        let mut args = $args;
        let $arg: $ty = $crate::reflect::argument(&mut args, 0)?;
    };
}

/// Shows a type by its name: nothing can be read from it without changing it.
macro_rules! opaque {
    ($([$($param:ident $(: ?$unsized:ident)?)?] $ty:ty, $name:literal;)+) => {$(
        impl<$($param $(: ?$unsized)?)?> $crate::reflect::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::TypeInfo {
                const {
                    &$crate::reflect::TypeInfo::new($name, $crate::reflect::TypeKind::Opaque)
                    $(.with_params(&[$crate::reflect::computed_fields::parameter::<$param>]))?
                }
            }

            fn reflect(&self) -> $crate::reflect::Node<'_> {
                $crate::reflect::Node::new::<Self>($crate::reflect::Shape::Opaque)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::NodeMut<'_> {
                $crate::reflect::NodeMut::shared(self)
            }
        }
    )+};
}

pub(crate) use {arguments, computed_fields, node_mut, opaque};
