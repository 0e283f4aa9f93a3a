//! The fields of spans and events, as text.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};

/// The length of all fields of a span or event.
const MAX_BYTES: usize = 1_024;

/// Writes fields as `name=value`, separated by spaces. The message of an event comes without its name.
pub(super) struct FieldText<'a>(pub(super) &'a mut String);

impl Visit for FieldText<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let separator = if self.0.is_empty() { "" } else { " " };
        let mut text = Bounded(self.0);
        // It ends where the text is long enough.
        let _ = if field.name() == "message" {
            write!(text, "{separator}{value:?}")
        } else {
            write!(text, "{separator}{}={value:?}", field.name())
        };
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
