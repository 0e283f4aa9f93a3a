//! Conditions that end a wait early.

use std::time::{Duration, Instant};

use crate::error::CliError;
use crate::terminal::output;

/// How often a wait checks its conditions.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Conditions that end a wait early.
#[derive(Default)]
pub(crate) struct WaitOptions<'a> {
    /// Reports whether the user has pressed Ctrl-C.
    pub(crate) ctrl_c: Option<&'a dyn Fn() -> bool>,
    pub(crate) timeout: Option<Duration>,
    /// The text beside the spinner of a long wait.
    pub(crate) spinner: Option<&'a str>,
}

impl WaitOptions<'_> {
    /// Returns why a wait that began at `started` ends now. Returns `None` if it continues.
    pub(crate) fn expired(&self, started: Instant) -> Option<CliError> {
        if self.ctrl_c.is_some_and(|ctrl_c| ctrl_c()) {
            return Some(CliError::Interrupted);
        }
        if let Err(error) = output::check_reader() {
            return Some(error.into());
        }
        self.timeout.is_some_and(|timeout| started.elapsed() > timeout).then_some(CliError::Timeout)
    }
}
