//! The generated implementations. Nothing here can fail: what is expanded was checked.

mod enums;
mod info;
mod structs;
mod stub;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::ast::{Body, Container, Field};
use super::bounds::Bounds;

pub(crate) use stub::stub;

/// The implementations of `Manhole`, and of `Struct` or `Enum`.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let bounds = Bounds::of(container);
    let generics = bounds.add_to(container.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let ident = container.ident;
    let info = info::type_info(container, &bounds);
    let shape = match &container.body {
        Body::Struct(..) => quote!(Struct),
        Body::Enum(_) => quote!(Enum),
    };
    let (make, access) = match &container.body {
        Body::Struct(style, fields) => (structs::make(container, *style, fields), structs::access(fields)),
        Body::Enum(variants) => (enums::make(container, variants), enums::access(variants)),
    };
    quote! {
        // The lints are about style, which is nobody's concern in generated code, or about what the author of the type did
        // on purpose.
        #[allow(
            deprecated,
            unused_imports,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            clippy::restriction
        )]
        const _: () = {
            #[automatically_derived]
            impl #impl_generics ::manhole::__private::Manhole for #ident #ty_generics #where_clause {
                fn type_info() -> &'static ::manhole::__private::TypeInfo {
                    use ::manhole::__private::NoMethods as _;
                    #info
                }

                fn reflect(&self) -> ::manhole::__private::Node<'_> {
                    ::manhole::__private::Node::new::<Self>(::manhole::__private::Shape::#shape(self))
                }

                fn reflect_mut(&mut self) -> ::manhole::__private::NodeMut<'_> {
                    ::manhole::__private::NodeMut::new::<Self>(::manhole::__private::ShapeMut::#shape(self))
                }

                #make

                fn call(
                    &self,
                    __index: ::core::primitive::usize,
                    __args: ::manhole::__private::Args<'_>,
                ) -> ::core::result::Result<
                    ::manhole::__private::Returned,
                    ::manhole::__private::CallError,
                > {
                    use ::manhole::__private::NoMethods as _;
                    <Self>::__manhole_call(self, __index, __args)
                }

                fn call_async(
                    &self,
                    __index: ::core::primitive::usize,
                    __args: ::manhole::__private::Args<'_>,
                ) -> ::core::result::Result<
                    ::manhole::__private::CallFuture<'_>,
                    ::manhole::__private::CallError,
                > {
                    use ::manhole::__private::NoMethods as _;
                    <Self>::__manhole_call_async(self, __index, __args)
                }

                fn call_mut(
                    &mut self,
                    __index: ::core::primitive::usize,
                    __args: ::manhole::__private::Args<'_>,
                ) -> ::core::result::Result<
                    ::manhole::__private::Returned,
                    ::manhole::__private::CallError,
                > {
                    use ::manhole::__private::NoMethods as _;
                    <Self>::__manhole_call_mut(self, __index, __args)
                }
            }

            #[automatically_derived]
            impl #impl_generics ::manhole::__private::#shape for #ident #ty_generics #where_clause {
                #access
            }
        };
    }
}

/// The function that replaces a value as a whole.
fn write() -> TokenStream {
    quote! {
        fn write(
            &mut self,
            __value: ::manhole::__private::Value<'_>,
        ) -> ::core::result::Result<(), ::manhole::__private::ValueError> {
            *self = <Self as ::manhole::__private::Manhole>::from_value(__value)?;
            ::core::result::Result::Ok(())
        }
    }
}

/// The initialisers of all fields, out of the local `__fields`; `None` if one of them cannot be given.
fn initialisers(fields: &[Field<'_>]) -> Option<TokenStream> {
    fields.iter().all(Field::is_makeable).then(|| {
        let initialisers = exposed(fields).map(|(index, field)| {
            let (member, ty) = (&field.member, field.ty);
            let take = quote_spanned!(ty.span()=> ::manhole::__private::Fields::take::<#ty>);
            quote!(#member: #take(&mut __fields, #index)?)
        });
        quote!(#(#initialisers),*)
    })
}

/// The exposed fields, each with its position among them.
fn exposed<'a, 'f>(fields: &'f [Field<'a>]) -> impl Iterator<Item = (usize, &'f Field<'a>)> {
    fields.iter().filter(|field| field.is_exposed()).enumerate()
}

/// The field's value, given by the expression `reference`, as the option of a trait object.
///
/// This and the field's description name the trait in the same words at the same place, the field's type. So the compiler
/// finds the same error each time if the type does not implement it, and shows it once.
fn reflected(field: &Field<'_>, exclusive: bool, reference: &TokenStream) -> TokenStream {
    let ty = field.ty;
    let method = if exclusive { quote!(__held_mut) } else { quote!(__held) };
    quote_spanned! {ty.span()=> <#ty as ::manhole::__private::Manhole>::#method(#reference) }
}
