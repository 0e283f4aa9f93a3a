//! The generated expression. Nothing here can fail: what is expanded was checked.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use super::ast::{Entry, Kind, param_names};
use crate::grammar::Key;
use crate::span::ends;

/// An expression that builds the namespace.
pub(crate) fn expand(entries: &[Entry]) -> TokenStream {
    let entries = entries.iter().map(|entry| {
        let (name, doc) = (entry.name.unraw().to_string(), &entry.doc);
        let level = match (entry.attrs.has(Key::Observe), entry.attrs.has(Key::Admin)) {
            (true, _) => Some(quote!(Observe)),
            (_, true) => Some(quote!(Admin)),
            _ => None,
        };
        let item = item(entry);
        let item = match level {
            Some(level) => quote!((#item).from_level(::manhole::Level::#level)),
            None => item,
        };
        let params = match entry.kind() {
            Kind::Closure(closure) => Some(param_names(closure)),
            Kind::Place | Kind::Value => None,
        };
        let params = params.map(|names| quote!(.with_params(&[#(#names),*])));
        quote!(.with(#name, #doc, #item) #params)
    });
    quote!({ ::manhole::Namespace::new() #(#entries)* })
}

/// The item that the value becomes. A macro sees no types, so the runtime's `AutorefProbe` decides.
///
/// The value stands in the head of a `match`: it is evaluated once, what it borrows from lives long enough, and the names that
/// the arm imports are not seen by it. It stands there in a tuple, because `value.0` is two tokens: one can have the place
/// of the expression's first token and the other that of its last, so that an error marks the whole expression.
fn item(entry: &Entry) -> TokenStream {
    let value = &entry.value;
    let (first, last) = ends(value.to_token_stream());
    let borrowed = quote_spanned!(first=> &);
    let (head, tag) = match entry.kind() {
        Kind::Closure(_) => return quote!(::manhole::NamespaceItem::function(#value)),
        Kind::Place => (quote!((#borrowed #value,)), Tag::Place),
        Kind::Value => (quote!((#value,)), Tag::Value),
    };
    let local = Ident::new("__manhole_value", first);
    let mut field = Literal::usize_unsuffixed(0);
    field.set_span(last);
    let whole = quote!(#local.#field);
    let tagged = match tag {
        Tag::Place => quote!((&&&AutorefProbe(#whole)).place_tag()),
        Tag::Value => quote!((&&&AutorefProbe(&#whole)).value_tag()),
    };
    quote! {
        match #head {
            #local => {
                #[allow(unused_imports, clippy::wildcard_imports)]
                use ::manhole::__private::autoref::*;
                #[allow(clippy::needless_borrow)]
                #tagged.item(#whole)
            }
        }
    }
}

enum Tag {
    Place,
    Value,
}
