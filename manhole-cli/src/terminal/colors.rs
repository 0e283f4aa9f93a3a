//! Colours, where there is a terminal that wants them.

use std::io::{self, IsTerminal};

use nu_ansi_term::{Color, Style};

/// Whether colours are used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colors(pub(crate) bool);

/// Those of the standard output.
pub(crate) fn output() -> Colors {
    Colors(io::stdout().is_terminal() && wanted())
}

/// A text for a terminal, without what would control it: it may come from anywhere.
pub(crate) fn strip_control_chars(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() && !"\n\t".contains(char) { '\u{fffd}' } else { char })
        .collect()
}

/// Those of the standard error.
pub(crate) fn errors() -> Colors {
    Colors(io::stderr().is_terminal() && wanted())
}

/// See <https://no-color.org>.
fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

impl Colors {
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.0 { style.paint(text).to_string() } else { text.to_owned() }
    }

    /// An error as the server or the client words it: in lines that begin with `error:` and `help:`.
    pub(crate) fn error(self, text: &str) -> String {
        let lines = text.lines().map(|line| {
            for (label, style) in [
                ("error:", Color::Red.bold()),
                ("help:", Color::Cyan.bold()),
                ("note:", Color::Yellow.bold()),
            ] {
                if let Some(rest) = line.strip_prefix(label) {
                    return self.paint(style, label) + rest;
                }
            }
            line.to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }
}
