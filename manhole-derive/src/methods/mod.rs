//! `#[manhole::methods]`: read the block, check the rules, expand.

mod ast;
mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use crate::attrs::AttrTarget;
use crate::attrs::Attrs;
use crate::attrs::CratePath;
use crate::diagnostics::ErrorCollector;
use ast::Block;

/// The block as it was and the items that expose its methods; or the block and its errors, which leaves a type without exposed
/// methods, so that one mistake gives one message.
pub(crate) fn methods(arguments: &TokenStream, input: &TokenStream) -> TokenStream {
    let errors = ErrorCollector::new();
    let krate = CratePath::of(&Attrs::of_arguments(&errors, arguments.clone(), AttrTarget::Block));
    let item = match syn::parse2::<ItemImpl>(input.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.push(not_a_block(input, error));
            let errors = errors.finish().err();
            return quote!(#errors #input);
        }
    };
    if let Some((path, _)) = &item.trait_ {
        errors.error_spanned(
            path,
            "the methods of a trait cannot be exposed; apply `#[manhole::methods]` to an inherent `impl Type` block",
        );
    }
    // Nothing more is said of a block that is refused as a whole.
    let block = item.trait_.is_none().then(|| Block::read(&errors, &item));
    if let Some(block) = &block {
        check::check(&errors, block);
    }
    let stripped = expand::stripped(&item);
    let generated = match (errors.finish(), &block) {
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
