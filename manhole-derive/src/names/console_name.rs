//! Names as the console writes them.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::diagnostics::ErrorCollector;

/// A name in the console, with the span of its source.
pub(crate) struct ConsoleName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl ConsoleName {
    /// Returns the name of the Rust item `ident`, without `r#`.
    pub(crate) fn of(ident: &Ident) -> Self {
        Self { text: ident.unraw().to_string(), span: ident.span() }
    }

    /// Returns the name that `rename` specifies.
    pub(crate) fn from_rename(literal: &LitStr) -> Self {
        Self { text: literal.value(), span: literal.span() }
    }
}

/// Checks that `rename` specifies an identifier.
pub(crate) fn check_rename(errors: &ErrorCollector, rename: Option<&LitStr>) {
    let Some(literal) = rename else { return };
    let name = ConsoleName::from_rename(literal);
    if name.text.is_empty() {
        errors.error(name.span, "expected a name for `rename`, found an empty string");
    } else {
        check_identifier(errors, &name);
    }
}

/// Checks that `name` is an identifier of the console's language.
pub(crate) fn check_identifier(errors: &ErrorCollector, name: &ConsoleName) {
    let text = &name.text;
    if !is_identifier(text) {
        // The language also allows underscores before the first letter; the message leaves them out for brevity.
        errors.error(
            name.span,
            format_args!(
                "cannot use `{text}` as a name in the console: it is not an identifier\n\
                 help: use a letter (a-z, A-Z), then letters, digits and `_`"
            ),
        );
    }
}

/// Checks that each name occurs once. Every name comes with the Rust name of its item; `plural` is the kind of item.
pub(crate) fn check_unique<'a>(
    errors: &ErrorCollector,
    plural: &str,
    named: impl Iterator<Item = (&'a ConsoleName, String)>,
) {
    let mut known: Vec<(&ConsoleName, String)> = Vec::new();
    // `check_rename` has reported empty names.
    for (name, item) in named.filter(|(name, _)| !name.text.is_empty()) {
        let Some((_, other)) = known.iter().find(|(other, _)| other.text == name.text) else {
            known.push((name, item));
            continue;
        };
        errors.error(
            name.span,
            format_args!(
                "duplicate name `{}` in the console: the {plural} `{other}` and `{item}` both have it\n\
                 help: give one of them another name: `#[manhole(rename = \"…\")]`",
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
    fn recognizes_identifiers() {
        for valid in ["a", "A1", "_a", "a_b", "type"] {
            assert!(is_identifier(valid), "{valid}");
        }
        for invalid in ["", "_", "1a", "_1", "a-b", "a b", "größe", "r#type"] {
            assert!(!is_identifier(invalid), "{invalid}");
        }
    }
}
