//! What may end a wait early.

use std::time::{Duration, Instant};

use crate::error::{CliError, CliErrorKind};

/// How often whoever waits looks whether it is to end.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What may end a wait early.
#[derive(Default)]
pub(crate) struct WaitOptions<'a> {
    /// Ctrl-C cancels what is waited for.
    pub(crate) ctrl_c: Option<&'a dyn Fn() -> bool>,
    pub(crate) timeout: Option<Duration>,
    /// What is shown of a wait that takes long.
    pub(crate) spinner: Option<&'a str>,
}

impl WaitOptions<'_> {
    /// Why what `started` then is not waited for any longer, if it is not.
    pub(crate) fn expired(&self, started: Instant) -> Option<CliError> {
        if self.ctrl_c.is_some_and(|ctrl_c| ctrl_c()) {
            return Some(CliError::new(CliErrorKind::Interrupted, "interrupted"));
        }
        let is_late = self.timeout.is_some_and(|timeout| started.elapsed() > timeout);
        is_late.then(|| CliError::new(CliErrorKind::Timeout, "there was no answer in time"))
    }
}
