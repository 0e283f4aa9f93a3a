//! Going from an enum to the fields of its current variant, and assigning unit variants.

use proc_macro2::TokenStream;
use quote::quote;

use super::{exposed, reflected};
use crate::derive::ast::{Container, Style, Variant};
use crate::grammar::Key;

/// The methods of `Enum`.
pub(crate) fn access(variants: &[Variant<'_>]) -> TokenStream {
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
    let (shared, exclusive) = (arms(variants, false), arms(variants, true));
    quote! {
        fn variant(&self) -> ::core::primitive::usize {
            #current
        }

        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<&dyn ::manhole::__private::Manhole> {
            match (self, __index) {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<&mut dyn ::manhole::__private::Manhole> {
            match (self, __index) {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// The methods of `Manhole` that make a unit variant of its name; none if there is no such variant.
pub(crate) fn assign(container: &Container<'_>, variants: &[Variant<'_>]) -> TokenStream {
    let units: Vec<TokenStream> = variants
        .iter()
        .enumerate()
        .filter(|(_, variant)| variant.style == Style::Unit)
        .map(|(index, Variant { ident, .. })| quote!(#index => ::core::result::Result::Ok(Self::#ident),))
        .collect();
    if units.is_empty() {
        return TokenStream::new();
    }
    // A read-only enum can still be made, for an argument of a method, but not be replaced.
    let write = (!container.attrs.has(Key::Readonly)).then(|| {
        quote! {
            fn write(
                &mut self,
                __value: ::manhole::__private::Value<'_>,
            ) -> ::core::result::Result<(), ::manhole::__private::ValueError> {
                *self = <Self as ::manhole::__private::Manhole>::from_value(__value)?;
                ::core::result::Result::Ok(())
            }
        }
    });
    quote! {
        #write

        fn from_value(
            __value: ::manhole::__private::Value<'_>,
        ) -> ::core::result::Result<Self, ::manhole::__private::ValueError> {
            let __info = <Self as ::manhole::__private::Manhole>::type_info();
            match ::manhole::__private::unit_variant(__info, &__value)? {
                #(#units)*
                _ => ::core::result::Result::Err(::manhole::__private::ValueError::not_writable(__info)),
            }
        }
    }
}

fn arms(variants: &[Variant<'_>], exclusive: bool) -> impl Iterator<Item = TokenStream> {
    variants.iter().flat_map(move |Variant { ident, fields, .. }| {
        exposed(fields).filter(|(_, field)| field.is_reflected()).map(move |(index, field)| {
            let member = &field.member;
            let value = reflected(field, exclusive, &quote!(__field));
            quote! {
                (Self::#ident { #member: __field, .. }, #index) => ::core::option::Option::Some(#value),
            }
        })
    })
}
