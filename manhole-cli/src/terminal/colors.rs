//! Colors text for a terminal, without the control characters in it.

use std::io::{self, IsTerminal};

use manhole_protocol::text::clean;
use nu_ansi_term::{Color, Style};

use super::capabilities;

/// Whether text is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colors {
    On,
    Off,
}

/// Returns the colors of the standard output.
pub(crate) fn output() -> Colors {
    Colors::of(&io::stdout())
}

/// Returns the colors of the standard error.
pub(crate) fn errors() -> Colors {
    Colors::of(&io::stderr())
}

impl Colors {
    /// Turns colors on for a terminal, unless the environment says otherwise. See <https://no-color.org>.
    fn of(stream: &impl IsTerminal) -> Self {
        let is_wanted =
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !capabilities::is_dumb();
        if stream.is_terminal() && is_wanted { Self::On } else { Self::Off }
    }

    pub(crate) fn are_on(self) -> bool {
        self == Self::On
    }

    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let text = clean(text);
        if self.are_on() { style.paint(text).to_string() } else { text.into_owned() }
    }

    /// Colors the labels of an error report: lines that begin with `error:`, `help:` or `note:`.
    pub(crate) fn error(self, text: &str) -> String {
        let text = clean(text);
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

    /// Returns a style of a full screen, without its colors if they are off.
    pub(crate) fn screen_style(self, style: ratatui::style::Style) -> ratatui::style::Style {
        if self.are_on() { style } else { ratatui::style::Style::new().add_modifier(style.add_modifier) }
    }
}
