//! `#[manhole::dynamic]`: describes the objects of a trait, so that pointers to them can be fields. Uses `attrs`, `syntax` and
//! `diagnostics`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, ItemTrait, TraitItem, TypeParamBound, parse_quote};

use crate::attrs::{AttrTarget, Attrs, CratePath};
use crate::diagnostics::ErrorCollector;
use crate::syntax::doc_comment::doc_text;

/// Returns the trait, and the descriptions of its objects with and without `Send` and `Sync`.
pub(crate) fn dynamic(arguments: &TokenStream, input: &TokenStream) -> TokenStream {
    let errors = ErrorCollector::new();
    let krate = CratePath::of(&Attrs::parse_arguments(&errors, arguments.clone(), AttrTarget::Block));
    let item = syn::parse2::<ItemTrait>(input.clone()).map_err(|error| {
        errors.push(syn::Error::new(
            error.span(),
            "expected a trait\nhelp: apply `#[manhole::dynamic]` to a trait, such as `trait Plugin: Manhole`",
        ));
    });
    if let Ok(item) = &item {
        check_supertrait(&errors, item);
    }
    let generated = match (errors.finish(), item) {
        (Ok(()), Ok(item)) => expand(&item, &krate),
        (errors, _) => errors.err().unwrap_or_default(),
    };
    quote!(#input #generated)
}

/// Checks that `Manhole` can be a supertrait: another one may have it as its own.
fn check_supertrait(errors: &ErrorCollector, item: &ItemTrait) {
    let others = ["Any", "Debug", "Display", "Send", "Sized", "Sync", "Unpin"];
    let may_have = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_none_or(|last| others.iter().all(|name| last.ident != name))
        }
        _ => false,
    };
    if !item.supertraits.iter().any(may_have) {
        errors.error_spanned(
            &item.ident,
            format_args!("expected `Manhole` as a supertrait\nhelp: write `trait {}: Manhole`", item.ident),
        );
    }
}

fn expand(item: &ItemTrait, krate: &CratePath) -> TokenStream {
    let ident = &item.ident;
    let mut generics = item.generics.clone();
    let (_, arguments, _) = item.generics.split_for_impl();
    let mut arguments: Vec<TokenStream> =
        match syn::parse2::<syn::AngleBracketedGenericArguments>(quote!(#arguments)) {
            Ok(arguments) => arguments.args.iter().map(|argument| quote!(#argument)).collect(),
            Err(_) => Vec::new(),
        };
    // An object names all associated types of its trait.
    for item in &item.items {
        if let TraitItem::Type(ty) = item {
            let (name, param) = (&ty.ident, format_ident!("__{}", ty.ident.unraw()));
            generics.params.push(parse_quote!(#param));
            arguments.push(quote!(#name = #param));
        }
    }
    for param in &mut generics.params {
        match param {
            GenericParam::Type(param) => param.default = None,
            GenericParam::Const(param) => param.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    generics.params.insert(0, parse_quote!('__object));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (name, doc) = (format!("dyn {}", ident.unraw()), doc_text(&item.attrs));
    let krate = krate.at(ident.span());
    let object = quote!(#ident <#(#arguments),*>);
    [quote!(), quote!(+ Send), quote!(+ Sync), quote!(+ Send + Sync)]
        .into_iter()
        .map(|auto| {
            quote_spanned! {ident.span()=>
                #[automatically_derived]
                impl #impl_generics #krate::Described for dyn #object #auto + '__object #where_clause {
                    fn described() -> &'static #krate::TypeInfo {
                        const { &#krate::TypeInfo::new(#name, #krate::TypeKind::Opaque).with_doc(#doc) }
                    }
                }
            }
        })
        .collect()
}
