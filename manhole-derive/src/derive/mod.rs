//! `#[derive(Manhole)]`: `ast` reads the syntax, `check` verifies the rules, `expand` generates the code. Uses `attrs`, `names`,
//! `syntax` and `diagnostics`.

mod ast;
mod bounds;
mod check;
mod expand;
mod field_access;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::ErrorCollector;
use ast::Container;

/// Returns the implementations for `input`, or its errors and a stub implementation.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = ErrorCollector::new();
    let container = Container::read(&errors, input);
    if let Some(container) = &container {
        check::check(&errors, container);
    }
    match (errors.finish(), container) {
        (Ok(()), Some(container)) => expand::expand(&container),
        (errors, container) => {
            let krate = container.map(|container| container.krate).unwrap_or_default();
            let (errors, stub) = (errors.err(), expand::stub(input, &krate));
            quote::quote!(#errors #stub)
        }
    }
}
