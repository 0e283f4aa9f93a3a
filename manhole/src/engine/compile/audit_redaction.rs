//! Redacts commands that mention a secret field, for the audit: what a command does, without any value in it.

use rhai::{Engine, Token};

/// Replaces a value.
const PLACEHOLDER: char = '…';

/// Returns `code` without its strings, characters, numbers and comments, up to the first token that has an error.
pub(crate) fn redact(engine: &Engine, code: &str) -> String {
    let inputs = [code];
    let (tokens, _) = engine.lex(&inputs);
    let (mut text, mut cursor) = (String::new(), Cursor::new(code));
    for (token, position) in tokens {
        if token == Token::EOF {
            break;
        }
        let is_apart = cursor.is_space_before(position.line().unwrap_or(0), position.position().unwrap_or(0));
        if is_apart && !text.is_empty() {
            text.push(' ');
        }
        match token {
            // Only a parser knows where a string goes on after the code inside it.
            Token::LexError(_) | Token::InterpolatedString(_) => {
                text.push(PLACEHOLDER);
                break;
            }
            Token::IntegerConstant(_)
            | Token::FloatConstant(_)
            | Token::CharConstant(_)
            | Token::StringConstant(_) => text.push(PLACEHOLDER),
            // An integer of more than 64 bits.
            Token::Identifier(name)
                if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') =>
            {
                text.push(PLACEHOLDER);
            }
            token => text += &token.to_string(),
        }
    }
    text
}

/// Moves forward through a text by lines and columns.
struct Cursor<'a> {
    rest: std::str::Chars<'a>,
    line: usize,
    column: usize,
    last: char,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), line: 1, column: 1, last: ' ' }
    }

    /// Moves to the character in `line` at `column`. Returns whether white space is before it.
    fn is_space_before(&mut self, line: usize, column: usize) -> bool {
        while (self.line, self.column) < (line, column) {
            let Some(char) = self.rest.next() else { break };
            (self.line, self.column) =
                if char == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
            self.last = char;
        }
        self.last.is_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::value::token_hooks;

    #[test]
    fn a_redacted_command_has_no_values() {
        let engine = Engine::new_raw();
        for (code, redacted) in [
            ("gizmo.token = \"s3 \\\" cret\" + 'x' + 4711; 1", "gizmo.token = … + … + …; …"),
            ("gizmo.token = `y${z} s3cret`; 1", "gizmo.token = …"),
            ("gizmo.token = #\"s3cret\"# + \"s3cret\"", "gizmo.token = … + …"),
            ("gizmo.token /* \" */ = \"s3cret\"", "gizmo.token = …"),
            ("/*token*/ gizmo.key = 99", "gizmo.key = …"),
            ("0; gizmo.key = 5 // token s3cret", "…; gizmo.key = …"),
            ("4711 == gizmo.pin", "… == gizmo.pin"),
            ("if  (gizmo.token ==\n\"s3cret\") { f(1, x) }", "if (gizmo.token == …) { f(…, x) }"),
            ("gizmo.map[\"s3cret\"].token", "gizmo.map[…].token"),
            ("gizmo.token = \"s3cret", "gizmo.token = …"),
            ("gizmo.token = `s3cret", "gizmo.token = …"),
            ("gizmo.token", "gizmo.token"),
            ("", ""),
        ] {
            assert_eq!(redact(&engine, code), redacted, "{code}");
        }
    }

    #[test]
    fn an_integer_that_the_console_turns_into_a_name_is_a_value() {
        let mut engine = Engine::new_raw();
        token_hooks::install(&mut engine, |token, _| token);
        for (code, redacted) in [
            ("gizmo.pin = 99999999999999999999", "gizmo.pin = …"),
            ("gizmo.token == _x", "gizmo.token == _x"),
        ] {
            assert_eq!(redact(&engine, code), redacted, "{code}");
        }
    }
}
