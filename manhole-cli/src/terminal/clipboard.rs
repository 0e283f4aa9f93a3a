//! Copies text with the terminal's own clipboard, which also works over ssh.

use std::io::{self, Write};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Asks the terminal to copy a text (OSC 52). The terminal does not report whether it has.
pub(crate) fn copy(text: &str) -> io::Result<()> {
    let mut output = io::stdout();
    write!(output, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    output.flush()
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let is_there = digit <= chunk.len();
            text.push(if is_there { DIGITS[bits >> (18 - 6 * digit) & 63].into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_base64() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("ü", "w7w=")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
