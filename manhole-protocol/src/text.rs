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
}
