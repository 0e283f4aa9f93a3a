//! The generated implementations of `#[derive(Manhole)]`. Expansion cannot fail: `check` has verified its input.

mod construct;
mod enums;
mod field;
mod structs;
mod transparent;
mod type_info;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::ast::{Body, Container};
use super::bounds::Bounds;
use crate::attrs::CratePath;

/// Returns the implementation of `Manhole`, and that of `Struct` or `Enum` unless the type is opaque or transparent.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let krate = &container.krate;
    let bounds = Bounds::of(container);
    let generics = bounds.add_to(container.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let ident = container.ident;
    if let Some(target) = container.remote() {
        let info = type_info::type_info(container, &bounds);
        let items = match &container.body {
            Body::Struct(_, fields) => structs::remote_items(krate, fields, (target, &info)),
            Body::Enum(variants) => enums::remote_items(krate, variants, (target, &info)),
        };
        return quiet(&quote! {
            #[automatically_derived]
            impl #impl_generics #krate::Foreign for #ident #ty_generics #where_clause {
                #items
            }
        });
    }
    let (items, fields) = match (container.transparent(), &container.body) {
        (Some(field), _) => (transparent::manhole_items(container, field), None),
        _ if container.is_opaque() => (manhole_items(container, &bounds), None),
        (None, Body::Struct(style, fields)) => {
            let (items, construct) =
                (manhole_items(container, &bounds), structs::construct(container, *style, fields));
            (quote!(#items #construct), Some((quote!(Struct), structs::field_access(krate, fields))))
        }
        (None, Body::Enum(variants)) => {
            let (items, construct) =
                (manhole_items(container, &bounds), enums::construct(container, variants));
            (quote!(#items #construct), Some((quote!(Enum), enums::field_access(krate, variants))))
        }
    };
    let fields = fields.map(|(shape, items)| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #krate::#shape for #ident #ty_generics #where_clause {
                #items
            }
        }
    });
    quiet(&quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Manhole for #ident #ty_generics #where_clause {
            #items
        }

        #fields
    })
}

/// Returns the implementations in a scope without lints.
fn quiet(items: &TokenStream) -> TokenStream {
    quote! {
        // These lints concern style, which does not matter in generated code, or deliberate choices of the type's author.
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
            #items
        };
    }
}

/// Returns an implementation that compiles, for use after an error: code that uses the type then causes no further errors.
pub(crate) fn stub(input: &DeriveInput, krate: &CratePath) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #krate::Manhole for #ident #ty_generics #where_clause {
                fn type_info() -> &'static #krate::TypeInfo {
                    ::core::unreachable!()
                }

                fn reflect(&self) -> #krate::Node<'_> {
                    ::core::unreachable!()
                }

                fn reflect_mut(&mut self) -> #krate::NodeMut<'_> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// Returns the items of `Manhole`, except those that construct a value.
fn manhole_items(container: &Container<'_>, bounds: &Bounds<'_>) -> TokenStream {
    let krate = &container.krate;
    let info = type_info::type_info(container, bounds);
    let (shape, shape_mut) = match &container.body {
        // An opaque value is still borrowed exclusively, for its methods.
        _ if container.is_opaque() => (quote!(Opaque), quote!(Leaf)),
        Body::Struct(..) => (quote!(Struct(self)), quote!(Struct(self))),
        Body::Enum(_) => (quote!(Enum(self)), quote!(Enum(self))),
    };
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
