//! The whole terminal, which is given back as it was, however the client ends.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event};
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;
use ratatui::{DefaultTerminal, Frame};
use tui_input::Input;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::signals::Termination;
use super::spinner;
use crate::error::CliError;

/// How often it is looked whether the client is to end.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Whether there is a terminal, with a keyboard.
pub(crate) fn is_available() -> bool {
    // Where the standard input is something else, keys come from there.
    let has_keyboard = || io::stdin().is_terminal() || File::open("/dev/tty").is_ok();
    io::stdout().is_terminal() && has_keyboard()
}

/// The whole terminal.
pub(crate) struct FullScreen {
    pub(crate) terminal: DefaultTerminal,
    termination: Termination,
}

impl FullScreen {
    /// Takes the terminal for as long as `run` runs, which is all that the client does.
    pub(crate) fn run(run: impl FnOnce(&mut Self) -> Result<(), CliError>) -> Result<ExitCode, CliError> {
        let termination = Termination::watch()?;
        let result = Self::run_within(&termination, run);
        termination.re_raise();
        result.map(|()| ExitCode::SUCCESS)
    }

    /// The same for a client that goes on afterwards, or follows the signal itself.
    pub(crate) fn run_within(
        termination: &Termination,
        run: impl FnOnce(&mut Self) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut screen = Self { terminal: ratatui::try_init()?, termination: termination.clone() };
        spinner::hide(true);
        let result = run(&mut screen);
        // A signal leaves nobody the time to do it later.
        let _ = screen.terminal.show_cursor();
        ratatui::restore();
        spinner::hide(false);
        result
    }

    /// Whether the client has been asked to end.
    pub(crate) fn should_exit(&self) -> bool {
        self.termination.is_requested()
    }

    /// What happens next at the terminal, if it does within `time` and before the client is asked to end.
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

/// A line that is typed, as much of it as there is room for, with the cursor in it.
pub(crate) fn draw_input(frame: &mut Frame<'_>, area: Rect, label: &str, input: &Input) {
    let used = u16::try_from(label.width()).unwrap_or(area.width).min(area.width);
    let width = usize::from(area.width - used).saturating_sub(1);
    let scroll = input.visual_scroll(width);
    let mut passed = 0;
    let shown = input.value().chars().skip_while(|char| {
        passed += char.width().unwrap_or(0);
        passed <= scroll
    });
    frame.render_widget(Paragraph::new(format!("{label}{}", shown.collect::<String>())), area);
    let cursor = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or_default();
    frame.set_cursor_position((area.x + used + cursor, area.y));
}
