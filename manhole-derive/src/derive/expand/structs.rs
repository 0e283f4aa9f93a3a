//! Going from a struct to its fields, and making one of values for all of them.

use proc_macro2::TokenStream;
use quote::quote;

use super::{exposed, field, initialisers, write};
use crate::attrs::CratePath;
use crate::derive::ast::{Container, Field, Style};
use crate::derive::bounds::is_sized;

/// The methods of `Struct`.
pub(crate) fn access(krate: &CratePath, fields: &[Field<'_>]) -> TokenStream {
    let arms = |exclusive: bool| {
        exposed(fields).filter(|(_, field)| field.is_reflected()).map(move |(index, field)| {
            let member = &field.member;
            let reference = if exclusive { quote!(&mut self.#member) } else { quote!(&self.#member) };
            let value = field::seen(krate, field, exclusive, &reference);
            quote!(#index => #value,)
        })
    };
    let (shared, exclusive) = (arms(false), arms(true));
    quote! {
        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueRef<'_>> {
            match __index {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<#krate::ValueMut<'_>> {
            match __index {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// The methods of `Manhole` that make a struct of a script's value; none if it has fields that no script can give.
pub(crate) fn make(container: &Container<'_>, style: Style, fields: &[Field<'_>]) -> TokenStream {
    let krate = &container.krate;
    let initialisers = initialisers(krate, fields);
    let Some(initialisers) = initialisers.filter(|_| container.generics.type_params().all(is_sized)) else {
        return TokenStream::new();
    };
    // A new one may have any value in a read-only field, but one that is there keeps it.
    let write = fields.iter().all(|field| !field.readonly).then(|| write(krate));
    let mutability = (style != Style::Unit).then(|| quote!(mut));
    quote! {
        #write

        fn from_value(
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<Self, #krate::ValueError> {
            let __info = <Self as #krate::Manhole>::type_info();
            let #mutability __fields = #krate::FieldValues::of_struct(__info, __value)?;
            ::core::result::Result::Ok(Self { #initialisers })
        }
    }
}
