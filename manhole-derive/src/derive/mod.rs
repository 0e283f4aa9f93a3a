//! `#[derive(Manhole)]`: read the syntax, check the rules, expand.

mod ast;
mod bounds;
mod expand;
mod validate;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::ctxt::Ctxt;
use ast::Container;

/// The implementations for `input`, or its errors and an implementation that stands in.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let ctxt = Ctxt::new();
    let container = Container::read(&ctxt, input);
    if let Some(container) = &container {
        validate::validate(&ctxt, container);
    }
    match (ctxt.check(), container) {
        (Ok(()), Some(container)) => expand::expand(&container),
        (Ok(()), None) => expand::stub(input),
        (Err(errors), _) => {
            let stub = expand::stub(input);
            quote::quote!(#errors #stub)
        }
    }
}
