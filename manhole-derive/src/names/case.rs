//! The cases of `rename_all`.

/// The spelling of a name that consists of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
}

/// Every case with its name in the attribute. `kebab-case` is missing because its names are not identifiers.
pub(crate) const CASES: &[(&str, Case)] = &[
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
];

impl Case {
    /// Returns the case called `name`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        CASES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// Converts `name` to this case. Leading underscores stay: they distinguish it from another name, or from a number.
    pub(crate) fn apply(self, name: &str) -> String {
        let bare = name.trim_start_matches('_');
        let lead = &name[..name.len() - bare.len()];
        let body = match self {
            Self::Lower => bare.to_lowercase(),
            Self::Upper => bare.to_uppercase(),
            Self::Pascal => words(bare).iter().map(|word| capitalized(word)).collect(),
            Self::Camel => {
                let words = words(bare);
                let (first, rest) =
                    words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
                rest.iter().fold(first.to_lowercase(), |name, word| name + &capitalized(word))
            }
            Self::Snake => words(bare).join("_").to_lowercase(),
            Self::ScreamingSnake => words(bare).join("_").to_uppercase(),
        };
        format!("{lead}{body}")
    }
}

/// Splits `name` at underscores and before each upper case letter that begins a word. `HTTPServer` and `http_server` have the
/// same words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (index, &char) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(index + 1);
        let starts = char.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if char == '_' || starts {
            words.push(String::new());
        }
        if let (true, Some(word)) = (char != '_', words.last_mut()) {
            word.push(char);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_to_every_case() {
        // The name, then its conversions in the order of `CASES`.
        for (name, expected) in [
            ("foo_bar", ["foo_bar", "FOO_BAR", "FooBar", "fooBar", "foo_bar", "FOO_BAR"]),
            ("FooBar", ["foobar", "FOOBAR", "FooBar", "fooBar", "foo_bar", "FOO_BAR"]),
            (
                "HTTPServer",
                ["httpserver", "HTTPSERVER", "HttpServer", "httpServer", "http_server", "HTTP_SERVER"],
            ),
            ("v2_beta", ["v2_beta", "V2_BETA", "V2Beta", "v2Beta", "v2_beta", "V2_BETA"]),
            ("X", ["x", "X", "X", "x", "x", "X"]),
            ("_a_b", ["_a_b", "_A_B", "_AB", "_aB", "_a_b", "_A_B"]),
            ("__", ["__", "__", "__", "__", "__", "__"]),
            ("größe_in", ["größe_in", "GRÖSSE_IN", "GrößeIn", "größeIn", "größe_in", "GRÖSSE_IN"]),
        ] {
            let all: Vec<String> = CASES.iter().map(|(_, case)| case.apply(name)).collect();
            assert_eq!(all, expected, "{name}");
        }
    }

    #[test]
    fn finds_cases_by_exact_name() {
        assert_eq!(Case::from_name("camelCase"), Some(Case::Camel));
        assert_eq!(Case::from_name("CamelCase"), None);
        assert_eq!(Case::from_name("kebab-case"), None);
    }
}
