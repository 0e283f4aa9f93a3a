//! The `Manhole` of a transparent struct, which forwards everything to its one field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::derive::ast::{Container, Field};
use crate::derive::bounds::is_sized;

/// Returns the items of `Manhole`, each of which forwards to `field`.
pub(crate) fn manhole_items(container: &Container<'_>, field: &Field<'_>) -> TokenStream {
    let (krate, member, ty) = (&container.krate, &field.member, field.ty);
    let krate_here = krate.at(ty.span());
    // Only this expression requires `Manhole` of the type, so that a type without it is one compiler error.
    let type_info = quote_spanned!(ty.span()=> <#ty as #krate_here::Manhole>::type_info());
    let probe = quote!(<#krate::FieldProbe<#ty>>);
    let (inner, inner_mut) =
        (quote!(#probe::value(&self.#member)), quote!(#probe::value_mut(&mut self.#member)));
    // A script has no value for a skipped field.
    let only_field = container.fields().count() == 1;
    let from_value = (only_field && container.generics.type_params().all(is_sized)).then(|| {
        quote! {
            fn from_value(
                __value: #krate::Value<'_>,
            ) -> ::core::result::Result<Self, #krate::ValueError> {
                use #krate::NotManhole as _;
                ::core::result::Result::Ok(Self { #member: #probe::from_value(__value)? })
            }
        }
    });
    quote! {
        fn type_info() -> &'static #krate::TypeInfo {
            #type_info
        }

        fn reflect(&self) -> #krate::Node<'_> {
            use #krate::NotManhole as _;
            #inner.reflect()
        }

        fn reflect_mut(&mut self) -> #krate::NodeMut<'_> {
            use #krate::NotManhole as _;
            #inner_mut.reflect_mut()
        }

        fn write(
            &mut self,
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<(), #krate::ValueError> {
            use #krate::NotManhole as _;
            #inner_mut.write(__value)
        }

        #from_value

        fn call(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            use #krate::NotManhole as _;
            #inner.call(__index, __args)
        }

        fn call_async(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallFuture<'_>, #krate::CallError> {
            use #krate::NotManhole as _;
            #inner.call_async(__index, __args)
        }

        fn call_mut(
            &mut self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            use #krate::NotManhole as _;
            #inner_mut.call_mut(__index, __args)
        }

        fn outcome(&self) -> #krate::ResultKind {
            use #krate::NotManhole as _;
            #inner.outcome()
        }
    }
}
