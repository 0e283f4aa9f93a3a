//! The rules for entries of `manhole!`: one function for each rule.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::Pat;

use super::ast::{Entry, EntryKind};
use crate::attrs::check_single_level;
use crate::diagnostics::ErrorCollector;
use crate::names::{BUILTINS, ConsoleName, KEYWORDS, check_identifier};

/// Checks all rules and adds violations to `errors`.
pub(crate) fn check(errors: &ErrorCollector, entries: &[Entry]) {
    for entry in entries {
        let name = ConsoleName::of(&entry.name);
        check_identifier(errors, &name);
        check_not_reserved(errors, &name);
        check_not_raw(errors, &entry.name);
        check_closure_types(errors, entry);
        check_single_level(errors, &entry.attrs);
    }
    check_unique_entries(errors, entries);
}

/// Checks that a name is no reserved word, which has another meaning in the console.
fn check_not_reserved(errors: &ErrorCollector, ConsoleName { text, span }: &ConsoleName) {
    let reason = if KEYWORDS.contains(&text.as_str()) {
        "a keyword of the console's language"
    } else if BUILTINS.contains(&text.as_str()) {
        "a builtin of the console"
    } else {
        return;
    };
    errors.error(
        *span,
        format_args!("cannot use `{text}` as a name: it is {reason}\nhelp: choose another name"),
    );
}

/// Checks that a name has no needless `r#`: a keyword of Rust needs none here. `check_not_reserved` reports names that
/// are also reserved in the console.
fn check_not_raw(errors: &ErrorCollector, name: &Ident) {
    let ConsoleName { text, span } = ConsoleName::of(name);
    if *name != text && !KEYWORDS.contains(&text.as_str()) && !BUILTINS.contains(&text.as_str()) {
        errors.error(span, format_args!("unnecessary `r#` in `{name}`\nhelp: write `{text}`"));
    }
}

/// Checks that the parameters of a closure have types, because a script's values are converted to them. The compiler's
/// own message is long.
fn check_closure_types(errors: &ErrorCollector, entry: &Entry) {
    let EntryKind::Closure(closure) = entry.kind() else { return };
    for param in closure.inputs.iter().filter(|param| !matches!(param, Pat::Type(_))) {
        let name = match param {
            Pat::Ident(param) => param.ident.to_string(),
            _ => "_".to_owned(),
        };
        errors.error_spanned(
            param,
            format_args!("expected a type for the parameter\nhelp: write the type, such as `{name}: i64`"),
        );
    }
}

/// Checks that names are unique: a second entry of the same name would hide the first.
fn check_unique_entries(errors: &ErrorCollector, entries: &[Entry]) {
    let mut known = HashSet::new();
    for Entry { name, .. } in entries {
        let ConsoleName { text, span } = ConsoleName::of(name);
        if !known.insert(text.clone()) {
            errors.error(span, format_args!("duplicate name `{text}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_and_disjoint() {
        for list in [KEYWORDS, BUILTINS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
        assert!(BUILTINS.iter().all(|name| !KEYWORDS.contains(name)));
    }
}
