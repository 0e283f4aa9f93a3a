//! Turns a row into editable text, which the user can change and write back.

use manhole_protocol::methods::ValueKind;

use super::rows::{Row, RowState};

impl Row {
    /// Returns the path and its value as script source. The source is empty if the row does not show the whole value.
    ///
    /// # Errors
    ///
    /// If the value cannot be written; the error says why.
    pub(crate) fn editable_text(&self) -> Result<(String, String), String> {
        let text = self.text.as_str();
        let Some(path) = self.path.clone().filter(|_| self.state != RowState::More) else {
            return Err("cannot edit this row: it has no path".to_owned());
        };
        if is_placeholder(text) {
            return Err(format!("cannot edit {text}: the value is hidden"));
        }
        let source = match (self.state, self.kind) {
            (RowState::Leaf, _) if is_whole(text) => to_source(text),
            // The new variant may have other fields.
            (RowState::Leaf, _) | (_, ValueKind::Enum | ValueKind::Option) => String::new(),
            (_, ValueKind::List | ValueKind::Map | ValueKind::Set) => {
                return Err("cannot edit a collection as a whole: open it and edit its items".to_owned());
            }
            _ => return Err("cannot edit a struct as a whole: open it and edit its fields".to_owned()),
        };
        Ok((path, source))
    }
}

/// Returns whether a text stands for a value that is not shown, such as `<secret>`.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// Returns whether a text is the whole value in a form that a script can contain.
fn is_whole(text: &str) -> bool {
    let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let is_cut = text.contains('…') && !is_quoted('"') && !is_quoted('\'');
    let has_parts = text.starts_with(char::is_alphabetic) && text.contains(['{', '(', '[']);
    !(is_cut || has_parts && !text.starts_with("Some(") || text.starts_with('<'))
}

/// Quotes a value that is neither a number nor a keyword.
fn to_source(text: &str) -> String {
    let is_bare = text.starts_with(char::is_alphanumeric)
        && !text.starts_with("Some(")
        && text.parse::<f64>().is_err()
        && !["true", "false", "None"].contains(&text);
    if is_bare { format!("{text:?}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, state: RowState, kind: ValueKind) -> Row {
        Row {
            depth: 0,
            label: "x".to_owned(),
            text: text.to_owned(),
            type_name: "X".to_owned(),
            kind,
            path: (state != RowState::Problem).then(|| "x".to_owned()),
            state,
            changed: false,
        }
    }

    #[test]
    fn editable_text_can_be_written_back() {
        for (text, source) in [
            ("7", "7"),
            ("-1.5", "-1.5"),
            ("true", "true"),
            ("\"x\"", "\"x\""),
            ("\"x…\"", "\"x…\""),
            ("1.5s", "\"1.5s\""),
            ("Idle", "\"Idle\""),
            ("None", "None"),
            ("Some(5)", "Some(5)"),
            // The row does not show the whole value.
            ("\"x\"… (5 more bytes)", ""),
            ("Point { x: 1 }", ""),
            ("Config { limit: 100, … }", ""),
            ("<poisoned> 5", ""),
        ] {
            let found = row(text, RowState::Leaf, ValueKind::Leaf).editable_text();
            assert_eq!(found, Ok(("x".to_owned(), source.to_owned())), "{text}");
        }
        let job = row("Busy { job: 1 }", RowState::Closed, ValueKind::Enum);
        assert_eq!(job.editable_text(), Ok(("x".to_owned(), String::new())));
    }

    #[test]
    fn a_value_that_cannot_be_edited_reports_why() {
        let no_path = "cannot edit this row: it has no path";
        for (row, why) in [
            (row("<secret>", RowState::Leaf, ValueKind::Leaf), "cannot edit <secret>: the value is hidden"),
            (row("<admin>", RowState::Leaf, ValueKind::Leaf), "cannot edit <admin>: the value is hidden"),
            (
                row("Config { limit: 1 }", RowState::Open, ValueKind::Struct),
                "cannot edit a struct as a whole: open it and edit its fields",
            ),
            (
                row("[1, 2]", RowState::Closed, ValueKind::List),
                "cannot edit a collection as a whole: open it and edit its items",
            ),
            (row("5 more", RowState::More, ValueKind::Other), no_path),
            (row("there is no x", RowState::Problem, ValueKind::Other), no_path),
        ] {
            assert_eq!(row.editable_text(), Err(why.to_owned()), "{row:?}");
        }
    }
}
