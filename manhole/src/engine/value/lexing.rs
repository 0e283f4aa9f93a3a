//! The words of the language.

/// The keywords that can begin an expression or a statement.
pub(crate) const KEYWORDS: &[&str] = &[
    "break", "catch", "const", "continue", "else", "false", "fn", "for", "if", "import", "in", "let", "loop",
    "return", "switch", "throw", "true", "try", "while",
];

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
    fn only_a_whole_name_is_a_mention() {
        for code in ["gizmo.id", "m[\"id\"]", "// id"] {
            assert!(mentions_field(code, "id"), "{code}");
        }
        for code in ["gizmo.valid_ids", "grid", "id_2"] {
            assert!(!mentions_field(code, "id"), "{code}");
        }
    }
}
