//! Translates what Rust programmers type into the script language, token by token, before compilation.
//!
//! What it does not know stays as it is. Positions map back to the command, so that errors point at what was typed.

mod closures;
mod conditions;
mod cursor;
mod definitions;
mod expressions;
mod format_macros;
mod literals;
mod names;
mod output;
mod paths;
mod patterns;
mod token;
mod translator;

use cursor::Cursor;
pub(crate) use names::Names;
pub(crate) use output::PositionMap;
use rhai::Position;
use translator::Translator;

use crate::engine::value::ScriptError;

/// A form that cannot be translated.
#[derive(Debug)]
pub(crate) struct FormError {
    pub(crate) error: ScriptError,
    pub(crate) position: Position,
}

/// Translates `text`. Returns `None` if it has no form of Rust.
///
/// # Errors
///
/// If a form is wrong in a way that only the translation sees.
pub(crate) fn translate(text: &str, names: &Names<'_>) -> Result<Option<(String, PositionMap)>, FormError> {
    let Some(tokens) = token::tokenize(text, 0) else { return Ok(None) };
    let mut translator = Translator::new(Cursor::new(text, tokens), names);
    match translator.command() {
        Ok(()) => Ok(translator.finish()),
        Err(error) => Err(FormError { error: error.error, position: position(text, error.start) }),
    }
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
