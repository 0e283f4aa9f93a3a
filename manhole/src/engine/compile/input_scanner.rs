//! Finds out where a text ends, as the language's tokenizer sees it: in code, in a string or in a comment, and inside which brackets.
//!
//! The scanner takes a text in pieces, so that each line of an unfinished command is scanned once.

use crate::engine::value::lexing::is_word;

/// The longest incomplete command that is compiled, in bytes: a person sees a wrong line at once. A longer one would be compiled for each
/// of its lines.
const MAX_CHECKED_BYTES: usize = 1_024;

/// The maximum number of brackets around a character. The parser accepts fewer.
const MAX_BRACKETS: usize = 256;

/// The longest word or operator that the scanner keeps.
const MAX_TOKEN_BYTES: usize = 8;

/// The words and operators after which a command goes on.
const UNFINISHED: &[&str] = &[
    "as", "catch", "const", "do", "else", "export", "fn", "for", "if", "import", "in", "let", "loop",
    "private", "switch", "try", "until", "while", "+", "-", "*", "/", "%", "**", "=", "+=", "-=", "*=", "/=",
    "%=", "**=", "<<", ">>", "<<=", ">>=", "<", ">", "<=", ">=", "==", "!=", "!", "&&", "||", "|", "&", "^",
    "&=", "|=", "^=", "??", "?.", ".", "..", "..=", "::",
];

/// The state of the tokenizer after the scanned text.
#[derive(Default)]
pub(crate) struct InputScanner {
    /// The length of the text in bytes.
    len: usize,
    /// The open brackets, from the outermost.
    brackets: Vec<Bracket>,
    lexeme: Lexeme,
    /// The last word or operator, or the beginning of it.
    token: String,
    /// The one before, while a `/` can still begin a comment.
    token_before_slash: String,
    /// Whether the last line is a doc comment alone.
    is_doc: bool,
    /// The number of characters of the last line, without the space before.
    line_chars: usize,
    /// Whether no more text can make a command of this one.
    is_invalid: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `{`, with the character that closes it.
    Plain(char),
    /// `${` in a text between back-ticks.
    Interpolation,
}

/// The part of the text that the next character belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Lexeme {
    #[default]
    Space,
    Word,
    Operator,
    LineComment,
    /// A comment, with the number of nested ones, and its last character if that is half of a delimiter.
    BlockComment {
        depth: usize,
        last: char,
    },
    /// A string or a character between these quotes.
    Quoted {
        quote: char,
        is_escaped: bool,
    },
    /// A string between back-ticks, with its last character if that can begin or prevent an interpolation.
    Backticks {
        last: char,
    },
    /// The `#` before a map or a raw string.
    Hashes(usize),
    /// A raw string, with the number of `#` that close it, and of those after the last quote.
    Raw {
        hashes: usize,
        found: Option<usize>,
    },
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
        let mut scanner = InputScanner::default();
        let (mut classes, mut open) = (Vec::with_capacity(chars.len()), None);
        for (at, char) in chars.iter().enumerate() {
            let ends_line_comment = scanner.lexeme == Lexeme::LineComment && *char == '\n';
            let before = scanner.lexeme.class();
            scanner.next(*char);
            let after = scanner.lexeme.class();
            match (before, after) {
                (CharClass::Code, CharClass::Comment) => classes[at - 1] = CharClass::Comment,
                (CharClass::Code, CharClass::Text) => open = Some(at),
                (CharClass::Text, CharClass::Code) => open = None,
                _ => {}
            }
            classes.push(if before == CharClass::Code || ends_line_comment { after } else { before });
        }
        Self { classes, open }
    }
}

impl Lexeme {
    fn class(self) -> CharClass {
        match self {
            Self::Space | Self::Word | Self::Operator | Self::Hashes(_) => CharClass::Code,
            Self::Quoted { .. } | Self::Backticks { .. } | Self::Raw { .. } => CharClass::Text,
            Self::LineComment | Self::BlockComment { .. } => CharClass::Comment,
        }
    }
}

impl InputScanner {
    /// Scans a whole text.
    pub(crate) fn of(text: &str) -> Self {
        let mut scanner = Self::default();
        scanner.scan(text);
        scanner
    }

    /// Scans the next part of the text.
    pub(crate) fn scan(&mut self, part: &str) {
        self.len += part.len();
        for char in part.chars() {
            if self.is_invalid {
                break;
            }
            self.next(char);
        }
    }

