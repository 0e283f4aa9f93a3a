//! Where the generated code finds what it names.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use super::parser::Attrs;
use super::spec::AttrName;

/// The module of what generated code names: `::manhole::__private`, or that of the crate that `crate = …` gives.
#[derive(Clone, Default)]
pub(crate) struct CratePath(Option<Path>);

impl CratePath {
    /// The crate that was asked for.
    pub(crate) fn of(attrs: &Attrs) -> Self {
        Self(attrs.path(AttrName::CratePath).cloned())
    }

    /// The module at a place of the author's, so that an error in what it is part of points there.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(span=> ::manhole::__private) };
        // What is moved keeps the meaning it has where it was written: it can come from another macro.
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
