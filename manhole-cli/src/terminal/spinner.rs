//! A sign of life for what takes longer than half a second.
//!
//! Written by hand: what is echoed for Ctrl-C must not push it to another line, where it would stay.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long nothing is shown.
const SPINNER_DELAY: Duration = Duration::from_millis(500);

const FRAMES: [char; 8] = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇', '⠏', '⠋'];

/// Whether the terminal is taken by something that draws all of it.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// Shows nothing any more, or something again.
pub(crate) fn hide(hidden: bool) {
    HIDDEN.store(hidden, Ordering::Relaxed);
}

/// Shows, on a terminal, that something goes on.
pub(crate) struct Spinner {
    what: String,
    started: Instant,
    shown: bool,
}

impl Spinner {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), started: Instant::now(), shown: false }
    }

    /// Shows it, if it is time to. Called every now and then.
    pub(crate) fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        let mut out = io::stderr();
        if elapsed < SPINNER_DELAY || HIDDEN.load(Ordering::Relaxed) || !out.is_terminal() {
            return;
        }
        let frame = usize::try_from(elapsed.as_millis() / 100).unwrap_or_default() % FRAMES.len();
        let (frame, what, seconds) = (FRAMES[frame], &self.what, elapsed.as_secs_f32());
        // It is no loss if it cannot be shown.
        let _ = write!(out, "\r\x1b[K{frame} {what} ({seconds:.1}s)");
        let _ = out.flush();
        self.shown = true;
    }

    /// Takes it away, so that something can be printed.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
            let _ = io::stderr().flush();
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.clear();
    }
}
