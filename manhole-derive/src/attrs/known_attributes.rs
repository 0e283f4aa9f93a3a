//! The attributes that `#[manhole(…)]` accepts: one table, from which the parser and its error messages are derived.

use std::fmt;

use crate::diagnostics::closest_match;

/// One attribute.
#[derive(Debug)]
pub(crate) struct AttrSpec {
    pub(crate) name: AttrName,
    pub(crate) text: &'static str,
    pub(crate) arg: AttrArg,
    pub(crate) targets: &'static [AttrTarget],
}

/// The name of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrName {
    Admin,
    Bound,
    Crate,
    Debug,
    Display,
    Expose,
    Get,
    Items,
    Keys,
    Methods,
    Observe,
    Opaque,
    Readonly,
    Remote,
    Rename,
    RenameAll,
    Secret,
    Serde,
    Set,
    Skip,
    Transparent,
    Validate,
    Values,
    With,
}

/// The argument that an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrArg {
    None,
    /// `= "…"`
    String,
    /// `= path`
    Path,
    /// Nothing, or `(get = path)`.
    Lookup,
    /// `(debug)`, or another way to show keys or items.
    Adapter,
    /// `(close, shutdown)`
    Names,
}

/// The item that the attribute is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttrTarget {
    Block,
    Container,
    Entry,
    Field,
    Method,
    Variant,
}

/// Every attribute, in the order in which messages list them.
pub(crate) const ATTR_SPECS: &[AttrSpec] = &[
    AttrSpec {
        name: AttrName::Skip,
        text: "skip",
        arg: AttrArg::None,
        targets: &[AttrTarget::Field, AttrTarget::Method],
    },
    AttrSpec { name: AttrName::Expose, text: "expose", arg: AttrArg::None, targets: &[AttrTarget::Method] },
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
        name: AttrName::Remote,
        text: "remote",
        arg: AttrArg::Path,
        targets: &[AttrTarget::Container, AttrTarget::Field],
    },
    AttrSpec { name: AttrName::Items, text: "items", arg: AttrArg::Lookup, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Keys, text: "keys", arg: AttrArg::Adapter, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Values, text: "values", arg: AttrArg::Adapter, targets: &[AttrTarget::Field] },
    AttrSpec { name: AttrName::Methods, text: "methods", arg: AttrArg::Names, targets: &[AttrTarget::Field] },
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
        targets: &[AttrTarget::Container, AttrTarget::Field],
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
        name: AttrName::Crate,
        text: "crate",
        arg: AttrArg::Path,
        targets: &[AttrTarget::Container, AttrTarget::Block],
    },
];

impl AttrSpec {
    /// Finds the attribute called `text` for use on `target`.
    ///
    /// # Errors
    ///
    /// Returns the message for an attribute that does not exist, or not on this target.
    pub(crate) fn find(text: &str, target: AttrTarget) -> Result<&'static Self, String> {
        if let Some(spec) = ATTR_SPECS.iter().find(|spec| spec.text == text) {
            if spec.targets.contains(&target) {
                return Ok(spec);
            }
            let targets = join_plurals(spec.targets);
            return Err(format!("cannot use `{text}` on {target}: it is for {targets}\n{}", target.note()));
        }
        let help = closest_match(text, target.specs().map(|spec| spec.text))
            .map_or_else(String::new, |closest| format!("help: use `{closest}`\n"));
        Err(format!("unknown attribute `{text}`\n{help}{}", target.note()))
    }
}

impl AttrTarget {
    /// Returns the attributes for this target.
    fn specs(self) -> impl Iterator<Item = &'static AttrSpec> {
        ATTR_SPECS.iter().filter(move |spec| spec.targets.contains(&self))
    }

    const fn plural(self) -> &'static [&'static str] {
        match self {
            Self::Block => &["exposed `impl` blocks"],
            Self::Container => &["structs", "enums"],
            Self::Entry => &["entries of `manhole!`"],
            Self::Field => &["fields"],
            Self::Method => &["methods"],
            Self::Variant => &["variants"],
        }
    }

    /// Returns a note that lists the attributes for this target.
    pub(crate) fn note(self) -> String {
        let specs: Vec<String> = self.specs().map(AttrSpec::to_string).collect();
        format!("note: {self} takes: {}", specs.join(", "))
    }
}

/// Returns the targets in the form `structs, enums and fields`.
fn join_plurals(targets: &[AttrTarget]) -> String {
    let words: Vec<&str> = targets.iter().flat_map(|target| target.plural()).copied().collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl fmt::Display for AttrSpec {
    /// Writes the attribute as in use, such as `get = path`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arg {
            AttrArg::None | AttrArg::Lookup => f.write_str(self.text),
            AttrArg::String => write!(f, "{} = \"…\"", self.text),
            AttrArg::Path => write!(f, "{} = path", self.text),
            AttrArg::Adapter | AttrArg::Names => write!(f, "{}(…)", self.text),
        }
    }
}

impl fmt::Display for AttrTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Block => "an exposed `impl` block",
            Self::Container => "a struct or enum",
            Self::Entry => "an entry of `manhole!`",
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
    fn finds_attributes_on_their_targets() {
        assert_eq!(AttrSpec::find("skip", AttrTarget::Field).unwrap().name, AttrName::Skip);
        assert_eq!(AttrSpec::find("rename_all", AttrTarget::Container).unwrap().name, AttrName::RenameAll);
    }

    #[test]
    fn messages_follow_the_table() {
        assert_eq!(
            AttrSpec::find("default", AttrTarget::Field).unwrap_err(),
            "unknown attribute `default`\n\
             note: a field takes: skip, readonly, rename = \"…\", secret, debug, display, serde, \
             get = path, set = path, with = path, remote = path, items, keys(…), values(…), methods(…), validate = path, admin, \
             opaque"
        );
        assert_eq!(
            AttrSpec::find("skpi", AttrTarget::Method).unwrap_err(),
            "unknown attribute `skpi`\nhelp: use `skip`\n\
             note: a method takes: skip, expose, rename = \"…\", admin, observe"
        );
        assert_eq!(
            AttrSpec::find("readonly", AttrTarget::Variant).unwrap_err(),
            "cannot use `readonly` on a variant: it is for structs, enums and fields\n\
             note: a variant takes: rename = \"…\""
        );
    }
}
