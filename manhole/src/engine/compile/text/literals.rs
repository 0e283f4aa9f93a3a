//! Literals that only Rust has: `1u64`, `b'a'`, `b"…"`, `r"…"`, `"\u{1F600}"`.

use std::fmt::Write as _;

use super::token::TokenKind;

/// Returns the literal of the script language, or `None` if `text` is one.
pub(crate) fn translate(kind: TokenKind, text: &str) -> Option<String> {
    match kind {
        TokenKind::Number => number(text),
        TokenKind::Text => quoted(text),
        TokenKind::Char => match text.strip_prefix('b') {
            Some(byte) => {
                let byte = unescape(byte.strip_prefix('\'')?.strip_suffix('\'')?);
                Some(u32::from(char::from_u32(byte.chars().next()?.into())?).to_string())
            }
            None => quoted(text),
        },
        TokenKind::RawText => {
            let text = text.strip_prefix('r')?;
            // A raw string of the script language has at least one `#`.
            Some(if text.starts_with('"') { format!("#{text}#") } else { text.to_owned() })
        }
        TokenKind::Bytes => Some(bytes(text)),
        TokenKind::Time => Some(format!("__time(\"{text}\")")),
        _ => None,
    }
}

/// The suffixes of integers.
pub(crate) const INTEGERS: &[&str] =
    &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];

/// Returns a number as the script language has it.
fn number(text: &str) -> Option<String> {
    large(text).or_else(|| without_suffix(text))
}

/// Returns the digits of a number with a prefix that the script language reads as a negative one: `0xcbf29ce484222325_u64`.
fn large(text: &str) -> Option<String> {
    let radix = match text.get(..2)? {
        "0x" => 16,
        "0o" => 8,
        "0b" => 2,
        _ => return None,
    };
    let digits = INTEGERS.iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
    let digits: String = digits[2..].chars().filter(|char| *char != '_').collect();
    let value = u128::from_str_radix(&digits, radix).ok()?;
    i64::try_from(value).is_err().then(|| value.to_string())
}

/// Removes the suffix of a number.
fn without_suffix(text: &str) -> Option<String> {
    let plain = |suffix: &'static str| text.strip_suffix(suffix).filter(|number| is_number(number));
    if let Some(number) = INTEGERS.iter().find_map(|suffix| plain(suffix)) {
        return Some(number.trim_end_matches('_').to_owned());
    }
    let number = ["f32", "f64"].into_iter().find_map(plain)?;
    if number.starts_with("0x") {
        return None;
    }
    let number = number.trim_end_matches('_');
    Some(if number.contains(['.', 'e', 'E']) { number.to_owned() } else { format!("{number}.0") })
}

fn is_number(text: &str) -> bool {
    let prefix = ["0x", "0o", "0b"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let digits = prefix.unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_hexdigit())
}

/// Changes the escapes that only Rust has.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let other = if quote == '"' { "\\'" } else { "\\\"" };
    if !["\\u{", "\\0", other].iter().any(|escape| text.contains(escape)) {
        return None;
    }
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut new = String::from(quote);
    for char in unescape(inner).chars() {
        match char {
            '\\' => new += "\\\\",
            _ if char == quote => new.extend(['\\', quote]),
            '\n' => new += "\\n",
            '\r' => new += "\\r",
            '\t' => new += "\\t",
            _ if char.is_control() => {
                let _ = write!(new, "\\U{:08x}", u32::from(char));
            }
            _ => new.push(char),
        }
    }
    new.push(quote);
    Some(new)
}

/// Returns a text without its escapes.
pub(crate) fn unescape(text: &str) -> String {
    let (mut plain, mut chars) = (String::with_capacity(text.len()), text.chars().peekable());
    while let Some(char) = chars.next() {
        if char != '\\' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                plain.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some('u') if chars.next_if_eq(&'{').is_some() => {
                let digits: String = chars.by_ref().take_while(|char| *char != '}').collect();
                plain.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some(marker @ ('u' | 'U')) => {
                let digits: String = chars.by_ref().take(if marker == 'u' { 4 } else { 8 }).collect();
                plain.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            // A line that goes on.
            Some('\n') => while chars.next_if(|char| char.is_whitespace()).is_some() {},
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

/// Returns the expression for a byte string.
fn bytes(text: &str) -> String {
    let text = text.strip_prefix('b').unwrap_or(text);
    let inner = |text: &str| text.get(1..text.len() - 1).unwrap_or_default().to_owned();
    let plain = match text.strip_prefix('r') {
        Some(raw) => {
            let hashes = raw.find('"').unwrap_or_default();
            inner(&raw[hashes..raw.len() - hashes])
        }
        None => unescape(&inner(text)),
    };
    // A character above `\x7f` is an escape of one byte, or was typed and has several.
    let bytes = plain.chars().flat_map(|char| match u8::try_from(char) {
        Ok(byte) => vec![byte],
        Err(_) => char.to_string().into_bytes(),
    });
    let hex: String = bytes.map(|byte| format!("{byte:02x}")).collect();
    format!("__bytes(\"{hex}\")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_rust_become_literals_of_the_language() {
        for (kind, rust, script) in [
            (TokenKind::Number, "1u64", Some("1")),
            (TokenKind::Number, "1_000_i32", Some("1_000")),
            (TokenKind::Number, "0xffu8", Some("0xff")),
            (TokenKind::Number, "2f64", Some("2.0")),
            (TokenKind::Number, "2.5f32", Some("2.5")),
            (TokenKind::Number, "0x1f32", None),
            (TokenKind::Number, "17", None),
            (TokenKind::Char, "b'a'", Some("97")),
            (TokenKind::Char, "b'\\n'", Some("10")),
            (TokenKind::Char, "'c'", None),
            (TokenKind::Char, "'\\u{e9}'", Some("'é'")),
            (TokenKind::Text, "\"a\\tb\"", None),
            (TokenKind::Text, "\"\\u{1F600}\\\"\"", Some("\"😀\\\"\"")),
            (TokenKind::RawText, "r\"a\\b\"", Some("#\"a\\b\"#")),
            (TokenKind::RawText, "r#\"a\"#", Some("#\"a\"#")),
            (TokenKind::RawText, "#\"a\"#", None),
            (TokenKind::Bytes, "b\"ab\\xff\\0\\\"\"", Some("__bytes(\"6162ff0022\")")),
            (TokenKind::Bytes, "br#\"\\\"#", Some("__bytes(\"5c\")")),
        ] {
            assert_eq!(translate(kind, rust).as_deref(), script, "{rust}");
        }
    }
}
