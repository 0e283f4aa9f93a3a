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

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    /// The compiler shows equal errors once, but counts each.
    #[test]
    fn the_trait_of_a_field_is_required_in_one_place() {
        let input: DeriveInput = parse_quote! {
            enum E {
                Tuple(Native),
                Named {
                    #[manhole(debug)]
                    debug: Debugged,
                    #[manhole(display)]
                    display: Displayed,
                    #[manhole(get = get, set = set)]
                    function: u8,
                },
            }
        };
        let generated = derive(&input).to_string();
        for required in ["< Native as", "debug :: < Debugged >", "display :: < Displayed >", "Getter :: new"]
        {
            assert_eq!(generated.matches(required).count(), 1, "{required} in {generated}");
        }
        let input = parse_quote!(
            #[manhole(transparent)]
            struct S(Native);
        );
        let generated = derive(&input).to_string();
        assert_eq!(generated.matches("< Native as").count(), 1, "{generated}");
    }
}
