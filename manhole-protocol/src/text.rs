//! Text on its way to a terminal: what an application, a client or a file name contains must not control it.

use std::borrow::Cow;

/// Returns whether `char` controls a terminal, or changes the order in which it shows text.
fn is_control(char: char) -> bool {
    let is_direction = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_direction || (char.is_control() && !matches!(char, '\n' | '\t'))
}

/// Replaces each character that controls a terminal by U+FFFD: control characters other than line feed and tab, and those that
/// override or isolate the direction of text.
///
/// ```
/// use manhole_protocol::text::clean;
///
/// assert_eq!(clean("a\tb\nc"), "a\tb\nc");
/// assert_eq!(clean("\u{1b}[2J"), "\u{fffd}[2J");
/// ```
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_control) { text.replace(is_control, "\u{fffd}").into() } else { text.into() }
}

/// Escapes the same characters in JSON, without a change of its meaning. Those that JSON itself forbids in a string are escaped already.
///
/// ```
/// use manhole_protocol::text::escape_json;
///
/// assert_eq!(escape_json("\"\u{9b}2J\"".to_owned()), r#""\u009b2J""#);
/// ```
#[must_use]
pub fn escape_json(json: String) -> String {
    if !json.contains(is_control) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for char in json.chars() {
        if is_control(char) && char != '\r' {
            escaped += &format!("\\u{:04x}", u32::from(char));
        } else {
            escaped.push(char);
        }
    }
    escaped
}

/// Breaks lines between words, so that they have at most `columns` characters where that is possible.
///
/// A line goes on below the second of two cells with two spaces between them, or below its beginning.
///
/// ```
/// use manhole_protocol::text::wrap;
///
/// assert_eq!(wrap("  len()  returns the number of items\n", 28), "  len()  returns the number\n         of items\n");
/// ```
#[must_use]
pub fn wrap(text: &str, columns: usize) -> String {
    text.split_inclusive('\n').map(|line| wrap_line(line, columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> String {
    if line.trim_end_matches('\n').chars().count() <= columns {
        return line.to_owned();
    }
    let start = line.len() - line.trim_start().len();
    let second = line[start..].find("  ").map(|gap| {
        let gap = start + gap;
        line.len() - line[gap..].trim_start().len()
    });
    let indent = second.map(|second| line[..second].chars().count());
    let indent = " ".repeat(indent.filter(|indent| *indent <= columns / 2).unwrap_or(start.min(columns / 2)));
    let (mut out, mut used, mut has_word) = (String::new(), 0, false);
    for word in line.split_inclusive([' ', '\n']) {
        let width = word.trim_end().chars().count();
        if has_word && width > 0 && used + width > columns {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out += &indent;
            used = indent.len();
        }
        has_word |= width > 0;
        out += word;
        used += word.chars().count();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left() {
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').chain('\u{202a}'..='\u{202e}');
        let controls: Vec<_> =
            controls.chain('\u{2066}'..='\u{2069}').filter(|char| !"\n\t".contains(*char)).collect();
        assert_eq!(controls.len(), 30 + 33 + 5 + 4);
        for char in controls {
            let text = format!("a{char}b");
            assert_eq!(clean(&text), "a\u{fffd}b", "{char:?}");
            let json = escape_json(serde_json::to_string(&text).unwrap());
            assert!(!json.contains(is_control), "{json:?}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn other_text_is_kept() {
        for text in ["", "a\tb\nc", "日本 é e\u{301} 👩‍👩‍👧 \u{a0}", "שלום \u{200f}"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
            assert_eq!(escape_json(text.to_owned()), text);
        }
    }

    #[test]
    fn lines_break_between_words() {
        for (text, columns, expected) in [
            ("short\n", 10, "short\n"),
            ("one two three\n", 8, "one two\nthree\n"),
            ("  one two three", 9, "  one two\n  three"),
            ("  a()  one two three\n", 16, "  a()  one two\n       three\n"),
            ("  a_long_name()  one two\n", 20, "  a_long_name()  one\n  two\n"),
            ("a_word_beyond_the_columns b\n", 8, "a_word_beyond_the_columns\nb\n"),
            ("", 8, ""),
        ] {
            assert_eq!(wrap(text, columns), expected, "{text:?}");
        }
    }
}
