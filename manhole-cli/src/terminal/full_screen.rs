//! Takes the whole terminal, and restores it however the client ends.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, DisableMouseCapture, EnableMouseCapture, Event};
use ratatui::crossterm::execute;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::widgets::{Block, Clear, Paragraph};
use ratatui::{DefaultTerminal, Frame};
use tui_input::Input;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::capabilities;
use super::signals::Termination;
use super::spinner::HideSpinners;
use crate::error::CliError;

/// How often a wait for a key checks for SIGTERM.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Returns whether the client has a terminal with a keyboard and a cursor that moves.
pub(crate) fn is_available() -> bool {
    // If standard input is something else, keys are read from /dev/tty.
    let has_keyboard = || io::stdin().is_terminal() || File::open("/dev/tty").is_ok();
    io::stdout().is_terminal() && !capabilities::is_dumb() && has_keyboard()
}

/// The whole terminal. Dropping it restores the terminal.
pub(crate) struct FullScreen {
    pub(crate) terminal: DefaultTerminal,
    termination: Termination,
    has_mouse: bool,
    _hidden: HideSpinners,
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        // Here, since a signal may end the client before the terminal is dropped.
        self.capture_mouse(false);
        let _ = self.terminal.show_cursor();
        ratatui::restore();
    }
}

impl FullScreen {
    /// Takes the terminal while `run` runs, as the last action of the client.
    pub(crate) fn run(run: impl FnOnce(&mut Self) -> Result<(), CliError>) -> Result<ExitCode, CliError> {
        let termination = Termination::watch()?;
        let result = Self::run_within(&termination, run);
        termination.re_raise();
        result.map(|()| ExitCode::SUCCESS)
    }

    /// Takes the terminal while `run` runs. Leaves it to the caller to raise SIGTERM again.
    pub(crate) fn run_within(
        termination: &Termination,
        run: impl FnOnce(&mut Self) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let terminal = ratatui::try_init()?;
        let termination = termination.clone();
        run(&mut Self { terminal, termination, has_mouse: false, _hidden: HideSpinners::new() })
    }

    /// Takes the mouse from the terminal, or gives it back, so that the terminal selects text with it.
    pub(crate) fn capture_mouse(&mut self, captures: bool) {
        if self.has_mouse != captures {
            let mut output = io::stdout();
            // Without a mouse the keys still work.
            let _ = if captures {
                execute!(output, EnableMouseCapture)
            } else {
                execute!(output, DisableMouseCapture)
            };
            self.has_mouse = captures;
        }
    }

    /// Returns whether the client has received SIGTERM.
    pub(crate) fn should_exit(&self) -> bool {
        self.termination.is_requested()
    }

    /// Waits for the next terminal event. Returns `None` after `time`, or if the client has received SIGTERM.
    pub(crate) fn event(&self, time: Duration) -> io::Result<Option<Event>> {
        let end = Instant::now() + time;
        while !self.should_exit() {
            let left = end.saturating_duration_since(Instant::now());
            if event::poll(left.min(POLL_INTERVAL))? {
                return event::read().map(Some);
            }
            if left.is_zero() {
                break;
            }
        }
        Ok(None)
    }
}

/// How long a request takes before a screen reports that it has no answer.
pub(crate) const SLOW_RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A line at the foot of a screen.
pub(crate) enum Message {
    Done(String),
    Failed(String),
}

/// Draws a list of keys in the middle of a screen.
pub(crate) fn draw_help(frame: &mut Frame<'_>, help: &str) {
    let width = help.lines().map(UnicodeWidthStr::width).max().unwrap_or_default() + 4;
    let [area] = Layout::horizontal([Constraint::Length(u16::try_from(width).unwrap_or(60))])
        .flex(Flex::Center)
        .areas(frame.area());
    let height = u16::try_from(help.lines().count() + 2).unwrap_or(16);
    let [area] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(help).block(Block::bordered().title(" Keys ")), area);
}

/// Draws an input line with its cursor, scrolled to fit.
pub(crate) fn draw_input(frame: &mut Frame<'_>, area: Rect, label: &str, input: &Input) {
    let used = u16::try_from(label.width()).unwrap_or(area.width).min(area.width);
    let width = usize::from(area.width - used).saturating_sub(1);
    let scroll = input.visual_scroll(width);
    let mut skipped = 0;
    let shown = input.value().chars().skip_while(|char| {
        skipped += char.width().unwrap_or(0);
        skipped <= scroll
    });
    frame.render_widget(Paragraph::new(format!("{label}{}", shown.collect::<String>())), area);
    let cursor = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or_default();
    frame.set_cursor_position((area.x + used + cursor, area.y));
}
