//! Translates what Rust programmers type into the script language, token by token, before compilation.
//!
//! What it does not know stays as it is. Positions map back to the command, so that errors point at what was typed.

mod assignments;
mod blocks;
mod closures;
mod commands;
mod definitions;
mod expressions;
mod format_macros;
mod known_paths;
mod locals;
mod methods;
mod names;
mod paths;
mod patterns;
mod postfix;
mod translator;
mod variables;

use crate::engine::compile::text::cursor::Cursor;
pub(crate) use crate::engine::compile::text::output::PositionMap;
use crate::engine::compile::text::token::{self, TokenError};
pub(crate) use closures::{ENTRY, PAIR};
pub(crate) use names::Names;
use rhai::Position;

use translator::Translator;

use crate::engine::value::ScriptError;

/// A form that cannot be translated.
#[derive(Debug)]
pub(crate) struct FormError {
    pub(crate) error: ScriptError,
    pub(crate) position: Position,
}

/// The result of a translation.
pub(crate) enum Translation {
    /// The text has no form of Rust.
    Unchanged,
    /// The new text, with the map of its positions.
    Changed(String, PositionMap),
    /// The text has open brackets. This is the text with a further line that closes them.
    Unclosed(String),
}

/// Translates `text`.
///
/// # Errors
///
/// If a form is wrong in a way that only the translation sees.
pub(crate) fn translate(text: &str, names: &Names<'_>) -> Result<Translation, FormError> {
    let tokens = match token::tokenize(text, 0) {
        Ok(tokens) => tokens,
        // The parser has the better error.
        Err(TokenError::Open) => return Ok(Translation::Unchanged),
        Err(TokenError::Unclosed(closing)) => return Ok(Translation::Unclosed(format!("{text}\n{closing}"))),
        Err(TokenError::Unmatched(close, open)) => return Err(unmatched(text, close, open)),
    };
    let mut translator = Translator::new(Cursor::new(text, tokens), names);
    match translator.command() {
        Ok(()) => Ok(translator
            .finish()
            .map_or(Translation::Unchanged, |(code, positions)| Translation::Changed(code, positions))),
        Err(error) => Err(FormError { error: error.error, position: position(text, error.start) }),
    }
}

/// Creates the error for the closing bracket at `close`, and the open one at `open`, which it does not close.
fn unmatched(text: &str, close: usize, open: Option<usize>) -> FormError {
    let bracket = &text[close..=close];
    let error = match open.map(|open| (position(text, open), text[open..].trim_start_matches('#'))) {
        Some((place, rest)) => {
            let (line, column) = (place.line().unwrap_or_default(), place.position().unwrap_or_default());
            let open = rest.chars().next().unwrap_or_default();
            ScriptError::new(format!("`{bracket}` does not close `{open}` of line {line}, column {column}"))
        }
        None => ScriptError::new(format!("`{bracket}` closes no bracket")),
    };
    FormError { error, position: position(text, close) }
}

/// Returns the position of a byte of `text`.
fn position(text: &str, start: usize) -> Position {
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
    match (u16::try_from(line), u16::try_from(column)) {
        (Ok(line), Ok(column)) => Position::new(line, column),
        _ => Position::NONE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rhai::Scope;

    use super::*;
    use crate::engine::live::Program;
    use crate::namespace::Namespace;

    const PIECES: &[&str] = &[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "#{",
        "`",
        "${",
        "\"",
        "'a'",
        "|",
        "||",
        "&",
        "*",
        "-",
        "!",
        ".",
        "..",
        "..=",
        ",",
        ";",
        ":",
        "::",
        "<",
        ">",
        "=",
        "==",
        "+=",
        "=>",
        "->",
        "@",
        "?",
        "_",
        "\n",
        " ",
        "x",
        "Xy",
        "1",
        "1.5",
        "b\"\\x\"",
        "r#\"a\"#",
        "let ",
        "mut ",
        "if ",
        "else ",
        "match ",
        "while ",
        "for ",
        "in ",
        "fn ",
        "as u8",
        "Some(",
        "Err(",
        "println!(",
        "\"{x} {}\"",
        "matches!(",
        ".iter()",
        ".push(",
        ".0.1",
        "::<T>",
        "move ",
        "help ",
        "5s",
        "é",
        "…",
    ];

    fn translated(text: &str) -> Option<String> {
        let program = Program::new(Namespace::new(), String::new(), false, None, None);
        let names = Names {
            scope: &Scope::new(),
            program: &program,
            has_last_value: false,
            is_collection_method: |_, _| false,
        };
        match translate(text, &names) {
            Ok(Translation::Changed(code, positions)) => {
                // Each position has an original.
                for (line, text) in code.split('\n').enumerate() {
                    for column in [1, text.chars().count() + 1] {
                        let position = |number| u16::try_from(number).unwrap_or(u16::MAX);
                        let original =
                            positions.original(Position::new(position(line + 1), position(column)));
                        assert_eq!(original.line(), Some(line + 1), "{code}");
                    }
                }
                Some(code)
            }
            _ => None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn a_translation_keeps_the_lines(pieces in vec(prop::sample::select(PIECES), 1..24)) {
            let text = pieces.concat();
            if let Some(code) = translated(&text) {
                prop_assert_eq!(code.matches('\n').count(), text.matches('\n').count(), "{}: {}", text, code);
            }
        }
    }

    #[test]
    fn an_unclosed_parameter_list_keeps_the_lines() {
        for text in ["${|}\n'a'.iter()", "{|}\n'a'.iter()", "{|x}\nx.iter()"] {
            if let Some(code) = translated(text) {
                assert_eq!(code.matches('\n').count(), text.matches('\n').count(), "{text:?}: {code:?}");
            }
        }
    }

    #[test]
    fn many_alternatives_are_read_in_time_proportional_to_their_number() {
        let literals = vec!["1"; 10_000].join(" | ");
        assert!(translated(&format!("match 1 {{ {literals} => 1 }}")).is_some());
        let variables = vec!["Some(x)"; 10_000].join(" | ");
        assert!(translated(&format!("match 1 {{ {variables} => x }}")).is_none());
    }

    #[test]
    fn deep_nesting_is_translated_or_copied() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("Some(", ")"),
            ("|x| ", ""),
            ("&", ""),
            ("if let Some(a) = ", ""),
        ] {
            let text = open.repeat(2_000) + "1u8" + &close.repeat(2_000);
            let _ = translated(&text);
            let _ = translated(&format!("match {text} {{ _ => 1 }}"));
            let _ = translated(&format!("let {text} = 1"));
        }
    }
}
