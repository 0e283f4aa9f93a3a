//! Waits for an application: the spinner, and the reader of the client's output.

use std::io;

use manhole_client::cli_support::wait::{WaitHook, WaitIndicator, WaitOptions};

use super::output;
use super::spinner::Spinner;

/// What the client does while it waits.
struct TerminalHook;

/// Returns the options of a wait in a terminal, which ends when the reader of the client's output is gone.
pub(crate) fn wait_options<'a>() -> WaitOptions<'a> {
    WaitOptions { hook: Some(&TerminalHook), ..WaitOptions::default() }
}

impl WaitHook for TerminalHook {
    fn check(&self) -> io::Result<()> {
        output::check_reader()
    }

    fn show(&self, text: &str) -> Box<dyn WaitIndicator> {
        Box::new(Spinner::new(format!("{text}; Ctrl-C stops it")))
    }
}

impl WaitIndicator for Spinner {
    fn tick(&mut self) {
        self.tick();
    }

    fn clear(&mut self) {
        self.clear();
    }
}
