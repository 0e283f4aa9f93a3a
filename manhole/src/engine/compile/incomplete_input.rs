//! Whether what was typed is a whole command, or the beginning of one.

use rhai::{Engine, LexError, ParseError, ParseErrorType, Position, Token};

/// Whether more lines could make a command of `code`, which the engine has refused with `error`.
///
/// Something missing in the middle will still be missing after the next line; only what is missing at the end can be typed.
pub(crate) fn is_incomplete(code: &str, error: &ParseError) -> bool {
    match error.err_type() {
        ParseErrorType::UnexpectedEOF => true,
        // A text in double quotes ends on its line; one in back-ticks may go on.
        ParseErrorType::BadInput(LexError::UnterminatedString) => opens_back_tick(code),
        ParseErrorType::MissingToken(..)
        | ParseErrorType::FnMissingName
        | ParseErrorType::FnMissingParams(..)
        | ParseErrorType::FnMissingBody(..)
        | ParseErrorType::VariableExpected
        | ParseErrorType::PropertyExpected
        | ParseErrorType::ExprExpected(..) => is_at_end(code, error.position()),
        _ => false,
    }
}

/// Whether `code` ends inside of a `/* … */` comment. To the engine that is a whole command.
pub(crate) fn ends_in_comment(engine: &Engine, code: &str) -> bool {
    if !code.contains("/*") {
        return false;
    }
    let inputs = [code];
    let (mut tokens, _) = engine.lex(&inputs);
    while tokens.next().is_some_and(|(token, _)| token != Token::EOF) {}
    tokens.state.comment_level > 0
}

fn opens_back_tick(code: &str) -> bool {
    // Counting is exact here: the engine has found a text that does not end, so an odd number of back-ticks outside of
    // other texts means that the open one is in back-ticks.
    let mut quote = None;
    let mut chars = code.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', Some('"' | '\'')) => drop(chars.next()),
            ('"' | '`', None) => quote = Some(char),
            ('"' | '`', Some(open)) if open == char => quote = None,
            ('\n', Some('"')) => quote = None,
            _ => {}
        }
    }
    quote == Some('`')
}

/// Whether nothing but white space follows `position`.
fn is_at_end(code: &str, position: Position) -> bool {
    let (Some(line), Some(column)) = (position.line(), position.position()) else {
        // The engine gives the end of input no position.
        return true;
    };
    let mut lines = code.split('\n').skip(line - 1);
    let rest = lines.next().unwrap_or("");
    rest.chars().skip(column - 1).all(char::is_whitespace) && lines.all(|line| line.trim().is_empty())
}
