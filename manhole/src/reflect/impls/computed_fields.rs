//! Opaque types: shown with computed fields, or by their name alone.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::reflect::model::{TypeInfo, TypeKind};
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

/// Shows a type with computed, read-only fields, each evaluated when it is read. Its methods take no arguments.
macro_rules! computed_fields {
    (
        [$($param:ident)?] $ty:ty, $name:literal, $doc:literal, |$this:ident| {
            $($field:ident: $kind:ty = $value:expr, $field_doc:literal;)+
        } $(, { $($method:ident() = $call:expr, $method_doc:literal;)+ })?
    ) => {
        impl<$($param)?> $crate::reflect::model::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::model::TypeInfo {
                use $crate::reflect::model::{FieldInfo, StructStyle, TypeInfo, TypeKind};

                const FIELDS: &[FieldInfo] = &[$(
                    FieldInfo::new(
                        stringify!($field),
                        $field_doc,
                        <$kind as $crate::reflect::model::Manhole>::type_info,
                    )
                    .readonly()
                ),+];
                const {
                    &TypeInfo::new($name, TypeKind::Struct(StructStyle::Named, FIELDS)).with_doc($doc)
                    $(.with_params(&[$crate::reflect::impls::computed_fields::parameter::<$param>]))?
                    $(.with_methods(const { &[$(
                        $crate::reflect::model::MethodInfo::new(stringify!($method), $method_doc, &[], "")
                    ),+] }))?
                }
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::shared(self)
            }

            $(fn call(
                &self,
                index: usize,
                args: $crate::reflect::model::Args<'_>,
            ) -> Result<$crate::reflect::model::CallOutput, $crate::reflect::model::CallError> {
                let methods: &[fn(&Self)] = &[$(|$this| $call),+];
                let method = methods.get(index).ok_or($crate::reflect::model::CallError::NoMethod)?;
                $crate::reflect::support::expect_args(&args, 0)?;
                method(self);
                $crate::reflect::support::finish(())
            })?
        }

        impl<$($param)?> $crate::reflect::model::Struct for $ty {
            fn field(&self, index: usize) -> Option<$crate::reflect::model::ValueRef<'_>> {
                let fields: &[fn(&Self) -> $crate::reflect::model::ValueRef<'static>] = &[$(|$this| {
                    let field: $kind = $value;
                    $crate::reflect::model::ValueRef::owned(field)
                }),+];
                fields.get(index).map(|field| field(self))
            }

            fn field_mut(&mut self, _index: usize) -> Option<$crate::reflect::model::ValueMut<'_>> {
                // No field can be borrowed exclusively.
                None
            }
        }
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

pub(super) use {computed_fields, opaque};
