//! Parts that structs and enums share when a script's value becomes one of them.

use proc_macro2::TokenStream;
use quote::quote;

use super::field::FieldExpander;
use crate::attrs::CratePath;
use crate::derive::ast::{Field, exposed};

/// Returns the method `write`, which replaces a value as a whole.
pub(crate) fn write_method(krate: &CratePath) -> TokenStream {
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

/// Returns the initializers of all fields from the local `__fields`, or `None` if a field cannot be constructed.
pub(crate) fn initializers(krate: &CratePath, fields: &[Field<'_>]) -> Option<TokenStream> {
    fields.iter().all(Field::is_constructible).then(|| {
        let initializers = exposed(fields).map(|(index, field)| {
            let (member, value) = (&field.member, FieldExpander { krate, field }.construct(index));
            quote!(#member: #value)
        });
        quote!(#(#initializers),*)
    })
}
