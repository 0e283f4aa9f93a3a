//! What can stand inside `#[manhole(…)]`: one table, from which the parser and its error messages are made.

use std::fmt;

use crate::diagnostics::nearest;

/// One word of the attribute.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) key: Key,
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) places: &'static [Place],
}

/// Which word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Admin,
    Bound,
    Crate,
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
pub(crate) enum Takes {
    Nothing,
    /// `= "…"`
    Text,
    /// `= path`
    Path,
}

/// What the attribute is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Block,
    Container,
    Entry,
    Field,
    Method,
    Variant,
}

/// The table.
pub(crate) const GRAMMAR: &[Word] = &[
    Word { key: Key::Skip, name: "skip", takes: Takes::Nothing, places: &[Place::Field, Place::Method] },
    Word {
        key: Key::Readonly,
        name: "readonly",
        takes: Takes::Nothing,
        places: &[Place::Container, Place::Field],
    },
    Word {
        key: Key::Rename,
        name: "rename",
        takes: Takes::Text,
        places: &[Place::Field, Place::Variant, Place::Method],
    },
    Word { key: Key::RenameAll, name: "rename_all", takes: Takes::Text, places: &[Place::Container] },
    Word { key: Key::Secret, name: "secret", takes: Takes::Nothing, places: &[Place::Field] },
    Word { key: Key::Debug, name: "debug", takes: Takes::Nothing, places: &[Place::Field] },
    Word { key: Key::Display, name: "display", takes: Takes::Nothing, places: &[Place::Field] },
    Word { key: Key::Serde, name: "serde", takes: Takes::Nothing, places: &[Place::Field] },
    Word { key: Key::Get, name: "get", takes: Takes::Path, places: &[Place::Field] },
    Word { key: Key::Set, name: "set", takes: Takes::Path, places: &[Place::Field] },
    Word { key: Key::With, name: "with", takes: Takes::Path, places: &[Place::Field] },
    Word { key: Key::Validate, name: "validate", takes: Takes::Path, places: &[Place::Field] },
    Word {
        key: Key::Admin,
        name: "admin",
        takes: Takes::Nothing,
        places: &[Place::Field, Place::Method, Place::Entry],
    },
    Word {
        key: Key::Observe,
        name: "observe",
        takes: Takes::Nothing,
        places: &[Place::Method, Place::Entry],
    },
    Word { key: Key::Opaque, name: "opaque", takes: Takes::Nothing, places: &[Place::Container] },
    Word { key: Key::Transparent, name: "transparent", takes: Takes::Nothing, places: &[Place::Container] },
    Word { key: Key::Bound, name: "bound", takes: Takes::Text, places: &[Place::Container] },
    Word { key: Key::Crate, name: "crate", takes: Takes::Path, places: &[Place::Container, Place::Block] },
];

impl Word {
    /// Finds the word called `name` for use on `place`.
    ///
    /// # Errors
    ///
    /// What to tell if there is none, or if it is for other places.
    pub(crate) fn find(name: &str, place: Place) -> Result<&'static Self, String> {
        let list = place.list();
        if let Some(word) = GRAMMAR.iter().find(|word| word.name == name) {
            if word.places.contains(&place) {
                return Ok(word);
            }
            return Err(format!("`{name}` is for {}; {list}", all(word.places)));
        }
        let hint = nearest(name, place.words().map(|word| word.name))
            .map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"));
        let hint = if hint.is_empty() { ";".to_owned() } else { hint };
        Err(format!("unknown attribute `{name}`{hint} {list}"))
    }
}

impl Place {
    /// The words that can stand here.
    fn words(self) -> impl Iterator<Item = &'static Word> {
        GRAMMAR.iter().filter(move |word| word.places.contains(&self))
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
        let words: Vec<String> = self.words().map(Word::to_string).collect();
        format!("{self} takes: {}", words.join(", "))
    }
}

/// `structs, enums and fields`
fn all(places: &[Place]) -> String {
    let words: Vec<&str> = places.iter().flat_map(|place| place.plural()).copied().collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl fmt::Display for Word {
    /// The word as it is written in use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.takes {
            Takes::Nothing => f.write_str(self.name),
            Takes::Text => write!(f, "{} = \"…\"", self.name),
            Takes::Path => write!(f, "{} = path", self.name),
        }
    }
}

impl fmt::Display for Place {
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
        assert_eq!(Word::find("skip", Place::Field).unwrap().key, Key::Skip);
        assert_eq!(Word::find("rename_all", Place::Container).unwrap().key, Key::RenameAll);
    }

    #[test]
    fn messages_are_made_of_the_table() {
        assert_eq!(
            Word::find("default", Place::Field).unwrap_err(),
            "unknown attribute `default`; a field takes: skip, readonly, rename = \"…\", secret, debug, display, serde, \
             get = path, set = path, with = path, validate = path, admin"
        );
        assert_eq!(
            Word::find("skpi", Place::Method).unwrap_err(),
            "unknown attribute `skpi`, did you mean `skip`? a method takes: skip, rename = \"…\", admin, observe"
        );
        assert_eq!(
            Word::find("readonly", Place::Variant).unwrap_err(),
            "`readonly` is for structs, enums and fields; a variant takes: rename = \"…\""
        );
    }
}
