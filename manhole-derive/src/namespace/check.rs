//! What an entry can be: a function for each rule.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::Pat;

use super::ast::{Entry, Kind};
use crate::attrs::names_one_level;
use crate::diagnostics::Ctxt;
use crate::names::{BUILTINS, KEYWORDS};
use crate::names::{IDENTIFIER, Name};

/// Checks every rule; what breaks one goes to `ctxt`.
pub(crate) fn check(ctxt: &Ctxt, entries: &[Entry]) {
    for entry in entries {
        let plain = Name::of(&entry.name);
        can_be_written(ctxt, &plain);
        is_free(ctxt, &plain);
        is_not_raw(ctxt, &entry.name);
        has_types(ctxt, entry);
        names_one_level(ctxt, &entry.attrs);
    }
    is_given_once(ctxt, entries);
}

/// The console's language has no letters but those from a to z.
fn can_be_written(ctxt: &Ctxt, name: &Name) {
    if !name.is_identifier() {
        let text = &name.text;
        ctxt.error(name.span, format_args!("`{text}` cannot be written in the console: {IDENTIFIER}"));
    }
}

/// The name would be read as something else.
fn is_free(ctxt: &Ctxt, Name { text, span }: &Name) {
    if KEYWORDS.contains(&text.as_str()) {
        ctxt.error(
            *span,
            format_args!("`{text}` is a keyword of the console's language; choose another name"),
        );
    } else if BUILTINS.contains(&text.as_str()) {
        ctxt.error(*span, format_args!("`{text}` is a builtin of the console; choose another name"));
    }
}

/// What is a keyword of Rust need not be one here. Of a name that is not free, enough has been said.
fn is_not_raw(ctxt: &Ctxt, name: &Ident) {
    let Name { text, span } = Name::of(name);
    if *name != text && !KEYWORDS.contains(&text.as_str()) && !BUILTINS.contains(&text.as_str()) {
        ctxt.error(span, format_args!("`{name}` needs no `r#` here: write `{text}`"));
    }
}

/// What a closure takes is made from what was typed, so it says what that is to be. The compiler would ask for it in many words.
fn has_types(ctxt: &Ctxt, entry: &Entry) {
    let Kind::Closure(closure) = entry.kind() else { return };
    for param in closure.inputs.iter().filter(|param| !matches!(param, Pat::Type(_))) {
        let name = match param {
            Pat::Ident(param) => param.ident.to_string(),
            _ => "_".to_owned(),
        };
        ctxt.error_spanned(param, format_args!("give the parameter its type: `{name}: i64`, say"));
    }
}

/// The second would hide the first.
fn is_given_once(ctxt: &Ctxt, entries: &[Entry]) {
    let mut known = HashSet::new();
    for Entry { name, .. } in entries {
        let Name { text, span } = Name::of(name);
        if !known.insert(text.clone()) {
            ctxt.error(span, format_args!("`{text}` is given twice"));
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
