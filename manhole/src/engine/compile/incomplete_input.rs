//! Detects input that is only the beginning of a command.

use rhai::{LexError, ParseError, ParseErrorType, Position};

use super::input_scanner::InputScanner;

/// Returns whether more lines could complete `code`, for which the parser returned `error`.
///
/// More lines can only complete the end of the text.
pub(crate) fn is_incomplete(code: &str, error: &ParseError) -> bool {
    match error.err_type() {
        ParseErrorType::UnexpectedEOF => true,
        ParseErrorType::BadInput(LexError::UnterminatedString) => InputScanner::of(code).is_in_string(),
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
