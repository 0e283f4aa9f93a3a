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
    let inner = quote_spanned!(ty.span()=> <#ty as #krate_here::Manhole>);
    // A script has no value for a skipped field.
    let only_field = container.fields().count() == 1;
    let from_value = (only_field && container.generics.type_params().all(is_sized)).then(|| {
        quote! {
            fn from_value(
                __value: #krate::Value<'_>,
            ) -> ::core::result::Result<Self, #krate::ValueError> {
                ::core::result::Result::Ok(Self { #member: #inner::from_value(__value)? })
            }
        }
    });
    quote! {
        fn type_info() -> &'static #krate::TypeInfo {
            #inner::type_info()
        }

        fn reflect(&self) -> #krate::Node<'_> {
            #inner::reflect(&self.#member)
        }

        fn reflect_mut(&mut self) -> #krate::NodeMut<'_> {
            #inner::reflect_mut(&mut self.#member)
        }

        fn write(
            &mut self,
            __value: #krate::Value<'_>,
        ) -> ::core::result::Result<(), #krate::ValueError> {
            #inner::write(&mut self.#member, __value)
        }

        #from_value

        fn call(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            #inner::call(&self.#member, __index, __args)
        }

        fn call_async(
            &self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallFuture<'_>, #krate::CallError> {
            #inner::call_async(&self.#member, __index, __args)
        }

        fn call_mut(
            &mut self,
            __index: ::core::primitive::usize,
            __args: #krate::Args<'_>,
        ) -> ::core::result::Result<#krate::CallOutput, #krate::CallError> {
            #inner::call_mut(&mut self.#member, __index, __args)
        }

        fn outcome(&self) -> #krate::ResultKind {
            #inner::outcome(&self.#member)
        }
    }
}
