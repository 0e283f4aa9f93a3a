//! The check that any input of a macro expands to valid syntax, for the fuzzer in the directory `fuzz` and for the tests below.
//! Uses the macros. Other builds leave this file out.

use std::str::FromStr;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Expr, File, ItemImpl, ItemTrait};

use crate::{derive, dynamic, methods, namespace};

/// Expands a text with all macros.
///
/// # Panics
///
/// Panics if the generated code does not parse.
pub(crate) fn expand(text: &str) {
    let Ok(tokens) = TokenStream::from_str(text) else { return };
    if let Ok(input) = syn::parse2::<DeriveInput>(tokens.clone()) {
        assert_parses::<File>(&derive::derive(&input), text);
    }
    drop(methods::methods(&tokens, &TokenStream::new()));
    let block = methods::methods(&TokenStream::new(), &tokens);
    if syn::parse2::<ItemImpl>(tokens.clone()).is_ok() {
        assert_parses::<File>(&block, text);
    }
    let objects = dynamic::dynamic(&TokenStream::new(), &tokens);
    if syn::parse2::<ItemTrait>(tokens.clone()).is_ok() {
        assert_parses::<File>(&objects, text);
    }
    assert_parses::<Expr>(&namespace::namespace(tokens), text);
}

fn assert_parses<T: syn::parse::Parse>(tokens: &TokenStream, text: &str) {
    if let Err(error) = syn::parse2::<T>(tokens.clone()) {
        panic!("{text}\nexpands to\n{tokens}\n{error}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    const PIECES: &[&str] = &[
        "struct S",
        "enum E",
        "union U",
        "impl S",
        "pub",
        "fn f(&self)",
        "fn g(&mut self, n: u8) -> u8",
        "async fn h()",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "T",
        "'a",
        "where T: Clone",
        ",",
        ";",
        ":",
        "=",
        "=>",
        "->",
        "a: u8",
        "_: u8",
        "b: Vec<T>",
        "A",
        "B { x: u8 }",
        "C(u8)",
        "r#type: u8",
        "#[manhole(skip)]",
        "#[manhole(readonly)]",
        "#[manhole(secret)]",
        "#[manhole(rename = \"x\")]",
        "#[manhole(rename = \"\")]",
        "#[manhole(rename_all = \"camelCase\")]",
        "#[manhole(transparent)]",
        "#[manhole(opaque)]",
        "#[manhole(get = f)]",
        "#[manhole(with = m, debug)]",
        "#[manhole(level = \"admin\")]",
        "#[manhole(admin)]",
        "#[manhole(bound = \"T: Clone\")]",
        "#[manhole(crate = a::b)]",
        "#[manhole]",
        "#[manhole(",
        "/// A comment.",
        "gizmo => gizmo",
        "f => |n: u8| n",
        "async",
        "self",
        "Self",
        "crate",
        "1",
        "\"text\"",
        "..",
        "|",
        "&",
        "dyn",
        "[u8; 4]",
        "!",
        "?",
    ];

    #[test]
    fn expands_inputs_of_earlier_failures() {
        // In the generated code the type of a field follows `&`.
        super::expand("struct S { a: dyn A + B }");
        super::expand("struct S { a: A + }");
        super::expand("struct S { a: impl A + B }");
        super::expand("struct S<T> { a: T, #[manhole(debug)] b: A + B<T> }");
        // `syn` parses these fields, the compiler does not.
        super::expand("struct S { _: u8 }");
        super::expand("struct S { _: struct { a: u8 } }");
        super::expand("enum E { A { _: u8 } }");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn expands_or_refuses_any_tokens(pieces in vec(prop::sample::select(PIECES), 0..16)) {
            super::expand(&pieces.join(" "));
        }

        #[test]
        fn expands_or_refuses_any_item_body(pieces in vec(prop::sample::select(PIECES), 0..10)) {
            super::expand(&format!("struct S {{ {} }}", pieces.join(" ")));
            super::expand(&format!("{} struct S {{ a: u8, b: Vec<u8> }}", pieces.join(" ")));
            super::expand(&format!("enum E {{ A, B({}) }}", pieces.join(" ")));
            super::expand(&format!("impl S {{ {} {{}} }}", pieces.join(" ")));
        }
    }
}
