//! The implementation that stands in when there were errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// An implementation that compiles, so that what uses the type brings no errors of its own: one mistake, one message.
pub(crate) fn stub(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #impl_generics ::manhole::__private::Manhole for #ident #ty_generics #where_clause {
                fn type_info() -> &'static ::manhole::__private::TypeInfo {
                    ::core::unreachable!()
                }

                fn reflect(&self) -> ::manhole::__private::Node<'_> {
                    ::core::unreachable!()
                }

                fn reflect_mut(&mut self) -> ::manhole::__private::NodeMut<'_> {
                    ::core::unreachable!()
                }
            }
        };
    }
}
