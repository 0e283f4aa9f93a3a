//! The tokens of a command: those of the script language, and those that only Rust has.

use super::times;
use crate::engine::value::lexing::is_word;

/// A token, with its place in the text in bytes. Space and comments are between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// For a bracket, the index of the one that it belongs to.
    pub(crate) partner: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or keyword.
    Word,
    Number,
    /// A duration, an instant or a time as the console shows it: `1h 30m`, `in 5s`, `2026-01-31T12:00:00Z`.
    Time,
    /// `"…"`.
    Text,
    /// `` `…` ``.
    Template,
    /// `#"…"#`, or `r"…"` and `r#"…"#`.
    RawText,
    /// `b"…"` or `br"…"`.
    Bytes,
    /// `'c'` or `b'c'`.
    Char,
    /// An operator or punctuation.
    Symbol,
    /// `(`, `[`, `{` or `#{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
}

/// The symbols of more than one character, longest first.
const SYMBOLS: &[&str] = &[
    "<<=", ">>=", "**=", "..=", "===", "!==", "...", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "??",
    "?.", "..", "::", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "++", "--",
];

/// A text without tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// The bracket at this byte closes no other, or not the last open one, which begins at the second byte.
    Unmatched(usize, Option<usize>),
    /// A literal or a comment has no end.
    Open,
    /// Brackets are open, which these would close.
    Unclosed(String),
}

/// Reads the tokens of `text` from the byte `start` on.
pub(crate) fn tokenize(text: &str, start: usize) -> Result<Vec<Token>, TokenError> {
    let mut lexer = Lexer { text, at: start };
    let (mut tokens, mut open) = (Vec::with_capacity(text.len() / 3), Vec::<usize>::new());
    while lexer.skip_space().ok_or(TokenError::Open)? {
        let start = lexer.at;
        let kind = lexer.token().ok_or(TokenError::Open)?;
        let mut token = Token { kind, start, end: lexer.at, partner: 0 };
        match kind {
            TokenKind::Open => open.push(tokens.len()),
            TokenKind::Close => {
                let end = tokens.len();
                let Some((index, opening)) =
                    open.pop().and_then(|index| Some((index, tokens.get_mut(index)?)))
                else {
                    return Err(TokenError::Unmatched(start, None));
                };
                let opening: &mut Token = opening;
                if *closing(&text[opening.start..opening.end]) != text[start..lexer.at] {
                    return Err(TokenError::Unmatched(start, Some(opening.start)));
                }
                (opening.partner, token.partner) = (end, index);
            }
            _ => {}
        }
        tokens.push(token);
    }
    if open.is_empty() {
        return Ok(tokens);
    }
    let opening = open.into_iter().rev().filter_map(|index| tokens.get(index));
    Err(TokenError::Unclosed(opening.map(|token| closing(&text[token.start..token.end])).collect()))
}

