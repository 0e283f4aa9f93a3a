//! Texts that stand for a value, cut where they become longer than anybody reads.

use std::fmt::{self, Write};

/// As much as an answer may have in all. What formats itself is the application's code, and nothing else bounds what it writes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// The text, up to its 64th KiB. Where it is cut it ends with `…`.
pub(crate) fn sanitize(text: fmt::Arguments<'_>) -> String {
    let mut taken = TruncatingWriter { text: String::new(), cut: false };
    match taken.write_fmt(text) {
        Err(_) if !taken.cut => "<not shown: it reports an error when it is written>".to_owned(),
        _ => strip_control_chars(taken.text) + if taken.cut { "…" } else { "" },
    }
}

/// The text without what would control the terminal that it is shown on: it may have come to the program from anywhere.
fn strip_control_chars(text: String) -> String {
    let controls = |char: char| char.is_control() && !"\n\t".contains(char);
    if text.contains(controls) { text.replace(controls, "\u{fffd}") } else { text }
}

/// Takes what is written and refuses what is too much, so that who writes stops.
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
            self.text.push_str(&more[..more.floor_char_boundary(left)]);
            self.cut = true;
        }
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes for ever, until it is stopped.
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
    fn what_cannot_be_written_says_so() {
        assert_eq!(
            sanitize(format_args!("a {Broken}")),
            "<not shown: it reports an error when it is written>"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters_and_whoever_writes_it_is_stopped() {
        let text = sanitize(format_args!("Err({Endless})"));
        assert!(text.starts_with("Err(äöü") && text.ends_with('…'), "{}", text.len());
        assert!(text.len() <= MAX_TEXT_BYTES + '…'.len_utf8());
        assert_eq!(sanitize(format_args!("a\x1b[2Jb\tc\nd\re")), "a\u{fffd}[2Jb\tc\nd\u{fffd}e");
        let exact = "a".repeat(MAX_TEXT_BYTES);
        assert_eq!(sanitize(format_args!("{exact}")), exact);
        assert_eq!(sanitize(format_args!("{}..{}", 1, 2)), "1..2");
    }
}
