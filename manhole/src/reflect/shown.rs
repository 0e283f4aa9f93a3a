//! Texts that stand for a value, cut where they become longer than anybody reads.

use std::fmt::{self, Write};

use super::Shape;

/// As much as an answer may have in all. What formats itself is the application's code, and nothing else bounds what it writes.
const LONGEST: usize = 64 * 1024;

impl Shape<'_> {
    /// A value that is seen as the text it writes, of which no more is written than can be shown.
    #[must_use]
    pub fn shown(text: fmt::Arguments<'_>) -> Self {
        Self::Shown(bounded(text))
    }
}

/// The text, up to its 64th KiB. Where it is cut it ends with `…`.
pub(super) fn bounded(text: fmt::Arguments<'_>) -> String {
    let mut taken = Bounded { text: String::new(), cut: false };
    // An error of the formatter itself leaves what was written before it.
    let _ = taken.write_fmt(text);
    if taken.cut {
        taken.text.push('…');
    }
    taken.text
}

/// Takes what is written and refuses what is too much, so that who writes stops.
struct Bounded {
    text: String,
    cut: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = LONGEST - self.text.len();
        if !self.cut && more.len() <= left {
            self.text.push_str(more);
            return Ok(());
        }
        if !self.cut {
            let end = (0..=left).rev().find(|end| more.is_char_boundary(*end)).unwrap_or(0);
            self.text.push_str(&more[..end]);
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

    #[test]
    fn a_text_is_cut_between_characters_and_whoever_writes_it_is_stopped() {
        let text = bounded(format_args!("Err({Endless})"));
        assert!(text.starts_with("Err(äöü") && text.ends_with('…'), "{}", text.len());
        assert!(text.len() <= LONGEST + '…'.len_utf8());
        assert_eq!(bounded(format_args!("{}..{}", 1, 2)), "1..2");
    }
}
