//! What can stand inside `#[manhole(…)]`: one table, from which the parser and its error messages are made.

use std::fmt;

use crate::diagnostics::closest_match;

/// One word of the attribute.
#[derive(Debug)]
pub(crate) struct AttrSpec {
    pub(crate) name: AttrName,
    pub(crate) text: &'static str,
    pub(crate) arg: AttrArg,
    pub(crate) targets: &'static [AttrTarget],
}

/// Which word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrName {
    Admin,
    Bound,
    CratePath,
    Debug,
    Display,
    Get,
    Observe,
    Opaque,
    Readonly,
    Rename,
    RenameAll,
    Secret,
    Serde,
    Set,
    Skip,
    Transparent,
    Validate,
    With,
}

/// What follows the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrArg {
    None,
    /// `= "…"`
    String,
    /// `= path`
    Path,
}

/// What the attribute is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrTarget {
    Block,
    Container,
    Entry,
    Field,
    Method,
    Variant,
}

/// The table.
pub(crate) const ATTR_SPECS: &[AttrSpec] = &[
    AttrSpec {
        name: AttrName::Skip,
        text: "skip",
        arg: AttrArg::None,
        targets: &[AttrTarget::Field, AttrTarget::Method],
    },
    AttrSpec {
        name: AttrName::Readonly,
        text: "readonly",
        arg: AttrArg::None,
        targets: &[AttrTarget::Container, AttrTarget::Field],
    },
    AttrSpec {
        name: AttrName::Rename,
        text: "rename",
        arg: AttrArg::String,
        targets: &[AttrTarget::Field, AttrTarget::Variant, AttrTarget::Method],
    },
    AttrSpec {
        name: AttrName::RenameAll,
        text: "rename_all",
        arg: AttrArg::String,
        targets: &[AttrTarget::Container],
    },
    AttrSpec { name: AttrName::Secret, text: "secret", arg: AttrArg::None, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Debug, text: "debug", arg: AttrArg::None, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Display, text: "display", arg: AttrArg::None, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Serde, text: "serde", arg: AttrArg::None, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Get, text: "get", arg: AttrArg::Path, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Set, text: "set", arg: AttrArg::Path, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::With, text: "with", arg: AttrArg::Path, targets: &[AttrTarget::Field] },
    AttrSpec {
        name: AttrName::Validate,
        text: "validate",
        arg: AttrArg::Path,
        targets: &[AttrTarget::Field],
    },
    AttrSpec {
        name: AttrName::Admin,
        text: "admin",
        arg: AttrArg::None,
        targets: &[AttrTarget::Field, AttrTarget::Method, AttrTarget::Entry],
    },
    AttrSpec {
        name: AttrName::Observe,
        text: "observe",
        arg: AttrArg::None,
        targets: &[AttrTarget::Method, AttrTarget::Entry],
    },
    AttrSpec {
        name: AttrName::Opaque,
        text: "opaque",
        arg: AttrArg::None,
        targets: &[AttrTarget::Container],
    },
    AttrSpec {
        name: AttrName::Transparent,
        text: "transparent",
        arg: AttrArg::None,
        targets: &[AttrTarget::Container],
    },
    AttrSpec {
        name: AttrName::Bound,
        text: "bound",
        arg: AttrArg::String,
        targets: &[AttrTarget::Container],
    },
    AttrSpec {
        name: AttrName::CratePath,
        text: "crate",
        arg: AttrArg::Path,
        targets: &[AttrTarget::Container, AttrTarget::Block],
    },
];

impl AttrSpec {
    /// Finds the word called `name` for use on `target`.
    ///
    /// # Errors
    ///
    /// What to tell if there is none, or if it is for other places.
    pub(crate) fn find(name: &str, target: AttrTarget) -> Result<&'static Self, String> {
        let list = target.list();
        if let Some(spec) = ATTR_SPECS.iter().find(|spec| spec.text == name) {
            if spec.targets.contains(&target) {
                return Ok(spec);
            }
            return Err(format!("`{name}` is for {}; {list}", all(spec.targets)));
        }
        let hint = closest_match(name, target.specs().map(|spec| spec.text))
            .map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"));
        let hint = if hint.is_empty() { ";".to_owned() } else { hint };
        Err(format!("unknown attribute `{name}`{hint} {list}"))
    }
}

impl AttrTarget {
    /// The words that can stand here.
    fn specs(self) -> impl Iterator<Item = &'static AttrSpec> {
        ATTR_SPECS.iter().filter(move |spec| spec.targets.contains(&self))
    }

    const fn plural(self) -> &'static [&'static str] {
        match self {
            Self::Block => &["exposed blocks"],
            Self::Container => &["structs", "enums"],
            Self::Entry => &["entries of manhole!"],
            Self::Field => &["fields"],
            Self::Method => &["methods"],
            Self::Variant => &["variants"],
        }
    }

    /// All that can stand here, as a sentence.
    pub(crate) fn list(self) -> String {
        let words: Vec<String> = self.specs().map(AttrSpec::to_string).collect();
        format!("{self} takes: {}", words.join(", "))
    }
}

/// `structs, enums and fields`
fn all(targets: &[AttrTarget]) -> String {
    let words: Vec<&str> = targets.iter().flat_map(|target| target.plural()).copied().collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl fmt::Display for AttrSpec {
    /// The word as it is written in use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arg {
            AttrArg::None => f.write_str(self.text),
            AttrArg::String => write!(f, "{} = \"…\"", self.text),
            AttrArg::Path => write!(f, "{} = path", self.text),
        }
    }
}

impl fmt::Display for AttrTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Block => "an exposed block",
            Self::Container => "a struct or enum",
            Self::Entry => "an entry",
            Self::Field => "a field",
            Self::Method => "a method",
            Self::Variant => "a variant",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_where_it_belongs() {
        assert_eq!(AttrSpec::find("skip", AttrTarget::Field).unwrap().name, AttrName::Skip);
        assert_eq!(AttrSpec::find("rename_all", AttrTarget::Container).unwrap().name, AttrName::RenameAll);
    }

    #[test]
    fn messages_are_made_of_the_table() {
        assert_eq!(
            AttrSpec::find("default", AttrTarget::Field).unwrap_err(),
            "unknown attribute `default`; a field takes: skip, readonly, rename = \"…\", secret, debug, display, serde, \
             get = path, set = path, with = path, validate = path, admin"
        );
        assert_eq!(
            AttrSpec::find("skpi", AttrTarget::Method).unwrap_err(),
            "unknown attribute `skpi`, did you mean `skip`? a method takes: skip, rename = \"…\", admin, observe"
        );
        assert_eq!(
            AttrSpec::find("readonly", AttrTarget::Variant).unwrap_err(),
            "`readonly` is for structs, enums and fields; a variant takes: rename = \"…\""
        );
    }
}
