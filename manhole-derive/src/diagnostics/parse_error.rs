//! Errors about an unexpected token.

use proc_macro2::{Delimiter, TokenTree};
use syn::Error;
use syn::parse::ParseStream;

/// Returns the error `expected …, found …` at the next token. `note` is a further line, or empty.
pub(crate) fn expected(input: ParseStream<'_>, what: &str, note: &str) -> Error {
    let (span, found) = match input.fork().parse::<TokenTree>() {
        Ok(token) => (token.span(), format!("`{}`", first_token(&token))),
        Err(_) => (input.span(), "the end".to_owned()),
    };
    let separator = if note.is_empty() { "" } else { "\n" };
    Error::new(span, format_args!("expected {what}, found {found}{separator}{note}"))
}

fn first_token(token: &TokenTree) -> String {
    let TokenTree::Group(group) = token else { return token.to_string() };
    match group.delimiter() {
        Delimiter::Parenthesis => "(".to_owned(),
        Delimiter::Bracket => "[".to_owned(),
        Delimiter::Brace => "{".to_owned(),
        // The invisible delimiters around what another macro has passed on.
        Delimiter::None => group.stream().into_iter().next().as_ref().map_or_else(String::new, first_token),
    }
}
