//! The field access of an enum's current variant, and the construction of a variant from a script's value.

use proc_macro2::TokenStream;
use quote::quote;

use super::construct::{initializers, write_method};
use super::field::{Borrow, FieldExpander};
use crate::attrs::{AttrName, CratePath};
use crate::derive::ast::{Container, Variant, exposed};
use crate::derive::bounds::is_sized;

/// Returns the methods of `Enum`.
pub(crate) fn field_access(krate: &CratePath, variants: &[Variant<'_>]) -> TokenStream {
    let current = if variants.is_empty() {
        // An enum without variants has no values; only a match on the value itself compiles without arms.
        quote!(match *self {})
    } else {
        let arms = variants
            .iter()
            .enumerate()
            .map(|(index, Variant { ident, .. })| quote!(Self::#ident { .. } => #index,));
        quote!(match self { #(#arms)* })
    };
    let (shared, exclusive) =
        (field_arms(krate, variants, Borrow::Shared), field_arms(krate, variants, Borrow::Exclusive));
    let views = views(krate, variants);
    quote! {
        fn variant(&self) -> ::core::primitive::usize {
            #current
        }

        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            use #krate::NotManhole as _;
            match (self, __index) {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            use #krate::NotManhole as _;
            #views
            match (self, __index) {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// Returns the methods of `Manhole` that construct an enum from a script's value, or nothing if no variant can be constructed.
pub(crate) fn construct(container: &Container<'_>, variants: &[Variant<'_>]) -> TokenStream {
    let krate = &container.krate;
    let sized = container.generics.type_params().all(is_sized);
    let arms: Vec<TokenStream> = variants
        .iter()
        .enumerate()
        .filter(|_| sized)
        .filter_map(|(index, Variant { ident, fields, .. })| {
            let initializers = initializers(krate, fields)?;
            Some(quote!(#index => ::core::result::Result::Ok(Self::#ident { #initializers }),))
        })
        .collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    // A read-only enum can still be constructed as a method's argument, but not replaced.
    let write = (!container.attrs.has(AttrName::Readonly)).then(|| write_method(krate));
    quote! {
        #write

        #[allow(unused_mut)]
        fn from_value(
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<Self, #krate::ValueError> {
            use #krate::NotManhole as _;
            let __info = <Self as #krate::Manhole>::type_info();
            let (__variant, mut __fields) = #krate::FieldValues::of_variant(__info, __value)?;
            match __variant {
                #(#arms)*
                _ => ::core::result::Result::Err(__fields.not_constructible()),
            }
        }
    }
}

/// Returns a statement that returns the fields that are views, which need only a shared borrow. It precedes the match on the
/// exclusive borrow, whose arms cannot use `self`.
fn views(krate: &CratePath, variants: &[Variant<'_>]) -> Option<TokenStream> {
    let patterns = variants.iter().flat_map(|Variant { ident, fields, .. }| {
        let views = exposed(fields).filter(|(_, field)| field.is_reflected() && field.is_view());
        views.map(move |(index, _)| quote!((Self::#ident { .. }, #index)))
    });
    let patterns: Vec<TokenStream> = patterns.collect();
    (!patterns.is_empty()).then(|| {
        quote! {
            if let #(#patterns)|* = (&*self, __index) {
                return #krate::read_only(<Self as #krate::Enum>::field(self, __index));
            }
        }
    })
}

fn field_arms(
    krate: &CratePath,
    variants: &[Variant<'_>],
    borrow: Borrow,
) -> impl Iterator<Item = TokenStream> {
    variants.iter().flat_map(move |Variant { ident, fields, .. }| {
        let reflected = exposed(fields).filter(move |(_, field)| {
            field.is_reflected() && !(borrow == Borrow::Exclusive && field.is_view())
        });
        reflected.map(move |(index, field)| {
            let member = &field.member;
            let value = FieldExpander { krate, field }.value_ref(borrow, &quote!(__field));
            quote! {
                (Self::#ident { #member: __field, .. }, #index) => #value,
            }
        })
    })
}
