//! The field access of a struct, and its construction from a script's value.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::construct::{initializers, write_method};
use super::field::{Borrow, FieldExpander};
use crate::attrs::CratePath;
use crate::derive::ast::{Container, Field, Style, exposed};
use crate::derive::bounds::is_sized;

/// Returns the methods of `Struct`.
pub(crate) fn field_access(krate: &CratePath, fields: &[Field<'_>]) -> TokenStream {
    let (value, field) = (quote!(self), quote!(<Self as #krate::Struct>::field(self, __index)));
    let shared = arms(krate, fields, (Borrow::Shared, &value, &field));
    let exclusive = arms(krate, fields, (Borrow::Exclusive, &value, &field));
    quote! {
        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            use #krate::NotManhole as _;
            match __index {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            use #krate::NotManhole as _;
            match __index {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// Returns the items of `Foreign`, for a struct that describes the type `target`. `info` is the description.
pub(crate) fn remote_items(
    krate: &CratePath,
    fields: &[Field<'_>],
    (target, info): (&Path, &TokenStream),
) -> TokenStream {
    let (value, field) = (quote!(__value), quote!(<Self as #krate::Foreign>::field(__value, __index)));
    let shared = arms(krate, fields, (Borrow::Shared, &value, &field));
    let exclusive = arms(krate, fields, (Borrow::Exclusive, &value, &field));
    let members = fields.iter().map(|field| &field.member);
    quote! {
        type Target = #target;

        fn info() -> &'static #krate::TypeInfo {
            use #krate::NoMethods as _;
            // The compiler would warn that the fields are never read.
            let _: fn(&Self) = |__local| { #(let _ = &__local.#members;)* };
            #info
        }

        fn field(
            __value: &#target,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            use #krate::NotManhole as _;
            match __index {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            __value: &mut #target,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            use #krate::NotManhole as _;
            match __index {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// Returns the arms of a match on the index of a field, of the value that the expression `value` borrows. `field` is the field for
/// reading.
fn arms(
    krate: &CratePath,
    fields: &[Field<'_>],
    (borrow, value, field): (Borrow, &TokenStream, &TokenStream),
) -> Vec<TokenStream> {
    let arm = |(index, this): (usize, &Field<'_>)| {
        if borrow == Borrow::Exclusive && this.is_view() {
            return quote!(#index => #krate::read_only(#field),);
        }
        let member = &this.member;
        let reference = match borrow {
            _ if this.takes_whole() => value.clone(),
            Borrow::Shared => quote!(&#value.#member),
            Borrow::Exclusive => quote!(&mut #value.#member),
        };
        let expression = FieldExpander { krate, field: this }.value_ref(borrow, &reference);
        quote!(#index => #expression,)
    };
    exposed(fields).filter(|(_, field)| field.is_reflected()).map(arm).collect()
}

/// Returns the methods of `Manhole` that construct a struct from a script's value, or nothing if a field cannot be constructed.
pub(crate) fn construct(container: &Container<'_>, style: Style, fields: &[Field<'_>]) -> TokenStream {
    let krate = &container.krate;
    let initializers = initializers(krate, fields);
    let Some(initializers) = initializers.filter(|_| container.generics.type_params().all(is_sized)) else {
        return TokenStream::new();
    };
    // A new struct may have any value in a read-only field; an existing one keeps its value.
    let write = fields.iter().all(|field| !field.readonly).then(|| write_method(krate));
    let mutability = (style != Style::Unit).then(|| quote!(mut));
    quote! {
        #write

        fn from_value(
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<Self, #krate::ValueError> {
            use #krate::NotManhole as _;
            let __info = <Self as #krate::Manhole>::type_info();
            let #mutability __fields = #krate::FieldValues::of_struct(__info, __value)?;
            ::core::result::Result::Ok(Self { #initializers })
        }
    }
}
