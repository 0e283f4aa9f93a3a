//! The words of the language.

/// The keywords that can begin an expression or a statement.
pub(crate) const KEYWORDS: &[&str] = &[
    "break", "catch", "const", "continue", "else", "false", "fn", "for", "if", "import", "in", "let", "loop",
    "return", "switch", "throw", "true", "try", "while",
];

/// The other words that cannot be the name of a field.
const RESERVED: &[&str] = &["as", "await", "curry", "do", "eval", "export", "private", "until"];

/// Returns whether a command can write `text` behind a dot.
pub(crate) fn is_field_name(text: &str) -> bool {
    let is_name = text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.contains(|char: char| char.is_ascii_alphanumeric());
    is_name && !KEYWORDS.contains(&text) && !RESERVED.contains(&text)
}

/// Returns whether `char` can be part of a name.
pub(crate) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Returns whether `text` mentions the field `name`, be it in code, in a string or in a comment.
pub(crate) fn mentions_field(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, _)| {
        !text[..start].ends_with(is_word) && !text[start + name.len()..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_that_is_no_keyword() {
        for name in ["a", "_a1", "len", "match"] {
            assert!(is_field_name(name), "{name}");
        }
        for text in ["", "_", "1a", "a b", "a-b", "größe", "if", "until"] {
            assert!(!is_field_name(text), "{text}");
        }
    }

    #[test]
    fn only_a_whole_name_is_a_mention() {
        for code in ["gizmo.id", "m[\"id\"]", "// id"] {
            assert!(mentions_field(code, "id"), "{code}");
        }
        for code in ["gizmo.valid_ids", "grid", "id_2"] {
            assert!(!mentions_field(code, "id"), "{code}");
        }
    }
}
