//! The fields of spans and events, as text.

use std::fmt::{self, Write};

use tracing::field::{Field, FieldSet, Visit};

/// The length of all fields of a span or event.
const MAX_BYTES: usize = 1_024;
/// The room that is made for them at first.
const USUAL_BYTES: usize = 64;

/// Writes fields as `name=value`, separated by spaces. The message of an event comes without its name.
pub(super) struct FieldText<'a>(pub(super) &'a mut String);

impl FieldText<'_> {
    /// Returns a text with room for the usual fields.
    pub(super) fn room(fields: &FieldSet) -> String {
        if fields.is_empty() { String::new() } else { String::with_capacity(USUAL_BYTES) }
    }

    /// Writes the name of a field, as far as there is room.
    fn begin(&mut self, field: &Field) -> Bounded<'_> {
        let is_first = self.0.is_empty();
        let mut text = Bounded(self.0);
        let parts = [if is_first { "" } else { " " }, field.name(), "="];
        // The message has no name.
        let parts = if field.name() == "message" { &parts[..1] } else { &parts[..] };
        // It ends where the text is long enough.
        let _ = parts.iter().try_for_each(|part| text.write_str(part));
        text
    }
}

impl Visit for FieldText<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let mut text = self.begin(field);
        // As its `Debug` does, which looks at each character by itself.
        let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
        let is_message = field.name() == "message";
        let _ = if is_message {
            text.write_str(value)
        } else if is_plain {
            ["\"", value, "\""].into_iter().try_for_each(|part| text.write_str(part))
        } else {
            write!(text, "{value:?}")
        };
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let _ = self.begin(field).write_str(if value { "true" } else { "false" });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.begin(field), "{value:?}");
    }
}

/// A text that takes no more than [`MAX_BYTES`].
struct Bounded<'a>(&'a mut String);

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = MAX_BYTES.saturating_sub(self.0.len());
        if text.len() <= left {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=left).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        self.0.push_str(&text[..end]);
        if !self.0.ends_with('…') {
            self.0.push('…');
        }
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends() {
        let mut text = "ä".repeat(MAX_BYTES / 2 - 1);
        assert!(write!(Bounded(&mut text), "x").is_ok());
        assert!(write!(Bounded(&mut text), "äöü").is_err());
        assert!(write!(Bounded(&mut text), "äöü").is_err());
        assert_eq!(text.chars().rev().take(3).collect::<String>(), "…xä");
        assert!(text.len() < MAX_BYTES + 8);
    }
}
