//! Conditions that end a wait early, and what a program shows while it waits.

use std::io;
use std::time::{Duration, Instant};

use crate::error::{Cause, Error};

/// How often a wait checks its conditions.
pub const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Conditions that end a wait early.
#[derive(Default, Clone, Copy)]
pub struct WaitOptions<'a> {
    /// Reports whether the caller wants the wait to end.
    pub cancelled: Option<&'a dyn Fn() -> bool>,
    /// The longest time of the wait.
    pub timeout: Option<Duration>,
    /// The text to show beside a long wait.
    pub text: Option<&'a str>,
    /// What the program does while it waits.
    pub hook: Option<&'a dyn WaitHook>,
}

/// What a program does while it waits.
pub trait WaitHook {
    /// Returns an error if nothing reads the outcome of the wait any more.
    ///
    /// # Errors
    ///
    /// Any error ends the wait.
    fn check(&self) -> io::Result<()>;

    /// Shows a text while the program waits.
    fn show(&self, text: &str) -> Box<dyn WaitIndicator>;
}

/// What shows that the program waits. It is erased on drop.
pub trait WaitIndicator {
    /// Shows that time passes.
    fn tick(&mut self);

    /// Erases it, so that something can be printed.
    fn clear(&mut self);
}

impl WaitOptions<'_> {
    /// Returns why a wait that began at `started` ends now. Returns `None` if it continues.
    #[must_use]
    pub fn expired(&self, started: Instant) -> Option<Error> {
        if self.cancelled.is_some_and(|cancelled| cancelled()) {
            return Some(Cause::Cancelled.into());
        }
        if let Some(Err(error)) = self.hook.map(WaitHook::check) {
            return Some(error.into());
        }
        self.timeout.is_some_and(|timeout| started.elapsed() > timeout).then(|| Cause::Timeout.into())
    }

    /// Shows a text, if the program shows some.
    pub(crate) fn show(&self, text: Option<&str>) -> Option<Box<dyn WaitIndicator>> {
        Some(self.hook?.show(text?))
    }
}
