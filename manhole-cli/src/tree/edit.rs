//! What of a row can be typed again.

use manhole_protocol::methods::ValueKind;

use super::rows::{Row, State};

impl Row {
    /// The path to write to, and what stands there as it would be typed; nothing, where that is not known as a whole. Or why
    /// it cannot be written.
    pub(crate) fn editable_text(&self) -> Result<(String, String), String> {
        let text = self.text.as_str();
        let Some(path) = self.path.clone().filter(|_| self.state != State::More) else {
            return Err("no path leads there, so it cannot be written".to_owned());
        };
        if is_placeholder(text) {
            return Err(format!("it is {text}: what is not shown is not edited"));
        }
        let editable_text = match (self.state, self.kind) {
            (State::Leaf, _) if is_whole(text) => editable_text(text),
            // Another variant has other fields.
            (State::Leaf, _) | (_, ValueKind::Enum | ValueKind::Option) => String::new(),
            (_, ValueKind::List | ValueKind::Map | ValueKind::Set) => {
                return Err("open it and edit its items".to_owned());
            }
            _ => return Err("open it and edit its fields".to_owned()),
        };
        Ok((path, editable_text))
    }
}

/// Whether it says why there is no value: `<secret>`, `<locked>`.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// Whether it is all of the value, and can be read again.
fn is_whole(text: &str) -> bool {
    let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let is_cut = text.contains('…') && !is_quoted('"') && !is_quoted('\'');
    let has_parts = text.starts_with(char::is_alphabetic) && text.contains(['{', '(', '[']);
    !(is_cut || has_parts && !text.starts_with("Some(") || text.starts_with('<'))
}

/// The value as it would be typed: what is neither a number nor a word of the language stands in quotes.
fn editable_text(text: &str) -> String {
    let is_bare = text.starts_with(char::is_alphanumeric)
        && !text.starts_with("Some(")
        && text.parse::<f64>().is_err()
        && !["true", "false", "None"].contains(&text);
    if is_bare { format!("{text:?}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, state: State, kind: ValueKind) -> Row {
        Row {
            depth: 0,
            label: "x".to_owned(),
            text: text.to_owned(),
            type_name: "X".to_owned(),
            kind,
            path: (state != State::Problem).then(|| "x".to_owned()),
            state,
            changed: false,
        }
    }

    #[test]
    fn what_is_edited_can_be_written_back() {
        for (text, editable_text) in [
            ("7", "7"),
            ("-1.5", "-1.5"),
            ("true", "true"),
            ("\"x\"", "\"x\""),
            ("\"x…\"", "\"x…\""),
            ("1.5s", "\"1.5s\""),
            ("Idle", "\"Idle\""),
            ("None", "None"),
            ("Some(5)", "Some(5)"),
            // What it would have to be is not known.
            ("\"x\"… (5 more bytes)", ""),
            ("Point { x: 1 }", ""),
            ("Config { limit: 100, … }", ""),
            ("<poisoned> 5", ""),
        ] {
            let seen = row(text, State::Leaf, ValueKind::Leaf).editable_text();
            assert_eq!(seen, Ok(("x".to_owned(), editable_text.to_owned())), "{text}");
        }
        let job = row("Busy { job: 1 }", State::Closed, ValueKind::Enum);
        assert_eq!(job.editable_text(), Ok(("x".to_owned(), String::new())));
    }

    #[test]
    fn what_cannot_be_written_as_a_whole_says_so() {
        let no_path = "no path leads there, so it cannot be written";
        for (row, why) in [
            (
                row("<secret>", State::Leaf, ValueKind::Leaf),
                "it is <secret>: what is not shown is not edited",
            ),
            (row("<admin>", State::Leaf, ValueKind::Leaf), "it is <admin>: what is not shown is not edited"),
            (row("Config { limit: 1 }", State::Open, ValueKind::Struct), "open it and edit its fields"),
            (row("[1, 2]", State::Closed, ValueKind::List), "open it and edit its items"),
            (row("5 more", State::More, ValueKind::Other), no_path),
            (row("there is no x", State::Problem, ValueKind::Other), no_path),
        ] {
            assert_eq!(row.editable_text(), Err(why.to_owned()), "{row:?}");
        }
    }
}
