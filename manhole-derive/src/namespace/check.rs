//! What an entry can be: a function for each rule.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::Pat;

use super::ast::{Entry, EntryKind};
use crate::attrs::check_single_level;
use crate::diagnostics::ErrorCollector;
use crate::names::{BUILTINS, KEYWORDS};
use crate::names::{ConsoleName, IDENTIFIER};

/// Checks every rule; what breaks one goes to `errors`.
pub(crate) fn check(errors: &ErrorCollector, entries: &[Entry]) {
    for entry in entries {
        let plain = ConsoleName::of(&entry.name);
        check_identifier(errors, &plain);
        check_not_reserved(errors, &plain);
        check_not_raw(errors, &entry.name);
        check_closure_types(errors, entry);
        check_single_level(errors, &entry.attrs);
    }
    check_unique_entries(errors, entries);
}

/// The console's language has no letters but those from a to z.
fn check_identifier(errors: &ErrorCollector, name: &ConsoleName) {
    if !name.is_identifier() {
        let text = &name.text;
        errors.error(name.span, format_args!("`{text}` cannot be written in the console: {IDENTIFIER}"));
    }
}

/// The name would be read as something else.
fn check_not_reserved(errors: &ErrorCollector, ConsoleName { text, span }: &ConsoleName) {
    if KEYWORDS.contains(&text.as_str()) {
        errors.error(
            *span,
            format_args!("`{text}` is a keyword of the console's language; choose another name"),
        );
    } else if BUILTINS.contains(&text.as_str()) {
        errors.error(*span, format_args!("`{text}` is a builtin of the console; choose another name"));
    }
}

/// What is a keyword of Rust need not be one here. Of a name that is not free, enough has been said.
fn check_not_raw(errors: &ErrorCollector, name: &Ident) {
    let ConsoleName { text, span } = ConsoleName::of(name);
    if *name != text && !KEYWORDS.contains(&text.as_str()) && !BUILTINS.contains(&text.as_str()) {
        errors.error(span, format_args!("`{name}` needs no `r#` here: write `{text}`"));
    }
}

/// What a closure takes is made from what was typed, so it says what that is to be. The compiler would ask for it in many words.
fn check_closure_types(errors: &ErrorCollector, entry: &Entry) {
    let EntryKind::Closure(closure) = entry.kind() else { return };
    for param in closure.inputs.iter().filter(|param| !matches!(param, Pat::Type(_))) {
        let name = match param {
            Pat::Ident(param) => param.ident.to_string(),
            _ => "_".to_owned(),
        };
        errors.error_spanned(param, format_args!("give the parameter its type: `{name}: i64`, say"));
    }
}

/// The second would hide the first.
fn check_unique_entries(errors: &ErrorCollector, entries: &[Entry]) {
    let mut known = HashSet::new();
    for Entry { name, .. } in entries {
        let ConsoleName { text, span } = ConsoleName::of(name);
        if !known.insert(text.clone()) {
            errors.error(span, format_args!("`{text}` is given twice"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_apart() {
        for list in [KEYWORDS, BUILTINS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
        assert!(BUILTINS.iter().all(|name| !KEYWORDS.contains(name)));
    }
}