/// Returns the bracket that closes `bracket`.
fn closing(bracket: &str) -> &'static str {
    match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, matches: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|char| !matches(char)).unwrap_or(rest.len());
    }

    /// Skips space and comments. Returns whether a token follows, or `None` after an open comment.
    fn skip_space(&mut self) -> Option<bool> {
        loop {
            self.skip_while(char::is_whitespace);
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Some(!rest.is_empty());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Some(());
                }
            } else {
                self.at += self.peek()?.len_utf8();
            }
        }
    }

    fn token(&mut self) -> Option<TokenKind> {
        let first = self.peek()?;
        let rest = self.rest();
        if let Some(len) = times::shown_len(rest) {
            return Some(self.advance(len, TokenKind::Time));
        }
        Some(match first {
            '"' => self.quoted('"', TokenKind::Text)?,
            '\'' if is_label(rest) => {
                self.at += 1;
                self.skip_while(is_word);
                TokenKind::Symbol
            }
            '\'' => self.quoted('\'', TokenKind::Char)?,
            '`' => self.template()?,
            '#' if rest.starts_with("#{") => self.advance(2, TokenKind::Open),
            '#' if is_raw(rest) => self.raw()?,
            'r' if is_raw(&rest[1..]) => {
                self.at += 1;
                self.raw()?
            }
            'b' if rest[1..].starts_with('"') => {
                self.at += 1;
                self.quoted('"', TokenKind::Bytes)?
            }
            'b' if rest[1..].starts_with('\'') => {
                self.at += 1;
                self.quoted('\'', TokenKind::Char)?
            }
            'b' if rest[1..].starts_with('r') && is_raw(&rest[2..]) => {
                self.at += 2;
                self.raw()?;
                TokenKind::Bytes
            }
            '(' | '[' | '{' => self.advance(1, TokenKind::Open),
            ')' | ']' | '}' => self.advance(1, TokenKind::Close),
            _ if first.is_ascii_digit() => self.number(),
            _ if is_word(first) => {
                self.skip_while(is_word);
                TokenKind::Word
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                self.advance(symbol.map_or(first.len_utf8(), |symbol| symbol.len()), TokenKind::Symbol)
            }
        })
    }

    fn advance(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.at += bytes;
        kind
    }

    fn quoted(&mut self, quote: char, kind: TokenKind) -> Option<TokenKind> {
        let mut is_escaped = true;
        loop {
            let char = self.peek()?;
            self.at += char.len_utf8();
            match char {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                _ if char == quote => return Some(kind),
                _ => {}
            }
        }
    }

    /// Skips `"…"` with the same number of `#` on both sides.
    fn raw(&mut self) -> Option<TokenKind> {
        let hashes = self.rest().find('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        self.at += hashes + 1;
        self.at += self.rest().find(&end)? + end.len();
        Some(TokenKind::RawText)
    }

    /// Skips a text between back-ticks, with the code inside `${…}`.
    fn template(&mut self) -> Option<TokenKind> {
        self.at += 1;
        loop {
            let rest = self.rest();
            if rest.starts_with("``") || rest.starts_with("\\$") {
                self.at += 2;
            } else if rest.starts_with('`') {
                return Some(self.advance(1, TokenKind::Template));
            } else if rest.starts_with("${") {
                self.at += 2;
                self.skip_interpolation()?;
            } else {
                self.at += self.peek()?.len_utf8();
            }
        }
    }

    fn skip_interpolation(&mut self) -> Option<()> {
        let mut depth = 1;
        while self.skip_space()? {
            match self.token()? {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(());
            }
        }
        None
    }

    /// Skips a number with its suffix: `1_000`, `0xff`, `1.5e-3`, `1u64`. A dot belongs to it only before a digit or at its end.
    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let is_decimal = !["0x", "0b", "0o"].iter().any(|prefix| self.rest().starts_with(prefix));
        self.skip_while(is_word);
        let rest = self.rest();
        let after_dot = rest.strip_prefix('.').map(|rest| rest.chars().next());
        match after_dot {
            Some(Some(next)) if is_decimal && next.is_ascii_digit() => {
                self.at += 1;
                self.skip_while(is_word);
            }
            Some(next) if is_decimal && !next.is_some_and(|next| next == '.' || is_word(next)) => {
                self.at += 1;
            }
            _ => {}
        }
        // The sign of an exponent.
        let mantissa = self.text[start..self.at].strip_suffix(['e', 'E']);
        let is_number = mantissa.is_some_and(|mantissa| !mantissa.contains(char::is_alphabetic));
        if is_decimal && is_number && self.rest().starts_with(['+', '-']) {
            self.at += 1;
            self.skip_while(is_word);
        }
        TokenKind::Number
    }
}

/// Returns whether `text` begins with a label or a lifetime: `'outer`, and not `'o'`.
fn is_label(text: &str) -> bool {
    let name = text[1..].trim_start_matches(is_word);
    let len = text.len() - 1 - name.len();
    len > 0
        && !name.starts_with('\'')
        && text[1..].starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Returns whether `text` begins with a raw string without its `r`.
fn is_raw(text: &str) -> bool {
    text.trim_start_matches('#').starts_with('"')
}

/// Returns the end of the code that begins at `start` inside a text between back-ticks.
pub(crate) fn end_of_interpolation(text: &str, start: usize) -> Option<usize> {
    let mut lexer = Lexer { text, at: start };
    lexer.skip_interpolation()?;
    Some(lexer.at - 1)
}
