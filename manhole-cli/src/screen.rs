//! The whole terminal, which is given back as it was, however the client ends.

use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};

use crate::failure::Failure;
use crate::interrupt::Ending;
use crate::progress;

/// How often it is looked whether the client is to end.
const ROUND: Duration = Duration::from_millis(100);

/// The whole terminal.
pub(crate) struct Screen {
    pub(crate) terminal: DefaultTerminal,
    ending: Ending,
}

impl Screen {
    /// Takes the terminal for as long as `show` runs.
    pub(crate) fn show(show: impl FnOnce(&mut Self) -> Result<(), Failure>) -> Result<ExitCode, Failure> {
        let ending = Ending::watch()?;
        let mut screen = Self { terminal: ratatui::try_init()?, ending };
        progress::hide(true);
        let result = show(&mut screen);
        ratatui::restore();
        progress::hide(false);
        screen.ending.follow();
        result.map(|()| ExitCode::SUCCESS)
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
