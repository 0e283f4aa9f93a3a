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
