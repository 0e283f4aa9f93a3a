//! The static description of the type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::exposed;
use crate::derive::ast::{Body, Container, Field, Style};
use crate::derive::bounds::{Bounds, is_sized};
use crate::grammar::Key;

/// The expression of type `&'static TypeInfo`.
///
/// Every slice in it has a `const` block of its own: a constant is the only place where a reference to the result of a
/// function becomes `'static`, and its outermost one only.
pub(crate) fn type_info(container: &Container<'_>, bounds: &Bounds<'_>) -> TokenStream {
    let name = container.ident.unraw().to_string();
    let kind = match &container.body {
        Body::Struct(style, fields) => {
            let (style, fields) = (style_info(*style), field_infos(fields));
            quote!(Struct(#style, #fields))
        }
        Body::Enum(variants) => {
            let variants = variants.iter().map(|variant| {
                let (name, doc) = (&variant.name.text, &variant.doc);
                let (style, fields) = (style_info(variant.style), field_infos(&variant.fields));
                quote!(::manhole::__private::VariantInfo::new(#name, #doc, #style, #fields))
            });
            quote!(Enum(const { &[#(#variants),*] }))
        }
    };
    let doc = (!container.doc.is_empty()).then(|| {
        let doc = &container.doc;
        quote!(.with_doc(#doc))
    });
    let params: Vec<TokenStream> = bounds
        .params
        .iter()
        .filter(|param| is_sized(param))
        .map(|param| {
            let param = &param.ident;
            quote!(<#param as ::manhole::__private::Manhole>::type_info)
        })
        .collect();
    let params = (!params.is_empty()).then(|| quote!(.with_params(const { &[#(#params),*] })));
    quote! {
        const {
            &::manhole::__private::TypeInfo::new(#name, ::manhole::__private::TypeKind::#kind)
                #doc
                #params
                .with_methods(<Self>::__MANHOLE_METHODS)
        }
    }
}

fn style_info(style: Style) -> TokenStream {
    match style {
        Style::Named => quote!(::manhole::__private::StructStyle::Named),
        Style::Tuple => quote!(::manhole::__private::StructStyle::Tuple),
        Style::Unit => quote!(::manhole::__private::StructStyle::Unit),
    }
}

fn field_infos(fields: &[Field<'_>]) -> TokenStream {
    let infos: Vec<TokenStream> = exposed(fields).map(|(_, field)| field_info(field)).collect();
    if infos.is_empty() { quote!(&[]) } else { quote!(const { &[#(#infos),*] }) }
}

fn field_info(field: &Field<'_>) -> TokenStream {
    let (name, doc, ty) = (&field.name.text, &field.doc, field.ty);
    if field.attrs.has(Key::Secret) {
        return quote!(::manhole::__private::FieldInfo::secret(#name, #doc));
    }
    let readonly = field.readonly.then(|| quote!(.readonly()));
    let type_info = quote_spanned!(ty.span()=> <#ty as ::manhole::__private::Manhole>::type_info);
    quote!(::manhole::__private::FieldInfo::new(#name, #doc, #type_info) #readonly)
}
