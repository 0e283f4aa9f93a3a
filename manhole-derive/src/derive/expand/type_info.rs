//! The static `TypeInfo` of the type.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::field::FieldExpander;
use crate::attrs::CratePath;
use crate::derive::ast::{Body, Container, Field, Style, exposed};
use crate::derive::bounds::{Bounds, is_sized};

/// Returns an expression of type `&'static TypeInfo`.
///
/// Each slice in it has a separate `const` block: only in a constant does a reference to a function's result become `'static`,
/// and only the outermost one.
pub(crate) fn type_info(container: &Container<'_>, bounds: &Bounds<'_>) -> TokenStream {
    let krate = &container.krate;
    let described = container.remote().and_then(|path| path.segments.last()).map(|last| &last.ident);
    let name = described.unwrap_or(container.ident).unraw().to_string();
    let kind = match &container.body {
        _ if container.is_opaque() => quote!(Opaque),
        Body::Struct(style, fields) => {
            let (style, fields) = (style_info(krate, *style), field_infos(krate, fields));
            quote!(Struct(#style, #fields))
        }
        Body::Enum(variants) => {
            let variants = variants.iter().map(|variant| {
                let (name, doc) = (&variant.name.text, &variant.doc);
                let (style, fields) = (style_info(krate, variant.style), field_infos(krate, &variant.fields));
                quote!(#krate::VariantInfo::new(#name, #doc, #style, #fields))
            });
            let others = container.remote().map(|_| {
                quote!(#krate::VariantInfo::new("_", "A variant that is not described.", #krate::StructStyle::Unit, &[]))
            });
            let variants = variants.chain(others);
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
            quote!(<#param as #krate::Manhole>::type_info)
        })
        .collect();
    let params = (!params.is_empty()).then(|| quote!(.with_params(const { &[#(#params),*] })));
    quote! {
        const {
            &#krate::TypeInfo::new(#name, #krate::TypeKind::#kind)
                #doc
                #params
                .with_methods(<Self>::MANHOLE_METHODS.infos)
        }
    }
}

fn style_info(krate: &CratePath, style: Style) -> TokenStream {
    match style {
        Style::Named => quote!(#krate::StructStyle::Named),
        Style::Tuple => quote!(#krate::StructStyle::Tuple),
        Style::Unit => quote!(#krate::StructStyle::Unit),
    }
}

fn field_infos(krate: &CratePath, fields: &[Field<'_>]) -> TokenStream {
    let infos: Vec<TokenStream> =
        exposed(fields).map(|(_, field)| FieldExpander { krate, field }.info()).collect();
    if infos.is_empty() { quote!(&[]) } else { quote!(const { &[#(#infos),*] }) }
}
