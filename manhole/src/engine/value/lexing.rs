//! What the text of a command is made of, as far as that needs no syntax: words, strings and comments.

/// The keywords that can begin an expression or a statement.
pub(crate) const KEYWORDS: &[&str] = &[
    "break", "catch", "const", "continue", "else", "false", "fn", "for", "if", "import", "in", "let", "loop",
    "return", "switch", "throw", "true", "try", "while",
];

/// Returns whether `char` can be part of a name.
pub(crate) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// What a character is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CharClass {
    Code,
    /// A string or character, with its quotes.
    Text,
    Comment,
}

/// The classes of the characters of a text.
pub(crate) struct CharClasses {
    pub(crate) classes: Vec<CharClass>,
    /// The first character of the string that is still open at the end.
    pub(crate) open: Option<usize>,
}

impl CharClasses {
    pub(crate) fn of(chars: &[char]) -> Self {
        let mut classes = vec![CharClass::Code; chars.len()];
        let mut open = None;
        let mut at = 0;
        while at < chars.len() {
            let start = at;
            let class = match (chars[at], chars.get(at + 1)) {
                ('/', Some('/')) => {
                    at += chars[at..].iter().position(|char| *char == '\n').unwrap_or(chars.len() - at);
                    CharClass::Comment
                }
                ('/', Some('*')) => {
                    let end = chars[at + 2..].windows(2).position(|pair| pair == ['*', '/']);
                    at = end.map_or(chars.len(), |end| at + 2 + end + 2);
                    CharClass::Comment
                }
                (quote @ ('"' | '`'), _) => {
                    at += 1;
                    while at < chars.len() && chars[at] != quote {
                        at += if chars[at] == '\\' { 2 } else { 1 };
                    }
                    if at >= chars.len() {
                        open = Some(start);
                    }
                    at = (at + 1).min(chars.len());
                    CharClass::Text
                }
                // A character, and not a single quote in other syntax.
                ('\'', _) if chars.get(at + 2) == Some(&'\'') => {
                    at += 3;
                    CharClass::Text
                }
                _ => {
                    at += 1;
                    CharClass::Code
                }
            };
            classes[start..at].fill(class);
        }
        Self { classes, open }
    }
}
