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

use super::signals::Ending;
use super::spinner;
use crate::error::Failure;

/// How often it is looked whether the client is to end.
const ROUND: Duration = Duration::from_millis(100);

/// Whether there is a terminal, with a keyboard.
pub(crate) fn is_there() -> bool {
    // Where the standard input is something else, keys come from there.
    let has_keyboard = || io::stdin().is_terminal() || File::open("/dev/tty").is_ok();
    io::stdout().is_terminal() && has_keyboard()
}

/// The whole terminal.
pub(crate) struct Screen {
    pub(crate) terminal: DefaultTerminal,
    ending: Ending,
}

impl Screen {
    /// Takes the terminal for as long as `show` runs, which is all that the client does.
    pub(crate) fn show(show: impl FnOnce(&mut Self) -> Result<(), Failure>) -> Result<ExitCode, Failure> {
        let ending = Ending::watch()?;
        let result = Self::lend(&ending, show);
        ending.follow();
        result.map(|()| ExitCode::SUCCESS)
    }

    /// The same for a client that goes on afterwards, or follows the signal itself.
    pub(crate) fn lend(
        ending: &Ending,
        show: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut screen = Self { terminal: ratatui::try_init()?, ending: ending.clone() };
        spinner::hide(true);
        let result = show(&mut screen);
        // A signal leaves nobody the time to do it later.
        let _ = screen.terminal.show_cursor();
        ratatui::restore();
        spinner::hide(false);
        result
    }

    /// Whether the client has been asked to end.
    pub(crate) fn is_over(&self) -> bool {
        self.ending.is_asked_for()
    }

    /// What happens next at the terminal, if it does within `time` and before the client is asked to end.
    pub(crate) fn event(&self, time: Duration) -> io::Result<Option<Event>> {
        let end = Instant::now() + time;
        while !self.is_over() {
            let left = end.saturating_duration_since(Instant::now());
            if event::poll(left.min(ROUND))? {
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
