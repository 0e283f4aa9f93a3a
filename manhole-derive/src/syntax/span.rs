//! Spans of several tokens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the spans of the first and of the last token.
///
/// On stable Rust a macro cannot join spans, but the compiler does when it parses an expression. Give an expression's first
/// and last token these two spans, and an error marks everything between them.
pub(crate) fn first_and_last(tokens: TokenStream) -> (Span, Span) {
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

/// Returns the span of the first token.
pub(crate) fn first(tokens: impl ToTokens) -> Span {
    tokens.into_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
