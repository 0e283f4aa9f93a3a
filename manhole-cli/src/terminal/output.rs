//! Prints text. No text of an application controls a terminal, neither this one nor one that shows a file later.
//!
//! Colored text is cleaned where it is colored, in `colors` and `highlight`.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use manhole_protocol::text::clean;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};

/// Prints to the standard output, and flushes it.
pub(crate) fn print(text: &str) -> io::Result<()> {
    write(io::stdout(), text)
}

/// Prints to the standard error.
pub(crate) fn print_error(text: &str) -> io::Result<()> {
    write(io::stderr(), text)
}

/// Prints a text as it is, unless this is a terminal.
pub(crate) fn print_raw(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    let text = if out.is_terminal() { clean(text) } else { text.into() };
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a line of JSON. It has the same text for programs and for terminals.
pub(crate) fn print_json(json: String) -> io::Result<()> {
    print(&(manhole_protocol::text::escape_json(json) + "\n"))
}

/// Writes in one piece, since other threads print too.
fn write(mut out: impl Write + IsTerminal, text: &str) -> io::Result<()> {
    let text = if out.is_terminal() { clean(text) } else { escape(text) };
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Escapes the characters that [`clean`] replaces, as a string literal of Rust does. A file keeps what they were.
fn escape(text: &str) -> Cow<'_, str> {
    if let Cow::Borrowed(text) = clean(text) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for char in text.chars() {
        if let Cow::Borrowed(same) = clean(char.encode_utf8(&mut [0; 4])) {
            escaped += same;
        } else {
            escaped.extend(char.escape_default());
        }
    }
    escaped.into()
}

/// Returns an error if the standard output is a pipe or a socket whose reader is gone.
///
/// A write would report it too, but a client that waits for a change has nothing to write.
pub(crate) fn check_reader() -> io::Result<()> {
    static HAS_READER: OnceLock<bool> = OnceLock::new();
    let out = io::stdout();
    let has_reader = *HAS_READER.get_or_init(|| {
        let kind = fstat(&out).map(|found| FileType::from_raw_mode(found.st_mode));
        matches!(kind, Ok(FileType::Fifo | FileType::Socket))
    });
    // The kernel reports these two whatever a poll asks for.
    let mut polled = [PollFd::new(&out, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    if has_reader
        && poll(&mut polled, Some(&at_once)).is_ok()
        && polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
    {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(escape("a\tb\n"), "a\tb\n");
        assert_eq!(escape("\u{1b}[31mé\r\u{9b}\u{202e}"), "\\u{1b}[31mé\\r\\u{9b}\\u{202e}");
    }
}
