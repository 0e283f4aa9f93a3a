//! The generated implementations. Nothing here can fail: what is expanded was checked.

mod enums;
mod field;
mod structs;
mod stub;
mod transparent;
mod type_info;

use proc_macro2::TokenStream;
use quote::quote;

use super::ast::{Body, Container, Field};
use super::bounds::Bounds;
use crate::attrs::CratePath;

pub(crate) use stub::stub;

/// The implementations of `Manhole`, and of `Struct` or `Enum` if there is something to see inside.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let krate = &container.krate;
    let bounds = Bounds::of(container);
    let generics = bounds.add_to(container.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let ident = container.ident;
    let (manhole, access) = match (container.transparent(), &container.body) {
        (Some(field), _) => (transparent::manhole(container, field), None),
        _ if container.is_opaque() => (opaque(container, &bounds), None),
        (None, Body::Struct(style, fields)) => {
            let make = structs::make(container, *style, fields);
            let manhole = manhole(container, &bounds, &quote!(Struct(self)), &quote!(Struct(self)), &make);
            (manhole, Some((quote!(Struct), structs::access(krate, fields))))
        }
        (None, Body::Enum(variants)) => {
            let make = enums::make(container, variants);
            let manhole = manhole(container, &bounds, &quote!(Enum(self)), &quote!(Enum(self)), &make);
            (manhole, Some((quote!(Enum), enums::access(krate, variants))))
        }
    };
    let access = access.map(|(shape, items)| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #krate::#shape for #ident #ty_generics #where_clause {
                #items
            }
        }
    });
    quote! {
        // The lints are about style, which is nobody's concern in generated code, or about what the author of the type did
        // on purpose.
        #[allow(
            deprecated,
            unused_imports,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            clippy::restriction
        )]
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #krate::Manhole for #ident #ty_generics #where_clause {
                #manhole
            }

            #access
        };
    }
}

/// The items of `Manhole` for a type that shows only its name. What has no inside is still reached exclusively, for its methods.
fn opaque(container: &Container<'_>, bounds: &Bounds<'_>) -> TokenStream {
    manhole(container, bounds, &quote!(Opaque), &quote!(Leaf), &TokenStream::new())
}

/// The items of `Manhole` for a value of the given shapes; `make` are those that make a value.
fn manhole(
    container: &Container<'_>,
    bounds: &Bounds<'_>,
    shape: &TokenStream,
    shape_mut: &TokenStream,
    make: &TokenStream,
) -> TokenStream {
    let krate = &container.krate;
    let info = type_info::type_info(container, bounds);
    quote! {
        fn type_info() -> &'static #krate::TypeInfo {
            use #krate::NoMethods as _;
            #info
        }

        fn reflect(&self) -> #krate::Node<'_> {
            #krate::Node::new::<Self>(#krate::Shape::#shape)
        }

        fn reflect_mut(&mut self) -> #krate::NodeMut<'_> {
            #krate::NodeMut::new::<Self>(#krate::ShapeMut::#shape_mut)
        }

        #make

        fn call(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            use #krate::NoMethods as _;
            <Self>::MANHOLE_METHODS.call(self, __index, __args)
        }

        fn call_async(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallFuture<'_>, #krate::CallError> {
            use #krate::NoMethods as _;
            <Self>::MANHOLE_METHODS.call_async(self, __index, __args)
        }

        fn call_mut(
            &mut self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            use #krate::NoMethods as _;
            <Self>::MANHOLE_METHODS.call_mut(self, __index, __args)
        }
    }
}

/// The function that replaces a value as a whole.
fn write(krate: &CratePath) -> TokenStream {
    quote! {
        fn write(
            &mut self,
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<(), #krate::ValueError> {
            *self = <Self as #krate::Manhole>::from_value(__value)?;
            ::core::result::Result::Ok(())
        }
    }
}

/// The initialisers of all fields, out of the local `__fields`; `None` if one of them cannot be given.
fn initialisers(krate: &CratePath, fields: &[Field<'_>]) -> Option<TokenStream> {
    fields.iter().all(Field::is_makeable).then(|| {
        let initialisers = exposed(fields).map(|(index, field)| {
            let (member, value) = (&field.member, field::made(krate, field, index));
            quote!(#member: #value)
        });
        quote!(#(#initialisers),*)
    })
}

/// The exposed fields, each with its position among them.
fn exposed<'a, 'f>(fields: &'f [Field<'a>]) -> impl Iterator<Item = (usize, &'f Field<'a>)> {
    fields.iter().filter(|field| field.is_exposed()).enumerate()
}
