//! The field access of an enum's current variant, and the construction of a variant from a script's value.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

use super::construct::{initializers, write_method};
use super::field::{Borrow, FieldExpander};
use crate::attrs::{AttrName, CratePath};
use crate::derive::ast::{Container, Variant, exposed};
use crate::derive::bounds::is_sized;

/// The enum whose variants are matched.
#[derive(Clone, Copy)]
struct Matched<'a> {
    krate: &'a CratePath,
    variants: &'a [Variant<'a>],
    /// The path of the enum.
    path: &'a TokenStream,
    /// A reference to the value.
    value: &'a TokenStream,
    /// The field for reading.
    field: &'a TokenStream,
}

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
    let (path, value) = (quote!(Self), quote!(self));
    let field = quote!(<Self as #krate::Enum>::field(self, __index));
    let matched = Matched { krate, variants, path: &path, value: &value, field: &field };
    let (shared, exclusive) = (matched.shared(), matched.exclusive());
    quote! {
        fn variant(&self) -> ::core::primitive::usize {
            #current
        }

        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            #shared
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            #exclusive
        }
    }
}

/// Returns the items of `Foreign`, for an enum that describes the type `target`. `info` is the description.
pub(crate) fn remote_items(
    krate: &CratePath,
    variants: &[Variant<'_>],
    (target, info): (&Path, &TokenStream),
) -> TokenStream {
    let (path, value) = (quote!(#target), quote!(__value));
    let field = quote!(<Self as #krate::Foreign>::field(__value, __index));
    let matched = Matched { krate, variants, path: &path, value: &value, field: &field };
    let (shared, exclusive) = (matched.shared(), matched.exclusive());
    let others = variants.len();
    let indexes = variants.iter().enumerate().map(|(index, variant)| {
        let ident = &variant.ident;
        quote!(#target::#ident { .. } => #index,)
    });
    let (made, read): (Vec<_>, Vec<_>) = variants
        .iter()
        .map(|Variant { ident, fields, .. }| {
            let members: Vec<_> = fields.iter().map(|field| &field.member).collect();
            let names = (0..members.len()).map(|index| format_ident!("__field_{index}"));
            (
                quote!(Self::#ident { #(#members: ::core::unreachable!()),* }),
                quote!(Self::#ident { #(#members: #names),* } => {}),
            )
        })
        .unzip();
    quote! {
        type Target = #target;

        fn info() -> &'static #krate::TypeInfo {
            use #krate::NoMethods as _;
            // The compiler would warn that the variants are never constructed, and their fields never read.
            #[allow(unreachable_code, unused_variables)]
            let _: (&[fn() -> Self], fn(&Self)) = (&[#(|| #made),*], |__local| match __local {
                #(#read)*
                _ => {}
            });
            #info
        }

        // There may be variants that are not described.
        #[allow(unreachable_patterns)]
        fn variant(__value: &#target) -> ::core::option::Option<::core::primitive::usize> {
            ::core::option::Option::Some(match __value {
                #(#indexes)*
                _ => #others,
            })
        }

        fn field(
            __value: &#target,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            #shared
        }

        fn field_mut(
            __value: &mut #target,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            #exclusive
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

impl Matched<'_> {
    /// Returns the match on the variant and the index of a field, for reading.
    fn shared(self) -> TokenStream {
        let Self { krate, value, .. } = self;
        let arms = self.arms(Borrow::Shared);
        quote! {
            use #krate::NotManhole as _;
            match (#value, __index) {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    }

    /// Returns the match on the variant and the index of a field, for an exclusive borrow.
    fn exclusive(self) -> TokenStream {
        let Self { krate, value, .. } = self;
        let (views, arms) = (self.views(), self.arms(Borrow::Exclusive));
        quote! {
            use #krate::NotManhole as _;
            #views
            match (#value, __index) {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    }

    /// Returns a statement that returns the fields that are views, which need only a shared borrow. It precedes the match on the
    /// exclusive borrow, whose arms cannot use the value.
    fn views(self) -> Option<TokenStream> {
        let Self { krate, variants, path, value, field } = self;
        let patterns = variants.iter().flat_map(|Variant { ident, fields, .. }| {
            let views = exposed(fields).filter(|(_, field)| field.is_reflected() && field.is_view());
            views.map(move |(index, _)| quote!((#path::#ident { .. }, #index)))
        });
        let patterns: Vec<TokenStream> = patterns.collect();
        (!patterns.is_empty()).then(|| {
            quote! {
                if let #(#patterns)|* = (&*#value, __index) {
                    return #krate::read_only(#field);
                }
            }
        })
    }

    fn arms(self, borrow: Borrow) -> Vec<TokenStream> {
        let Self { krate, variants, path, .. } = self;
        let arms = variants.iter().flat_map(|Variant { ident, fields, .. }| {
            let reflected = exposed(fields).filter(move |(_, field)| {
                field.is_reflected() && !(borrow == Borrow::Exclusive && field.is_view())
            });
            reflected.map(move |(index, field)| {
                let member = &field.member;
                let value = FieldExpander { krate, field }.value_ref(borrow, &quote!(__field));
                quote! {
                    (#path::#ident { #member: __field, .. }, #index) => #value,
                }
            })
        });
        arms.collect()
    }
}
