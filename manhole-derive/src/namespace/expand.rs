//! The generated expression of `manhole!`. Expansion cannot fail: `check` has verified its input.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use super::ast::{Entry, EntryKind, param_names};
use crate::attrs::AttrName;
use crate::syntax::span::first_and_last;

/// Returns an expression that builds the namespace.
pub(crate) fn expand(entries: &[Entry]) -> TokenStream {
    let entries = entries.iter().map(|entry| {
        let (name, doc) = (entry.name.unraw().to_string(), &entry.doc);
        let level = match (entry.attrs.has(AttrName::Observe), entry.attrs.has(AttrName::Admin)) {
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
            EntryKind::Closure(closure) => Some(param_names(closure)),
            EntryKind::PlaceExpr | EntryKind::Value => None,
        };
        let params = params.map(|names| quote!(.with_params(&[#(#names),*])));
        quote!(.with(#name, #doc, #item) #params)
    });
    quote!({ ::manhole::Namespace::new() #(#entries)* })
}

/// Returns an expression that converts the value to an item. A macro sees no types, so the runtime's `AutorefProbe` selects the
/// conversion.
///
/// The value is the scrutinee of a `match`: it is evaluated once, its temporaries live long enough, and the names that the arm
/// imports do not shadow its own. It is in a tuple because `value.0` is two tokens, which can have the spans of the expression's
/// first and last token, so that an error marks the whole expression.
fn item(entry: &Entry) -> TokenStream {
    let value = &entry.value;
    let (first, last) = first_and_last(value.to_token_stream());
    let local = Ident::new("__manhole_value", first);
    let mut field = Literal::usize_unsuffixed(0);
    field.set_span(last);
    let whole = quote!(#local.#field);
    let (scrutinee, tagged) = match entry.kind() {
        EntryKind::Closure(_) => return quote!(::manhole::NamespaceItem::function(#value)),
        EntryKind::PlaceExpr => {
            let borrow = quote_spanned!(first=> &);
            (quote!((#borrow #value,)), quote!((&&&&AutorefProbe(#whole)).place_tag()))
        }
        EntryKind::Value => (quote!((#value,)), quote!((&&&&AutorefProbe(&#whole)).value_tag())),
    };
    quote! {
        match #scrutinee {
            #local => {
                #[allow(unused_imports, clippy::wildcard_imports)]
                use ::manhole::__private::autoref::*;
                #[allow(clippy::needless_borrow)]
                #tagged.item(#whole)
            }
        }
    }
}
