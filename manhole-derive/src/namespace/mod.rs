//! `manhole!`: `ast` parses the entries, `check` verifies the rules, `expand` generates the code. Uses `attrs`, `names`, `syntax`
//! and `diagnostics`.

mod ast;
mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};

use crate::diagnostics::ErrorCollector;

/// Returns the expression that builds the namespace, or the errors and an empty namespace.
pub(crate) fn namespace(input: TokenStream) -> TokenStream {
    let errors = ErrorCollector::new();
    let parsed = (|input: ParseStream<'_>| Ok(ast::parse_entries(&errors, input))).parse2(input);
    let entries = parsed.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    });
    check::check(&errors, &entries);
    match errors.finish() {
        Ok(()) => expand::expand(&entries),
        Err(errors) => quote!({
            #errors
            ::manhole::Namespace::new()
        }),
    }
}
