//! Places in the source.

use proc_macro2::{Span, TokenStream, TokenTree};

/// The places of the first and of the last token.
///
/// A span of several tokens cannot be made, but the compiler makes one of what it parses: code whose first and last token have
/// these two places is marked in an error from one to the other.
pub(crate) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut tokens = tokens.into_iter();
    let Some(first) = tokens.next() else { return (Span::call_site(), Span::call_site()) };
    let last = tokens.last().map_or_else(|| close(&first), |last| close(&last));
    (open(&first), last)
}

fn open(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

fn close(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    }
}
