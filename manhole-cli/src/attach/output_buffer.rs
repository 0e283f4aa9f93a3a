//! What a command prints in its first moment: held back, for what is there at once is paged like a value.

use std::cell::RefCell;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How long it is held back: not long enough to be missed.
const BUFFER_TIME: Duration = Duration::from_millis(300);

/// How much is held back.
const MAX_BUFFERED_BYTES: usize = 1024 * 1024;

/// What a command has printed, and prints.
pub(super) struct OutputBuffer {
    started: Instant,
    /// What is held back, as long as something is.
    text: RefCell<Option<String>>,
}

impl OutputBuffer {
    /// Holds back from now on, if that is wanted.
    pub(super) fn new(wanted: bool) -> Self {
        Self { started: Instant::now(), text: RefCell::new(wanted.then(String::new)) }
    }

    pub(super) fn print(&self, text: &str) -> io::Result<()> {
        self.look()?;
        if let Some(held) = &mut *self.text.borrow_mut() {
            held.push_str(text);
            return Ok(());
        }
        write(text)
    }

    /// Lets it go when the moment is over, or it is too much. Called every now and then.
    pub(super) fn look(&self) -> io::Result<()> {
        let mut text = self.text.borrow_mut();
        let is_over = |held: &String| held.len() > MAX_BUFFERED_BYTES || self.started.elapsed() > BUFFER_TIME;
        match text.take_if(|held| is_over(held)) {
            Some(held) => write(&held),
            None => Ok(()),
        }
    }

    /// What is held back still.
    pub(super) fn left(self) -> String {
        self.text.into_inner().unwrap_or_default()
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}
