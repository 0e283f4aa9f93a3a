//! What went wrong with a command, for the person who typed it: what, where, and what to try.

use std::fmt;

use rhai::{EvalAltResult, Position};

use super::script_error::{ScriptError, ScriptErrorKind};

/// An error of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Diagnostic {
    /// One sentence, without a full stop.
    pub(crate) message: String,
    /// Where in the text.
    pub(crate) location: Option<SourceLocation>,
    /// What to try.
    pub(crate) help: Option<String>,
    pub(crate) kind: ScriptErrorKind,
}

/// A place in the text of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceLocation {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column, counted in characters from 1.
    pub(crate) column: usize,
    /// The function that was running, if one was.
    pub(crate) function: Option<String>,
    /// The script that it is in, if that was imported.
    pub(crate) script: Option<String>,
    /// The text of the line; none if it is not known any more.
    pub(crate) text: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), location: None, help: None, kind: ScriptErrorKind::Runtime }
    }

    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub(crate) fn of_kind(mut self, kind: ScriptErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds the place in `text`, which may be that of an earlier command that defined `function`.
    pub(crate) fn with_location(
        mut self,
        position: Position,
        function: Option<String>,
        text: Option<&str>,
    ) -> Self {
        if let (Some(line), Some(column)) = (position.line(), position.position()) {
            let text = text.and_then(|text| text.lines().nth(line - 1)).map(str::to_owned);
            let column = text.as_ref().map_or(column, |text| after_dot(text, column));
            self.location = Some(SourceLocation { line, column, function, script: None, text });
        }
        self
    }

    /// Adds which script the place is in.
    pub(crate) fn in_script(mut self, script: Option<String>) -> Self {
        if let Some(location) = &mut self.location {
            location.script = script;
        }
        self
    }
}

impl From<ScriptError> for Diagnostic {
    fn from(fault: ScriptError) -> Self {
        Self { message: fault.message, location: None, help: fault.help, kind: fault.kind }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(location) = &self.location {
            write!(f, "\n{location}")?;
        }
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
    }
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(" --> ")?;
        if let Some(script) = &self.script {
            write!(f, "{script}.rhai, ")?;
        }
        write!(f, "line {}, column {}", self.line, self.column)?;
        if let Some(function) = &self.function {
            write!(f, ", in `{function}`")?;
        }
        let Some(text) = &self.text else { return Ok(()) };
        let (excerpt, caret) = excerpt(text, self.column);
        write!(f, "\n  | {excerpt}\n  | {}^", " ".repeat(caret))
    }
}

/// The engine gives a field that it does not know the position of the dot before it: the next word's is meant.
fn after_dot(text: &str, column: usize) -> usize {
    let rest = || text.chars().skip(column.saturating_sub(1));
    let dots = rest().take_while(|char| matches!(char, '.' | '?')).count();
    let spaces = rest().skip(dots).take_while(|char| char.is_whitespace()).count();
    if dots == 0 || rest().nth(dots + spaces).is_none() { column } else { column + dots + spaces }
}

/// The part of a line around `column`, and how far into it the column is.
fn excerpt(text: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 60;
    const WIDTH: usize = 100;
    let at = column.saturating_sub(1);
    let start = at.saturating_sub(BEFORE);
    let mut shown: String = text.chars().skip(start).take(WIDTH).collect();
    // A tab or another control character would move the caret away from what it points to.
    shown = shown.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let mut caret = at - start;
    if start > 0 {
        shown.insert(0, '…');
        caret += 1;
    }
    if text.chars().count() > start + WIDTH {
        shown.push('…');
    }
    (shown, caret)
}

/// An error of the engine with what surrounds it taken off: where it happened, and in which function.
pub(crate) struct LocatedEngineError {
    pub(crate) error: EvalAltResult,
    pub(crate) position: Position,
    pub(crate) function: Option<String>,
    /// The script that was imported and in which it happened.
    pub(crate) script: Option<String>,
}

impl LocatedEngineError {
    pub(crate) fn new(error: EvalAltResult) -> Self {
        let mut current = error;
        let (mut function, mut script) = (None, None);
        loop {
            match current {
                EvalAltResult::ErrorInFunctionCall(name, source, inner, _) => {
                    function = Some(name);
                    script = Some(source).filter(|source| !source.is_empty());
                    current = *inner;
                }
                EvalAltResult::ErrorInModule(name, inner, _) => {
                    (function, script) = (None, Some(name));
                    current = *inner;
                }
                mut error => {
                    let position = error.take_position();
                    return Self { error, position, function, script };
                }
            }
        }
    }
}

/// The engine's names of types as a script's author knows them.
pub(crate) fn plain_types(text: &str) -> String {
    text.replace("&str | ImmutableString | String", "String").replace("ImmutableString", "String")
}

/// A list of such names, as they are put into a sentence.
pub(crate) fn in_words(types: &str) -> String {
    let text = plain_types(types);
    // Of the three names that are ours or nobody's, as words in a list.
    let words = text.split(", ").map(|word| match word {
        "live value" => "a live value",
        "Query" => "a query",
        "Fn" => "a function",
        word => word,
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stays_under_its_character_in_long_lines() {
        let text = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let (shown, caret) = excerpt(&text, 501);
        assert_eq!(shown.chars().nth(caret), Some('x'));
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        let (shown, caret) = excerpt("é\tx", 3);
        assert_eq!((shown.as_str(), caret), ("é x", 2));
    }

    #[test]
    fn an_error_says_what_where_and_what_to_try() {
        let diagnosis = Diagnostic::new("no")
            .with_location(Position::new(2, 3), None, Some("first\nsecond"))
            .with_help(Some("yes".to_owned()));
        assert_eq!(diagnosis.to_string(), "error: no\n --> line 2, column 3\n  | second\n  |   ^\nhelp: yes");
    }
}
