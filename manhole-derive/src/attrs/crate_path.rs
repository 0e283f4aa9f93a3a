//! The path of the crate `manhole` in generated code.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use super::known_attributes::AttrName;
use super::parser::Attrs;

/// The module with the items that generated code uses: `__private` of `::manhole`, or of the crate that `crate = …` names.
#[derive(Clone, Default)]
pub(crate) struct CratePath(Option<Path>);

impl CratePath {
    /// Returns the path that `attrs` specify, or the default.
    pub(crate) fn of(attrs: &Attrs) -> Self {
        Self(attrs.path(AttrName::Crate).cloned())
    }

    /// Returns the path at a span of the author's code, so that compiler errors point there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(span=> ::manhole::__private) };
        // Each token keeps its own hygiene, because the path can originate in another macro.
        let path = path.to_token_stream().into_iter().map(|mut token| {
            token.set_span(span.resolved_at(token.span()));
            token
        });
        let path: TokenStream = path.collect();
        quote_spanned!(span=> #path::__private)
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match &self.0 {
            Some(path) => quote!(#path::__private),
            None => quote!(::manhole::__private),
        });
    }
}
