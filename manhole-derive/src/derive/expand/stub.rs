//! The implementation that stands in when there were errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::attrs::CratePath;

/// An implementation that compiles, so that what uses the type brings no errors of its own: one mistake, one message.
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
