//! The words of a text, and of the comments in Rust code.

/// A word in lower case.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// Whether only white space is between it and the word before.
    pub(crate) follows_directly: bool,
}

/// Returns the words of a text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        add_words(line, index + 1, &mut words);
    }
    words
}

fn add_words(line: &str, number: usize, words: &mut Vec<Word>) {
    let mut follows_directly = true;
    let mut rest = line;
    while let Some(start) = rest.find(is_word) {
        follows_directly &= rest[..start].chars().all(char::is_whitespace);
        let end = rest[start..].find(|c| !is_word(c)).map_or(rest.len(), |length| start + length);
        words.push(Word { text: rest[start..end].to_lowercase(), line: number, follows_directly });
        (rest, follows_directly) = (&rest[end..], true);
    }
    // Punctuation at the end of a line separates its last word from the next line.
    if !rest.trim().is_empty() {
        words.push(Word { text: String::new(), line: number, follows_directly: false });
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns the words of `//`, `///` and `//!` comments; a phrase may go over several lines of one.
pub(crate) fn words_of_comments(code: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut last = 0;
    for Comment { text, line } in comments(code) {
        if line != last + 1 {
            words.push(Word { text: String::new(), line, follows_directly: false });
        }
        add_words(text.trim_start_matches(['/', '!']), line, &mut words);
        last = line;
    }
    words
}

struct Comment<'a> {
    text: &'a str,
    line: usize,
}

/// Finds the line comments, outside string literals and block comments.
fn comments(code: &str) -> Vec<Comment<'_>> {
    let mut comments = Vec::new();
    let mut at = 0;
    let mut before = ' ';
    while let Some(character) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if rest.starts_with("//") {
            let text = rest.lines().next().unwrap_or_default();
            comments.push(Comment { text, line: code[..at].matches('\n').count() + 1 });
            text.len()
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if character == '"' {
            string_length(rest)
        } else if character == 'r' && !is_identifier_end(before) {
            raw_string_length(rest).unwrap_or(1)
        } else if character == '\'' {
            character_length(rest)
        } else {
            character.len_utf8()
        };
        before = code[at..at + length].chars().next_back().unwrap_or(character);
        at += length;
    }
    comments
}

/// Returns whether an `r` after this character is inside an identifier. `br"…"` and `cr"…"` are strings.
fn is_identifier_end(character: char) -> bool {
    is_word(character) && !matches!(character, 'b' | 'c')
}

/// Returns the length of a literal from its first quotation mark.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string_length(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|character| *character == '#').count();
    let start = 1 + hashes;
    text[start..].starts_with('"').then(|| {
        let end = format!("\"{}", "#".repeat(hashes));
        text[start + 1..].find(&end).map_or(text.len(), |length| start + 1 + length + end.len())
    })
}

/// Returns the length of a character literal, or of the mark alone where a lifetime begins.
fn character_length(text: &str) -> usize {
    let mut characters = text[1..].char_indices();
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let start = 1 + at + escaped.len_utf8();
            text[start..].find('\'').map_or(1, |end| start + end + 1)
        }
        (Some(_), Some((at, '\''))) => 1 + at + 1,
        _ => 1,
    }
}
