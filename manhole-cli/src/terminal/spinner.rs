//! Shows a spinner while something takes longer than half a second.
//!
//! Not a crate's: the terminal echoes Ctrl-C, which would push a spinner that does not clear its line to another one and leave it there.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use manhole_protocol::text::clean;

use super::capabilities;

/// How long a wait lasts before its spinner shows.
const SPINNER_DELAY: Duration = Duration::from_millis(500);

const FRAMES: [char; 8] = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇', '⠏', '⠋'];

/// Whether a full screen is shown, or one spinner for several waits.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// Hides all spinners until it is dropped.
pub(crate) struct HideSpinners(());

impl HideSpinners {
    pub(crate) fn new() -> Self {
        HIDDEN.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for HideSpinners {
    fn drop(&mut self) {
        HIDDEN.store(false, Ordering::Relaxed);
    }
}

/// A spinner with a text and the time since its start, on a terminal's standard error.
pub(crate) struct Spinner {
    text: String,
    started: Instant,
    shown: bool,
    /// Whether it is shown while others are hidden.
    is_main: bool,
}

impl Spinner {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: clean(&text.into()).into_owned(), started: Instant::now(), shown: false, is_main: false }
    }

    /// Creates the spinner for several waits, whose own are [hidden](HideSpinners).
    pub(crate) fn for_several() -> Self {
        let mut spinner = Self::new("");
        spinner.is_main = true;
        spinner
    }

    /// Changes the text.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.text = clean(text).into_owned();
    }

    /// Draws the next frame if it is due. Call this periodically.
    pub(crate) fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        let mut out = io::stderr();
        if elapsed < SPINNER_DELAY
            || (HIDDEN.load(Ordering::Relaxed) && !self.is_main)
            || !out.is_terminal()
            || capabilities::is_dumb()
        {
            return;
        }
        let frame = usize::try_from(elapsed.as_millis() / 100).unwrap_or_default() % FRAMES.len();
        let (frame, text, seconds) = (FRAMES[frame], &self.text, elapsed.as_secs_f32());
        // Ignores errors: the spinner is only decoration.
        let _ = write!(out, "\r\x1b[K{frame} {text} ({seconds:.1}s)");
        let _ = out.flush();
        self.shown = true;
    }

    /// Erases the spinner, so that something can be printed.
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
