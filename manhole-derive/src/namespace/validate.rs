//! Which names an entry can have: a function for each rule.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::ast::Entry;
use crate::ctxt::Ctxt;
use crate::name::Name;
use crate::reserved::{BUILTINS, KEYWORDS};

/// Checks every rule; what breaks one goes to `ctxt`.
pub(crate) fn validate(ctxt: &Ctxt, entries: &[Entry]) {
    for Entry { name, .. } in entries {
        can_be_written(ctxt, name);
        is_free(ctxt, name);
    }
    is_given_once(ctxt, entries);
}

/// The console's language has no `r#`, and no letters but those from a to z.
fn can_be_written(ctxt: &Ctxt, name: &Ident) {
    let plain = Name::of(name);
    if *name == name.unraw() {
        if !plain.is_identifier() {
            ctxt.error(
                plain.span,
                format_args!(
                    "`{name}` cannot be written in the console: use letters (a-z, A-Z), digits and `_`"
                ),
            );
        }
    } else {
        ctxt.error(
            plain.span,
            format_args!(
                "`{name}` is a raw identifier of Rust; here every word is allowed as it is: write `{}`",
                plain.text
            ),
        );
    }
}

/// The name would be read as something else.
fn is_free(ctxt: &Ctxt, name: &Ident) {
    let Name { text, span } = Name::of(name);
    if KEYWORDS.contains(&text.as_str()) {
        ctxt.error(
            span,
            format_args!("`{text}` is a keyword of the console's language; choose another name"),
        );
    } else if BUILTINS.contains(&text.as_str()) {
        ctxt.error(span, format_args!("`{text}` is a builtin of the console; choose another name"));
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
