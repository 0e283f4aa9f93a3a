//! How types are seen that keep their inside to themselves: as the facts that they tell, or as their name alone.

/// A type with facts for fields. Each is asked for when it is looked at, and none can be written; a method takes no arguments.
macro_rules! facts {
    (
        [$($generics:tt)*] $ty:ty, $name:literal, $doc:literal, |$this:ident| {
            $($field:ident: $kind:ty = $value:expr, $field_doc:literal;)+
        } $(, { $($method:ident() = $call:expr, $method_doc:literal;)+ })?
    ) => {
        impl<$($generics)*> $crate::reflect::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::TypeInfo {
                use $crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind};

                const FIELDS: &[FieldInfo] = &[$(
                    FieldInfo::new(
                        stringify!($field),
                        $field_doc,
                        <$kind as $crate::reflect::Manhole>::type_info,
                    )
                    .readonly()
                ),+];
                const {
                    &TypeInfo::new($name, TypeKind::Struct(StructStyle::Named, FIELDS)).with_doc($doc)
                    $(.with_methods(const { &[$(
                        $crate::reflect::MethodInfo::new(stringify!($method), $method_doc, false, &[], "")
                    ),+] }))?
                }
            }

            fn reflect(&self) -> $crate::reflect::Node<'_> {
                $crate::reflect::Node::new::<Self>($crate::reflect::Shape::Struct(self))
            }

            fn reflect_mut(&mut self) -> $crate::reflect::NodeMut<'_> {
                $crate::reflect::NodeMut::shared(self)
            }

            $(fn call(
                &self,
                index: usize,
                args: $crate::reflect::Args<'_>,
            ) -> Result<$crate::reflect::CallOutput, $crate::reflect::CallError> {
                let methods: &[fn(&Self)] = &[$(|$this| $call),+];
                let method = methods.get(index).ok_or($crate::reflect::CallError::NoMethod)?;
                $crate::reflect::expect_args(&args, 0)?;
                method(self);
                $crate::reflect::finish(())
            })?
        }

        impl<$($generics)*> $crate::reflect::Struct for $ty {
            fn field(&self, index: usize) -> Option<$crate::reflect::ValueRef<'_>> {
                let fields: &[fn(&Self) -> $crate::reflect::ValueRef<'static>] = &[$(|$this| {
                    let fact: $kind = $value;
                    $crate::reflect::ValueRef::owned(fact)
                }),+];
                fields.get(index).map(|field| field(self))
            }

            fn field_mut(&mut self, _index: usize) -> Option<$crate::reflect::ValueMut<'_>> {
                // Nothing is below it that could be had exclusively.
                None
            }
        }
    };
}

/// A type that tells nothing, since it knows nothing that can be had without changing it.
macro_rules! opaque {
    ($([$($generics:tt)*] $ty:ty, $name:literal;)+) => {$(
        impl<$($generics)*> $crate::reflect::Manhole for $ty {
            fn type_info() -> &'static $crate::reflect::TypeInfo {
                const { &$crate::reflect::TypeInfo::new($name, $crate::reflect::TypeKind::Opaque) }
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

pub(super) use {facts, opaque};
