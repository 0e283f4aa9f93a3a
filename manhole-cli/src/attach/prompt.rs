//! The prompt: where commands go, and what they may do.

use std::borrow::Cow;

use manhole_client::cli_support::target::{Endpoint, Remote};
use manhole_protocol::methods::ServerInfo;
use manhole_protocol::text::clean;
use nu_ansi_term::Color;
use reedline::{Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus};
use unicode_width::UnicodeWidthStr;

use crate::connect::config::ColorName;
use crate::connect::configured::ConfiguredTarget;

/// Separates the prompt from the input, with and without the menu.
pub(super) const INDICATOR: &str = "> ";

/// The application, its machine unless it is this one, and the session's level: `app@web1 admin`.
#[derive(Default)]
pub(super) struct ApplicationPrompt {
    text: String,
    /// The color that the configuration gives the target.
    color: Option<ColorName>,
}

impl ApplicationPrompt {
    pub(super) fn new(target: &ConfiguredTarget, info: &ServerInfo) -> Self {
        let name = &info.application;
        let place = match &target.target.endpoint {
            Endpoint::Ssh(Remote { host, .. }) => {
                format!("{name}@{}", host.rsplit_once('@').map_or(host.as_str(), |(_, host)| host))
            }
            Endpoint::Tcp(address) => format!("{name}@{address}"),
            Endpoint::Container(container) => format!("{name}@{container}"),
            Endpoint::Path(_) | Endpoint::Abstract(_) | Endpoint::Exec(_) => name.clone(),
        };
        let text = clean(&format!("{place} {}", info.level)).into_owned();
        Self { text, color: target.color }
    }

    /// Returns the whole prompt.
    pub(super) fn text(&self) -> String {
        format!("{}{INDICATOR}", self.text)
    }

    /// Returns the prompt of the second line of a command, and of those after it.
    pub(super) fn continuation(&self) -> String {
        ".".repeat(self.text.width()) + ". "
    }
}

impl Prompt for ApplicationPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(INDICATOR)
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Owned(self.continuation())
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing =
            if matches!(search.status, PromptHistorySearchStatus::Failing) { "not found: " } else { "" };
        Cow::Owned(format!("({failing}search: {}) ", search.term))
    }

    fn get_prompt_color(&self) -> reedline::Color {
        match self.color {
            Some(ColorName::Red) => reedline::Color::Red,
            Some(ColorName::Green) => reedline::Color::Green,
            Some(ColorName::Yellow) => reedline::Color::Yellow,
            Some(ColorName::Blue) => reedline::Color::Blue,
            Some(ColorName::Magenta) => reedline::Color::Magenta,
            Some(ColorName::Cyan) | None => reedline::Color::Cyan,
        }
    }

    fn get_indicator_color(&self) -> reedline::Color {
        self.get_prompt_color()
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::DarkGray
    }
}
