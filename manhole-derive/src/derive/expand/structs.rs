//! The field access of a struct, and its construction from a script's value.

use proc_macro2::TokenStream;
use quote::quote;

use super::construct::{initializers, write_method};
use super::field::{Borrow, FieldExpander};
use crate::attrs::CratePath;
use crate::derive::ast::{Container, Field, Style, exposed};
use crate::derive::bounds::is_sized;

/// Returns the methods of `Struct`.
pub(crate) fn field_access(krate: &CratePath, fields: &[Field<'_>]) -> TokenStream {
    let arms = |borrow: Borrow| {
        exposed(fields).filter(|(_, field)| field.is_reflected()).map(move |(index, field)| {
            if let Some(view) = field.view().filter(|_| borrow == Borrow::Exclusive) {
                return quote!(#index => #krate::#view(<Self as #krate::Struct>::field(self, __index)),);
            }
            let member = &field.member;
            let reference = match borrow {
                Borrow::Shared => quote!(&self.#member),
                Borrow::Exclusive => quote!(&mut self.#member),
            };
            let value = FieldExpander { krate, field }.value_ref(borrow, &reference);
            quote!(#index => #value,)
        })
    };
    let (shared, exclusive) = (arms(Borrow::Shared), arms(Borrow::Exclusive));
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
