//! `#[manhole::methods]`: read the block, check the rules, expand.

mod ast;
mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use crate::attrs::Attrs;
use crate::attrs::Crate;
use crate::attrs::Place;
use crate::diagnostics::Ctxt;
use ast::Block;

/// The block as it was and the items that expose its methods; or the block and its errors, which leaves a type without exposed
/// methods, so that one mistake gives one message.
pub(crate) fn methods(arguments: &TokenStream, input: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::new();
    let krate = Crate::of(&Attrs::of_arguments(&ctxt, arguments.clone(), Place::Block));
    let item = match syn::parse2::<ItemImpl>(input.clone()) {
        Ok(item) => item,
        Err(error) => {
            ctxt.push(not_a_block(input, error));
            let errors = ctxt.check().err();
            return quote!(#errors #input);
        }
    };
    if let Some((path, _)) = &item.trait_ {
        ctxt.error_spanned(
            path,
            "the methods of a trait cannot be exposed; apply `#[manhole::methods]` to an inherent `impl Type` block",
        );
    }
    // Nothing more is said of a block that is refused as a whole.
    let block = item.trait_.is_none().then(|| Block::read(&ctxt, &item));
    if let Some(block) = &block {
        check::check(&ctxt, block);
    }
    let stripped = expand::stripped(&item);
    let generated = match (ctxt.check(), &block) {
        (Ok(()), Some(block)) => expand::expand(block, &krate),
        (Ok(()), None) => TokenStream::new(),
        (Err(errors), _) => errors,
    };
    quote!(#stripped #generated)
}

/// The parser's own error says little to who took the attribute for one of structs or functions.
fn not_a_block(input: &TokenStream, error: syn::Error) -> syn::Error {
    let is_block = input
        .clone()
        .into_iter()
        .any(|token| matches!(token, proc_macro2::TokenTree::Ident(word) if word == "impl"));
    if is_block {
        return error;
    }
    syn::Error::new(
        proc_macro2::Span::call_site(),
        "`#[manhole::methods]` goes on an `impl Type` block; for the type itself there is `#[derive(Manhole)]`",
    )
}
