//! Highlights the syntax of commands and values.

use manhole_protocol::text::clean;
use nu_ansi_term::{Color, Style};

use super::colors::Colors;

const KEYWORDS: &[&str] = &[
    "as", "break", "catch", "const", "continue", "do", "else", "export", "false", "fn", "for", "if",
    "import", "in", "let", "loop", "None", "private", "return", "switch", "this", "throw", "true", "try",
    "until", "while",
];

/// Splits a text into spans of one style each.
pub(crate) fn spans(line: &str) -> Vec<(Style, String)> {
    let chars: Vec<char> = line.chars().collect();
    let mut spans: Vec<(Style, String)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let style = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => {
                at += chars[at..].iter().position(|char| *char == '\n').unwrap_or(chars.len() - at);
                Style::new().dimmed()
            }
            quote @ ('"' | '`') => {
                at += 1;
                while at < chars.len() && chars[at] != quote {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                at = (at + 1).min(chars.len());
                Color::Green.normal()
            }
            '\'' if chars.get(at + 2) == Some(&'\'') => {
                at += 3;
                Color::Green.normal()
            }
            '<' if placeholder_length(&chars[at..]).is_some() => {
                at += placeholder_length(&chars[at..]).unwrap_or(1);
                Color::Yellow.normal()
            }
            digit if digit.is_ascii_digit() => {
                while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
                Color::Cyan.normal()
            }
            first if first.is_alphabetic() || first == '_' => {
                while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
                let word: String = chars[start..at].iter().collect();
                if KEYWORDS.contains(&word.as_str()) {
                    Color::Purple.normal()
                } else if chars.get(at) == Some(&'(') {
                    Color::Blue.normal()
                } else {
                    Style::new()
                }
            }
            _ => {
                at += 1;
                Style::new()
            }
        };
        let text: String = chars[start..at].iter().collect();
        match spans.last_mut() {
            Some((known, last)) if *known == style => last.push_str(&text),
            _ => spans.push((style, text)),
        }
    }
    spans
}

/// Returns the length of a placeholder such as `<secret>` at the beginning.
fn placeholder_length(chars: &[char]) -> Option<usize> {
    let end = chars.iter().position(|char| *char == '>')?;
    (end > 1 && chars[1..end].iter().all(char::is_ascii_lowercase)).then_some(end + 1)
}

/// Highlights a value, without control characters, if colors are on.
pub(crate) fn value(text: &str, colors: Colors) -> Vec<(Style, String)> {
    let text = clean(text);
    if colors.are_on() { spans(&text) } else { vec![(Style::new(), text.into_owned())] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_added() {
        for text in ["", "let x = \"a\\", "a.b(1) // c", "'x' '", "<secret> < 5", "Gizmo { n: 1.5e3 }\n\"é\""]
        {
            let joined: String = spans(text).into_iter().map(|(_, text)| text).collect();
            assert_eq!(joined, text);
        }
    }

    #[test]
    fn words_texts_and_numbers_differ() {
        let style = |text: &str, part: &str| {
            spans(text).into_iter().find(|(_, text)| text == part).map(|(style, _)| style)
        };
        assert_eq!(style("let x = 1", "let"), Some(Color::Purple.normal()));
        assert_eq!(style("x.len()", "len"), Some(Color::Blue.normal()));
        assert_eq!(style("\"let\"", "\"let\""), Some(Color::Green.normal()));
        assert_eq!(style("x: <secret>", "<secret>"), Some(Color::Yellow.normal()));
    }
}
