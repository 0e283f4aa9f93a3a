//! Buffers the first output of a command, so that short output is paged together with the value.

use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};

use crate::terminal::output;

/// How long output is buffered: too short to notice.
const BUFFER_TIME: Duration = Duration::from_millis(300);

const MAX_BUFFERED_BYTES: usize = 1024 * 1024;

/// When a command's output is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Buffering {
    /// After [`BUFFER_TIME`], or with the value.
    Brief,
    /// At once.
    Off,
}

/// The output of a command.
pub(super) struct OutputBuffer {
    started: Instant,
    /// `None` once output is printed directly.
    text: RefCell<Option<String>>,
}

impl OutputBuffer {
    pub(super) fn new(buffering: Buffering) -> Self {
        let text = (buffering == Buffering::Brief).then(String::new);
        Self { started: Instant::now(), text: RefCell::new(text) }
    }

    pub(super) fn print(&self, text: &str) -> io::Result<()> {
        self.flush_if_due()?;
        if let Some(buffer) = &mut *self.text.borrow_mut() {
            buffer.push_str(text);
            return Ok(());
        }
        output::print(text)
    }

    /// Prints the buffer when it is too old or too long. Call this periodically.
    pub(super) fn flush_if_due(&self) -> io::Result<()> {
        let mut text = self.text.borrow_mut();
        let is_due =
            |text: &mut String| text.len() > MAX_BUFFERED_BYTES || self.started.elapsed() > BUFFER_TIME;
        match text.take_if(is_due) {
            Some(text) => output::print(&text),
            None => Ok(()),
        }
    }

    /// Returns the output that was not printed.
    pub(super) fn into_rest(self) -> String {
        self.text.into_inner().unwrap_or_default()
    }
}
