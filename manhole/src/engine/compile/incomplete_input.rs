//! Detects input that is only the beginning of a command.

use rhai::{Engine, LexError, ParseError, ParseErrorType, Position, Token};

use crate::engine::value::lexing::CharClasses;

/// Returns whether more lines could complete `code`, for which the parser returned `error`.
///
/// More lines can only complete the end of the text.
pub(crate) fn is_incomplete(code: &str, error: &ParseError) -> bool {
    match error.err_type() {
        ParseErrorType::UnexpectedEOF => true,
        // A string in double quotes ends on its line, and one in backticks may go on.
        ParseErrorType::BadInput(LexError::UnterminatedString) => opens_backtick(code),
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

/// Returns whether `code` ends inside a `/* … */` comment. The parser takes such code for a whole command.
pub(crate) fn ends_in_comment(engine: &Engine, code: &str) -> bool {
    if !code.contains("/*") {
        return false;
    }
    let inputs = [code];
    let (mut tokens, _) = engine.lex(&inputs);
    while tokens.next().is_some_and(|(token, _)| token != Token::EOF) {}
    tokens.state.comment_level > 0
}

fn opens_backtick(code: &str) -> bool {
    let chars: Vec<_> = code.chars().collect();
    CharClasses::of(&chars).open.is_some_and(|open| chars[open] == '`')
}

/// Returns whether only white space follows `position`.
fn is_at_end(code: &str, position: Position) -> bool {
    let (Some(line), Some(column)) = (position.line(), position.position()) else {
        // The end of input has no position.
        return true;
    };
    let mut lines = code.split('\n').skip(line - 1);
    let rest = lines.next().unwrap_or("");
    rest.chars().skip(column - 1).all(char::is_whitespace) && lines.all(|line| line.trim().is_empty())
}
