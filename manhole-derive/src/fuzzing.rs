//! What could be wrong with any input of a macro: for the fuzzer in the directory `fuzz`, and for the test below. Not built
//! otherwise.

use std::str::FromStr;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Expr, File, ItemImpl};

use crate::{derive, methods, namespace};

/// Expands a text by all three macros.
///
/// # Panics
///
/// If what is generated cannot be read.
pub(crate) fn expand(text: &str) {
    let Ok(tokens) = TokenStream::from_str(text) else { return };
    if let Ok(input) = syn::parse2::<DeriveInput>(tokens.clone()) {
        read::<File>(&derive::derive(&input), text);
    }
    drop(methods::methods(&tokens, &TokenStream::new()));
    let block = methods::methods(&TokenStream::new(), &tokens);
    if syn::parse2::<ItemImpl>(tokens.clone()).is_ok() {
        read::<File>(&block, text);
    }
    read::<Expr>(&namespace::namespace(tokens), text);
}

fn read<T: syn::parse::Parse>(tokens: &TokenStream, text: &str) {
    if let Err(error) = syn::parse2::<T>(tokens.clone()) {
        panic!("{text}\ngives\n{tokens}\n{error}");
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
    fn what_has_been_found() {
        // The type of a field stands behind `&` in what is generated.
        super::expand("struct S { a: dyn A + B }");
        super::expand("struct S { a: A + }");
        super::expand("struct S { a: impl A + B }");
        super::expand("struct S<T> { a: T, #[manhole(debug)] b: A + B<T> }");
        // A field that the parser of macros reads, and the compiler does not.
        super::expand("struct S { _: u8 }");
        super::expand("struct S { _: struct { a: u8 } }");
        super::expand("enum E { A { _: u8 } }");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_written_is_expanded_or_refused(pieces in vec(prop::sample::select(PIECES), 0..16)) {
            super::expand(&pieces.join(" "));
        }

        #[test]
        fn whatever_is_in_a_struct_is_expanded_or_refused(pieces in vec(prop::sample::select(PIECES), 0..10)) {
            super::expand(&format!("struct S {{ {} }}", pieces.join(" ")));
            super::expand(&format!("{} struct S {{ a: u8, b: Vec<u8> }}", pieces.join(" ")));
            super::expand(&format!("enum E {{ A, B({}) }}", pieces.join(" ")));
            super::expand(&format!("impl S {{ {} {{}} }}", pieces.join(" ")));
        }
    }
}
