//! Reports of failed commands: message, source location with a caret, and help.

use std::fmt;

use manhole_protocol::text::clean;
use rhai::{EvalAltResult, Position};
use unicode_width::UnicodeWidthStr;

use super::script_error::ScriptError;

/// An error of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Diagnostic {
    pub(crate) error: ScriptError,
    pub(crate) location: Option<SourceLocation>,
}

/// A location in the text of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceLocation {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column, counted in characters from 1.
    pub(crate) column: usize,
    /// The script function around the location.
    pub(crate) function: Option<String>,
    /// The imported script around the location.
    pub(crate) script: Option<String>,
    /// The text of the line, if it is still known.
    pub(crate) text: Option<String>,
}

impl Diagnostic {
    /// Creates an error without location and help.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        ScriptError::new(message).into()
    }

    /// Adds the location in `text`. For an error inside `function`, that is the command that defined it.
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

    /// Adds the imported script around the location.
    pub(crate) fn in_script(mut self, script: Option<String>) -> Self {
        if let Some(location) = &mut self.location {
            location.script = script;
        }
        self
    }
}

impl From<ScriptError> for Diagnostic {
    fn from(error: ScriptError) -> Self {
        Self { error, location: None }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.error.message)?;
        if let Some(location) = &self.location {
            write!(f, "\n{location}")?;
        }
        self.error.help.as_ref().map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
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

/// Returns the column of the name after the dot at `column`, or `column` if there is none. The engine reports an
/// unknown field at its dot.
fn after_dot(text: &str, column: usize) -> usize {
    let rest: String = text.chars().skip(column.saturating_sub(1)).collect();
    let Some(name) = rest.strip_prefix("?.").or_else(|| rest.strip_prefix('.')).map(str::trim_start) else {
        return column;
    };
    if name.is_empty() { column } else { column + rest.chars().count() - name.chars().count() }
}

/// Returns the part of a line around `column`, and the width of that part up to the column in terminal cells.
fn excerpt(text: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 60;
    const WIDTH: usize = 100;
    let at = column.saturating_sub(1);
    let start = at.saturating_sub(BEFORE);
    // As a terminal gets it; a tab would move the caret away from its character.
    let text = clean(text);
    let printable = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    let mut line = if start > 0 { "…".to_owned() } else { String::new() };
    let mut rest = printable.skip(start);
    line.extend(rest.by_ref().take(at - start));
    let caret = line.width();
    line.extend(rest.by_ref().take(WIDTH - (at - start)));
    if rest.next().is_some() {
        line.push('…');
    }
    (line, caret)
}

/// An error of the engine without the calls around it, with the innermost location, function and script.
pub(crate) struct LocatedEngineError {
    pub(crate) error: EvalAltResult,
    pub(crate) position: Position,
    pub(crate) function: Option<String>,
    /// The imported script around the location.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stays_under_its_character_in_long_lines() {
        let text = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let (line, caret) = excerpt(&text, 501);
        assert_eq!(line.chars().nth(caret), Some('x'));
        assert!(line.starts_with('…') && line.ends_with('…'));
        let (line, caret) = excerpt("é\tx", 3);
        assert_eq!((line.as_str(), caret), ("é x", 2));
    }

    #[test]
    fn the_caret_stays_under_its_character_after_wide_and_combining_characters() {
        assert_eq!(excerpt("\"日本\" x", 6).1, 7);
        assert_eq!(excerpt("\"e\u{301}\" x", 6).1, 4);
    }

    #[test]
    fn an_unknown_field_is_located_after_its_dot() {
        for (text, column, located) in
            [("a.b", 2, 3), ("a ?. b", 3, 6), ("?gizmo", 1, 1), ("a.", 2, 2), ("a ? b", 3, 3), ("é. x", 2, 4)]
        {
            assert_eq!(after_dot(text, column), located, "{text}");
        }
    }

    #[test]
    fn an_error_shows_message_location_and_help() {
        let diagnostic = Diagnostic::from(ScriptError::new("no").with_help("yes")).with_location(
            Position::new(2, 3),
            None,
            Some("first\nsecond"),
        );
        assert_eq!(
            diagnostic.to_string(),
            "error: no\n --> line 2, column 3\n  | second\n  |   ^\nhelp: yes"
        );
    }
}
