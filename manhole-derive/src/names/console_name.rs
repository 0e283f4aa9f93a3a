//! Names as the console writes them.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::diagnostics::ErrorCollector;

/// A name in the console, and what in the source gave it.
pub(crate) struct ConsoleName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl ConsoleName {
    /// The name of the Rust item `ident`, without `r#`.
    pub(crate) fn of(ident: &Ident) -> Self {
        Self { text: ident.unraw().to_string(), span: ident.span() }
    }

    /// The name that was asked for by `rename`.
    pub(crate) fn given(literal: &LitStr) -> Self {
        Self { text: literal.value(), span: literal.span() }
    }

    /// Whether the console's language can write it: it has no other identifiers than these.
    pub(crate) fn is_identifier(&self) -> bool {
        is_identifier(&self.text)
    }
}

/// What an identifier is, for messages. Underscores before the first letter are allowed too, but need no mention.
pub(crate) const IDENTIFIER: &str =
    "a name begins with a letter (a-z, A-Z) and goes on with letters, digits and `_`";

/// Reports a `rename` to something that could not be written in the console.
pub(crate) fn check_rename(errors: &ErrorCollector, rename: Option<&LitStr>) {
    let Some(literal) = rename else { return };
    let name = ConsoleName::given(literal);
    if name.text.is_empty() {
        errors.error(name.span, "`rename` needs a name, this one is empty");
    } else if !name.is_identifier() {
        let text = &name.text;
        errors.error(name.span, format_args!("`{text}` cannot be written in the console: {IDENTIFIER}"));
    }
}

/// Reports names that were given before. `what` is the plural of what is named.
pub(crate) fn check_unique<'a>(
    errors: &ErrorCollector,
    what: &str,
    named: impl Iterator<Item = (&'a ConsoleName, String)>,
) {
    let mut known: Vec<(&ConsoleName, String)> = Vec::new();
    // Of a name that is no identifier enough has been said.
    for (name, item) in named.filter(|(name, _)| !name.text.is_empty()) {
        let Some((_, other)) = known.iter().find(|(other, _)| other.text == name.text) else {
            known.push((name, item));
            continue;
        };
        errors.error(
            name.span,
            format_args!(
                "the {what} `{other}` and `{item}` are both called `{}` in the console; give one of them another name: \
                 `#[manhole(rename = \"…\")]`",
                name.text
            ),
        );
    }
}

fn is_identifier(text: &str) -> bool {
    text.trim_start_matches('_').starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_the_console() {
        for yes in ["a", "A1", "_a", "a_b", "type"] {
            assert!(is_identifier(yes), "{yes}");
        }
        for no in ["", "_", "1a", "_1", "a-b", "a b", "größe", "r#type"] {
            assert!(!is_identifier(no), "{no}");
        }
    }
}
