//! Going from a struct to its fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::{exposed, reflected};
use crate::derive::ast::Field;

/// The methods of `Struct`.
pub(crate) fn access(fields: &[Field<'_>]) -> TokenStream {
    let arms = |exclusive: bool| {
        exposed(fields).filter(|(_, field)| field.is_reflected()).map(move |(index, field)| {
            let member = &field.member;
            let reference = if exclusive { quote!(&mut self.#member) } else { quote!(&self.#member) };
            let value = reflected(field, exclusive, &reference);
            quote!(#index => ::core::option::Option::Some(#value),)
        })
    };
    let (shared, exclusive) = (arms(false), arms(true));
    quote! {
        fn field(
            &self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<&dyn ::manhole::__private::Manhole> {
            match __index {
                #(#shared)*
                _ => ::core::option::Option::None,
            }
        }

        fn field_mut(
            &mut self,
            __index: ::core::primitive::usize,
        ) -> ::core::option::Option<&mut dyn ::manhole::__private::Manhole> {
            match __index {
                #(#exclusive)*
                _ => ::core::option::Option::None,
            }
        }
    }
}
