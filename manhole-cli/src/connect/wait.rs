//! What may end a wait early.

use std::time::{Duration, Instant};

use crate::error::{Failure, FailureKind};

/// How often whoever waits looks whether it is to end.
pub(crate) const ROUND: Duration = Duration::from_millis(50);

/// What may end a wait early.
#[derive(Default)]
pub(crate) struct Patience<'a> {
    /// Ctrl-C cancels what is waited for.
    pub(crate) interrupt: Option<&'a dyn Fn() -> bool>,
    pub(crate) timeout: Option<Duration>,
    /// What is shown of a wait that takes long.
    pub(crate) progress: Option<&'a str>,
}

impl Patience<'_> {
    /// Why what `began` then is not waited for any longer, if it is not.
    pub(crate) fn over(&self, began: Instant) -> Option<Failure> {
        if self.interrupt.is_some_and(|interrupt| interrupt()) {
            return Some(Failure::new(FailureKind::Interrupted, "interrupted"));
        }
        let is_late = self.timeout.is_some_and(|timeout| began.elapsed() > timeout);
        is_late.then(|| Failure::new(FailureKind::Timeout, "there was no answer in time"))
    }
}
