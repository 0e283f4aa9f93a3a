//! Formats the application's `Debug` and `Display` output: limits its length, and removes control characters.

use std::fmt::{self, Write};

use super::placeholder;

/// The maximum length of the application's text. Nothing else limits the output of the application's formatting code.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Formats up to 64 KiB, and ends a longer text with `…`.
pub(crate) fn sanitize(text: fmt::Arguments<'_>) -> String {
    let mut writer = TruncatingWriter { text: String::new(), cut: false };
    match writer.write_fmt(text) {
        Err(_) if !writer.cut => placeholder::text(placeholder::FORMAT_ERROR),
        _ => strip_control_chars(writer.text) + if writer.cut { "…" } else { "" },
    }
}

/// Returns the longest beginning of `text` that has at most `max_bytes` and ends between two characters.
pub(crate) fn prefix(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Replaces control characters, which would control the client's terminal: the text may be from an untrusted source.
fn strip_control_chars(text: String) -> String {
    let controls = |char: char| char.is_control() && !"\n\t".contains(char);
    if text.contains(controls) { text.replace(controls, "\u{fffd}") } else { text }
}

/// Keeps the beginning of a text and fails the rest, so that the formatting code stops.
struct TruncatingWriter {
    text: String,
    cut: bool,
}

impl Write for TruncatingWriter {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = MAX_TEXT_BYTES - self.text.len();
        if !self.cut && more.len() <= left {
            self.text.push_str(more);
            return Ok(());
        }
        if !self.cut {
            self.text.push_str(prefix(more, left));
            self.cut = true;
        }
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes without end, until it is stopped.
    struct Endless;

    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("äöü")?;
            }
        }
    }

    struct Broken;

    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    #[test]
    fn a_formatting_error_is_a_placeholder() {
        assert_eq!(sanitize(format_args!("a {Broken}")), "<format error>");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_its_writer_stopped() {
        let text = sanitize(format_args!("Err({Endless})"));
        assert!(text.starts_with("Err(äöü") && text.ends_with('…'), "{}", text.len());
        assert!(text.len() <= MAX_TEXT_BYTES + '…'.len_utf8());
        assert_eq!(sanitize(format_args!("a\x1b[2Jb\tc\nd\re")), "a\u{fffd}[2Jb\tc\nd\u{fffd}e");
        let exact = "a".repeat(MAX_TEXT_BYTES);
        assert_eq!(sanitize(format_args!("{exact}")), exact);
        assert_eq!(sanitize(format_args!("{}..{}", 1, 2)), "1..2");
    }
}