    /// Returns whether a command that begins with the text needs more lines, as far as brackets, strings, comments and the last word or
    /// operator show it.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_invalid
            && (self.is_in_comment()
                || self.is_in_string()
                || !self.brackets.is_empty()
                || UNFINISHED.contains(&&*self.token))
    }

    /// Returns whether the text needs more lines before it is worth compiling.
    pub(crate) fn needs_more(&self) -> bool {
        // A function follows its doc comment. The parser takes an open comment for a whole one, and knows no `r"`.
        self.is_doc
            || self.is_in_comment()
            || matches!(self.lexeme, Lexeme::Raw { .. })
            || (self.is_long() && self.is_open())
    }

    /// Returns whether the text is too long to compile it before it is complete.
    pub(crate) fn is_long(&self) -> bool {
        self.len > MAX_CHECKED_BYTES
    }

    /// Returns whether the text ends inside a `/* … */` comment.
    pub(crate) fn is_in_comment(&self) -> bool {
        matches!(self.lexeme, Lexeme::BlockComment { .. })
    }

    /// Returns whether the text ends inside a string that may continue on the next line.
    pub(crate) fn is_in_string(&self) -> bool {
        match self.lexeme {
            Lexeme::Backticks { .. } | Lexeme::Raw { .. } => true,
            Lexeme::Quoted { quote, is_escaped } => quote == '"' && is_escaped,
            _ => false,
        }
    }

    fn next(&mut self, char: char) {
        if char == '\n' {
            (self.is_doc, self.line_chars) = (false, 0);
        } else if self.line_chars > 0 || !char.is_whitespace() {
            self.line_chars += 1;
            let is_third = self.line_chars == 3 && char == '/';
            self.is_doc |= is_third && self.lexeme == Lexeme::LineComment && self.brackets.is_empty();
        }
        match self.lexeme {
            Lexeme::Space | Lexeme::Word | Lexeme::Operator => self.code(char),
            Lexeme::LineComment => {
                if char == '\n' {
                    self.lexeme = Lexeme::Space;
                }
            }
            Lexeme::BlockComment { depth, last } => {
                self.lexeme = match (last, char) {
                    ('/', '*') => Lexeme::BlockComment { depth: depth + 1, last: ' ' },
                    ('*', '/') if depth == 1 => Lexeme::Space,
                    ('*', '/') => Lexeme::BlockComment { depth: depth - 1, last: ' ' },
                    _ => Lexeme::BlockComment { depth, last: char },
                };
            }
            Lexeme::Quoted { quote, is_escaped } => {
                let is_continued = quote == '"' && is_escaped;
                self.is_invalid = char == '\n' && !is_continued;
                self.lexeme = if char == quote && !is_escaped {
                    Lexeme::Space
                } else {
                    Lexeme::Quoted { quote, is_escaped: char == '\\' && !is_escaped }
                };
            }
            Lexeme::Backticks { last } => {
                self.lexeme = match (last, char) {
                    (_, '`') => Lexeme::Space,
                    ('$', '{') => {
                        self.open(Bracket::Interpolation);
                        Lexeme::Space
                    }
                    ('\\', '$') => Lexeme::Backticks { last: ' ' },
                    _ => Lexeme::Backticks { last: char },
                };
            }
            Lexeme::Hashes(hashes) => {
                self.lexeme = match char {
                    '#' => Lexeme::Hashes(hashes + 1),
                    '"' => Lexeme::Raw { hashes, found: None },
                    '{' if hashes == 1 => {
                        self.open(Bracket::Plain('}'));
                        Lexeme::Space
                    }
                    _ => {
                        self.is_invalid = true;
                        Lexeme::Space
                    }
                };
            }
            Lexeme::Raw { hashes, found } => {
                let found = match (char, found) {
                    ('"', _) => Some(0),
                    ('#', Some(found)) => Some(found + 1),
                    _ => None,
                };
                self.lexeme =
                    if found == Some(hashes) { Lexeme::Space } else { Lexeme::Raw { hashes, found } };
            }
        }
    }

    /// Takes a character of code.
    fn code(&mut self, char: char) {
        if self.lexeme == Lexeme::Operator && self.token == "/" && matches!(char, '/' | '*') {
            self.token = std::mem::take(&mut self.token_before_slash);
            self.lexeme =
                if char == '/' { Lexeme::LineComment } else { Lexeme::BlockComment { depth: 1, last: ' ' } };
            return;
        }
        let lexeme = match char {
            _ if char.is_whitespace() => {
                self.lexeme = Lexeme::Space;
                return;
            }
            '"' if self.lexeme == Lexeme::Word && matches!(&*self.token, "r" | "br") => {
                Lexeme::Raw { hashes: 0, found: None }
            }
            '"' | '\'' => Lexeme::Quoted { quote: char, is_escaped: false },
            '`' => Lexeme::Backticks { last: ' ' },
            '#' => Lexeme::Hashes(1),
            '(' | '[' | '{' | ')' | ']' | '}' | ';' | ',' => Lexeme::Space,
            _ if is_word(char) => Lexeme::Word,
            _ => Lexeme::Operator,
        };
        // A `/` may begin a comment, also where it follows an operator.
        if lexeme != self.lexeme || lexeme == Lexeme::Space || char == '/' {
            self.token_before_slash = std::mem::take(&mut self.token);
        }
        self.lexeme = lexeme;
        match char {
            '(' => self.open(Bracket::Plain(')')),
            '[' => self.open(Bracket::Plain(']')),
            '{' => self.open(Bracket::Plain('}')),
            ')' | ']' | '}' => self.close(char),
            _ if self.token.len() > MAX_TOKEN_BYTES => {}
            _ if matches!(lexeme, Lexeme::Word | Lexeme::Operator) => self.token.push(char),
            _ => {}
        }
    }

    fn open(&mut self, bracket: Bracket) {
        self.brackets.push(bracket);
        self.is_invalid |= self.brackets.len() > MAX_BRACKETS;
    }

    fn close(&mut self, char: char) {
        match self.brackets.pop() {
            Some(Bracket::Interpolation) if char == '}' => self.lexeme = Lexeme::Backticks { last: ' ' },
            Some(Bracket::Plain(expected)) if char == expected => {}
            _ => self.is_invalid = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rhai::Engine;

    use super::*;
    use crate::engine::compile::incomplete_input::is_incomplete;

    #[test]
    fn open_brackets_strings_comments_and_operators_need_more_text() {
        for text in [
            "{",
            "[",
            "(",
            "#{",
            "f(",
            "if x {",
            "`",
            "`${",
            "`${1}",
            "`${ `${ ` }` }",
            "`a\nb",
            "/*",
            "/* /* */",
            "/**",
            "/*/",
            "#\"",
            "r\"a\\",
            "#\"\"",
            "##\"\"#",
            "\"a\\",
            "1 +",
            "1 + // c",
            "1 + /* c */",
            "x =",
            "x.",
            "x?.",
            "let",
            "x =>{",
            "`\\${`+{",
            "'{' + {",
            "\"\\\"\" + {",
            "a / (",
            "a /",
            "1 + /* /* */ */",
            "x\n= [1,\n2",
            "`$${`",
            "}{",
        ] {
            assert_eq!(InputScanner::of(text).is_open(), text != "}{", "{text}");
        }
        for text in [
            "",
            "1",
            "{}",
            "()",
            "#{}",
            "`${1}`",
            "`\\${`",
            "`$`",
            "`$$`",
            "``",
            "`a``b`",
            "/* /* */ */",
            "/**/",
            "// {",
            "#\"{\"#",
            "r\"{\\\"",
            "##\"\"#{\"##",
            "\"{\"",
            "\"\\\"{\"",
            "'{'",
            "'\\''",
            "\"open",
            "'o",
            "x / 2",
            "{]",
            ")",
            "x++",
            "1;",
            "[1, 2]",
            "/*/ */",
            "`a${`{`}b`",
            "\"a\\\nb\"",
            "x / y // {",
        ] {
            assert!(!InputScanner::of(text).is_open(), "{text}");
        }
        assert!(InputScanner::of(&"(".repeat(MAX_BRACKETS)).is_open());
        assert!(!InputScanner::of(&"(".repeat(MAX_BRACKETS + 1)).is_open());
    }

    /// What the scanner must see as the parser does.
    const PIECES: &[&str] = &[
        "{", "}", "(", ")", "[", "]", "#{", "`", "${", "$", "\\", "\"", "'", "#\"", "\"#", "##", "#", "/*",
        "*/", "//", "/", "*", "\n", " ", "x", "1", "+", "=", ";", ",", "a: 1", "let y = ", "if x ", "|a| a",
        ".b", "é",
    ];

    fn engine() -> Engine {
        let mut engine = Engine::new_raw();
        engine.set_max_expr_depths(64, 32);
        engine
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_text_that_compiles_is_not_open(pieces in vec(prop::sample::select(PIECES), 1..12)) {
            let text = pieces.concat();
            let scanner = InputScanner::of(&text);
            match engine().compile(&text) {
                Ok(_) => prop_assert!(!scanner.is_open() || scanner.is_in_comment(), "{text}"),
                // The parser wants a bracket or the end of a string.
                Err(error) if is_incomplete(&text, &error) => {
                    let wants = error.to_string();
                    let is_bracket = ["')'", "']'", "'}'"].iter().any(|bracket| wants.contains(bracket));
                    prop_assert!(scanner.is_open() || !is_bracket, "{text}: {wants}");
                }
                Err(_) => {}
            }
        }

        #[test]
        fn a_text_in_parts_is_scanned_like_a_whole_one(pieces in vec(prop::sample::select(PIECES), 1..12)) {
            let mut scanner = InputScanner::default();
            pieces.iter().for_each(|piece| scanner.scan(piece));
            let whole = InputScanner::of(&pieces.concat());
            prop_assert_eq!((scanner.is_open(), scanner.brackets), (whole.is_open(), whole.brackets));
        }
    }
}
