//! `#[manhole::methods]`: `ast` reads the block, `check` verifies the rules, `expand` generates the code. Uses `attrs`, `names`,
//! `syntax` and `diagnostics`.

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

/// Returns the block with the items that expose its methods. After an error it returns the block with the errors; the type then
/// has no exposed methods, so that one mistake gives one message.
pub(crate) fn methods(arguments: &TokenStream, input: &TokenStream) -> TokenStream {
    let errors = ErrorCollector::new();
    let krate = CratePath::of(&Attrs::parse_arguments(&errors, arguments.clone(), AttrTarget::Block));
    let item = match syn::parse2::<ItemImpl>(input.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.push(not_a_block(input, error));
            let errors = errors.finish().err();
            return quote!(#errors #input);
        }
    };
    if let Some((_, path, _)) = &item.trait_ {
        errors.error_spanned(
            path,
            "cannot expose the methods of a trait\nhelp: apply `#[manhole::methods]` to an inherent `impl Type` block",
        );
    }
    // A block that is refused as a whole gets no further errors.
    let block = item.trait_.is_none().then(|| Block::read(&errors, &item));
    if let Some(block) = &block {
        check::check(&errors, block);
    }
    let stripped = expand::strip_attrs(&item);
    let generated = match (errors.finish(), &block) {
        (Ok(()), Some(block)) => expand::expand(block, &krate),
        (Ok(()), None) => TokenStream::new(),
        (Err(errors), _) => errors,
    };
    quote!(#stripped #generated)
}

/// Returns an error that also helps if the attribute is on a struct or function.
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
        "expected an `impl Type` block\nhelp: use `#[derive(Manhole)]` for the type itself",
    )
}
