//! Going from an enum to the fields of its current variant, and making a value of a variant.

use proc_macro2::TokenStream;
use quote::quote;

use super::{exposed, field, initialisers, write};
use crate::derive::ast::{Container, Variant};
use crate::derive::bounds::is_sized;
use crate::grammar::Key;
use crate::krate::Crate;

/// The methods of `Enum`.
pub(crate) fn access(krate: &Crate, variants: &[Variant<'_>]) -> TokenStream {
    let current = if variants.is_empty() {
        // A value of an enum without variants does not exist, which only a match on itself says.
        quote!(match *self {})
    } else {
        let arms = variants
            .iter()
            .enumerate()
            .map(|(index, Variant { ident, .. })| quote!(Self::#ident { .. } => #index,));
        quote!(match self { #(#arms)* })
    };
    let (shared, exclusive) = (arms(krate, variants, false), arms(krate, variants, true));
    quote! {
        fn variant(&self) -> ::core::primitive::usize {
            #current
        }

        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            match (self, __index) {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            match (self, __index) {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// The methods of `Manhole` that make an enum value of a script's; none if no variant can be made.
pub(crate) fn make(container: &Container<'_>, variants: &[Variant<'_>]) -> TokenStream {
    let krate = &container.krate;
    let sized = container.generics.type_params().all(is_sized);
    let made: Vec<TokenStream> = variants
        .iter()
        .enumerate()
        .filter(|_| sized)
        .filter_map(|(index, Variant { ident, fields, .. })| {
            let initialisers = initialisers(krate, fields)?;
            Some(quote!(#index => ::core::result::Result::Ok(Self::#ident { #initialisers }),))
        })
        .collect();
    if made.is_empty() {
        return TokenStream::new();
    }
    // A read-only enum can still be made, for an argument of a method, but not be replaced.
    let write = (!container.attrs.has(Key::Readonly)).then(|| write(krate));
    quote! {
        #write

        #[allow(unused_mut)]
        fn from_value(
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<Self, #krate::ValueError> {
            let __info = <Self as #krate::Manhole>::type_info();
            let (__variant, mut __fields) = #krate::FieldValues::of_variant(__info, __value)?;
            match __variant {
                #(#made)*
                _ => ::core::result::Result::Err(__fields.not_constructible()),
            }
        }
    }
}

fn arms(krate: &Crate, variants: &[Variant<'_>], exclusive: bool) -> impl Iterator<Item = TokenStream> {
    variants.iter().flat_map(move |Variant { ident, fields, .. }| {
        exposed(fields).filter(|(_, field)| field.is_reflected()).map(move |(index, field)| {
            let member = &field.member;
            let value = field::seen(krate, field, exclusive, &quote!(__field));
            quote! {
                (Self::#ident { #member: __field, .. }, #index) => #value,
            }
        })
    })
}
