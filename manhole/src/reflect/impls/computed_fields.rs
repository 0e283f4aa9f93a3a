//! Opaque types: shown with computed fields, or by their name alone.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::reflect::model::{Args, CallError, CallOutput, TypeInfo, TypeKind};
use crate::reflect::text::short_type_name;

/// Describes a type parameter that need not implement `Manhole`, so that only its name is known.
pub(super) fn parameter<T: ?Sized>() -> &'static TypeInfo {
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
macro_rules! computed_fields {
    (
        [$($lifetime:lifetime)? $($param:ident $(: $outlives:lifetime)?)?] $ty:ty, $name:literal, $doc:literal, |$this:ident| {
            $($field:ident: $kind:ty = $value:expr, $field_doc:literal;)*
        } $(, { $($method:ident($($arg:ident: $arg_ty:ty)?) $(-> $output:ty)? = $call:expr, $method_doc:literal;)+ })?
        $(, mut { $($exclusive:ident() = $call_mut:expr, $exclusive_doc:literal;)+ })?
    ) => {
        impl<$($lifetime,)? $($param $(: $outlives)?)?> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{FieldInfo, StructStyle, TypeInfo, TypeKind};

                const FIELDS: &[FieldInfo] = &[$(
                    FieldInfo::new(
                        stringify!($field),
                        $field_doc,
                        <$kind as $crate::reflect::model::Manhole>::type_info,
                    )
                    .readonly()
                ),*];
                const STYLE: StructStyle =
                    if FIELDS.is_empty() { StructStyle::Unit } else { StructStyle::Named };
                const {
                    &TypeInfo::new($name, TypeKind::Struct(STYLE, FIELDS)).with_doc($doc)
                    $(.with_params(&[$crate::reflect::impls::computed_fields::parameter::<$param>]))?
                    .with_methods(const { &[
                        $($($crate::reflect::model::MethodInfo::new(
                            stringify!($method),
                            $method_doc,
                            const {
                                &[$($crate::reflect::model::ParamInfo::new(stringify!($arg), stringify!($arg_ty)))?]
                            },
                            concat!($(stringify!($output))?),
                        ),)+)?
                        $($($crate::reflect::model::MethodInfo::new(stringify!($exclusive), $exclusive_doc, &[], "")
                            .exclusive(),)+)?
                    ] })
                }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::impls::computed_fields::node_mut!(self $(, $($exclusive)+)?)
            }

            fn call(
                &self,
                index: usize,
                args: $crate::reflect::model::Args<'_>,
            ) -> Result<$crate::reflect::model::CallOutput, $crate::reflect::model::CallError> {
                let methods: &[$crate::reflect::impls::computed_fields::Method<Self>] = &[$($(|$this, args| {
                    $crate::reflect::impls::computed_fields::arguments!(args $(, $arg: $arg_ty)?);
                    $crate::reflect::support::finish($call)
                }),+)?];
                match methods.get(index) {
                    Some(method) => method(self, args),
                    None if index < <Self as $crate::reflect::model::Manhole>::type_info().methods.len() => {
                        Err($crate::reflect::model::CallError::NeedsExclusive)
                    }
                    None => Err($crate::reflect::model::CallError::NoMethod),
                }
            }

            $(fn call_mut(
                &mut self,
                index: usize,
                args: $crate::reflect::model::Args<'_>,
            ) -> Result<$crate::reflect::model::CallOutput, $crate::reflect::model::CallError> {
                let exclusive: &[fn(&mut Self)] = &[$(|$this| $call_mut),+];
                let shared = <Self as $crate::reflect::model::Manhole>::type_info().methods.len() - exclusive.len();
                let Some(method) = index.checked_sub(shared).and_then(|index| exclusive.get(index)) else {
                    return self.call(index, args);
                };
                $crate::reflect::impls::computed_fields::arguments!(args);
                method(self);
                $crate::reflect::support::finish(())
            })?
        }

        impl<$($lifetime,)? $($param $(: $outlives)?)?> $crate::reflect::model::Struct for $ty {
            fn field(&self, index: usize) -> Option<$crate::reflect::model::ValueRef<'_>> {
                let fields: &[fn(&Self) -> $crate::reflect::model::ValueRef<'static>] = &[$(|$this| {
                    let field: $kind = $value;
                    $crate::reflect::model::ValueRef::owned(field)
                }),*];
                fields.get(index).map(|field| field(self))
            }

            fn field_mut(&mut self, _index: usize) -> Option<$crate::reflect::model::ValueMut<'_>> {
                // No field can be borrowed exclusively.
                None
            }
        }
    };
}

/// A method that takes `&self`.
pub(super) type Method<T> = fn(&T, Args<'_>) -> Result<CallOutput, CallError>;

/// Borrows the value exclusively if it has methods for that.
macro_rules! node_mut {
    ($this:ident) => {
        $crate::reflect::model::NodeMut::shared($this)
    };
    ($this:ident, $($exclusive:ident)+) => {
        $crate::reflect::model::NodeMut::new::<Self>($crate::reflect::model::ShapeMut::Struct($this))
    };
}

/// Takes the one argument of a method, or checks that there is none.
macro_rules! arguments {
    ($args:ident) => {
        $crate::reflect::support::expect_args(&$args, 0)?;
    };
    ($args:ident, $arg:ident: $ty:ty) => {
        $crate::reflect::support::expect_args(&$args, 1)?;
        let mut args = $args;
        let $arg: $ty = $crate::reflect::support::argument(&mut args, 0)?;
    };
}

/// Shows a type by its name: nothing can be read from it without changing it.
macro_rules! opaque {
    ($([$($param:ident $(: ?$unsized:ident)?)?] $ty:ty, $name:literal;)+) => {$(
        impl<$($param $(: ?$unsized)?)?> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                const {
                    &$crate::reflect::model::TypeInfo::new($name, $crate::reflect::model::TypeKind::Opaque)
                    $(.with_params(&[$crate::reflect::impls::computed_fields::parameter::<$param>]))?
                }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::Opaque)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::shared(self)
            }
        }
    )+};
}

pub(super) use {arguments, computed_fields, node_mut, opaque};
