//! The values of a type that can be listed: variants, `true` and `false`, `None`.

use manhole_protocol::methods::{Candidate, CandidateKind};

use super::candidate::{self, candidate};
use crate::engine::builtins::builtin_docs;
use crate::engine::live::strip_wrappers;
use crate::reflect::{TypeInfo, TypeKind};

/// Returns the values of the type `info`. Inside `options` times `Some(…)`, those of the type in that many options.
pub(super) fn of_type(info: &'static TypeInfo, options: usize) -> Vec<Candidate> {
    match info.kind {
        TypeKind::Lock(inner) => of_type(inner(), options),
        TypeKind::Option(inner) if options > 0 => of_type(inner(), options - 1),
        TypeKind::Option(_) => constructors(&["Some", "None"]),
        TypeKind::Enum(_) if info.name == "Result" => constructors(&["Ok", "Err"]),
        TypeKind::Enum(variants) => variants.iter().map(candidate::variant).collect(),
        _ if info.name == "bool" || info.name == "AtomicBool" => {
            ["true", "false"].map(|word| candidate(word, CandidateKind::Keyword)).into()
        }
        _ => Vec::new(),
    }
}

/// Returns the variants of the enums called `name`.
pub(super) fn variants(types: impl Iterator<Item = &'static TypeInfo>, name: &str) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = match name {
        "Option" => constructors(&["Some", "None"]),
        "Result" => constructors(&["Ok", "Err"]),
        _ => Vec::new(),
    };
    for info in types.map(strip_wrappers).filter(|info| info.short_name() == name && name != "Result") {
        for candidate in of_type(info, 0) {
            if !found.contains(&candidate) {
                found.push(candidate);
            }
        }
    }
    found
}

fn constructors(names: &[&str]) -> Vec<Candidate> {
    names.iter().filter_map(|name| builtin_docs::find(name)).map(candidate::builtin).collect()
}
