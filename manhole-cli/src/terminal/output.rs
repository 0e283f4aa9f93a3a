//! Prints text. A terminal gets it without control characters, since texts of an application may contain anything.
//!
//! Colored text is cleaned where it is colored, in `colors` and `highlight`.

use std::io::{self, IsTerminal, Write};

use manhole_protocol::text::clean;

/// Prints to the standard output, and flushes it.
pub(crate) fn print(text: &str) -> io::Result<()> {
    write(io::stdout(), text)
}

/// Prints to the standard error.
pub(crate) fn print_error(text: &str) -> io::Result<()> {
    write(io::stderr(), text)
}

/// Prints a line of JSON. It has the same text for programs and for terminals.
pub(crate) fn print_json(json: String) -> io::Result<()> {
    print(&(manhole_protocol::text::escape_json(json) + "\n"))
}

/// Writes in one piece, since other threads print too.
fn write(mut out: impl Write + IsTerminal, text: &str) -> io::Result<()> {
    if out.is_terminal() { out.write_all(clean(text).as_bytes()) } else { out.write_all(text.as_bytes()) }?;
    out.flush()
}
