//! What the terminal can do: whether the cursor moves, and how many characters fit.

use std::io;

use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

/// The size of a terminal that does not know its own: a serial line, or a pseudo terminal of a container.
const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// Returns whether the terminal only prints text, as its environment says.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// A size for a terminal without one. Dropping it takes the size away.
pub(crate) struct DefaultSize(Option<Winsize>);

impl DefaultSize {
    /// Sets the size of the terminal to that of the environment, or else to 80 × 24, if it is 0 × 0. Everything that draws reads it.
    pub(crate) fn set() -> Self {
        let unknown = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col == 0 || size.ws_row == 0);
        if let Some(unknown) = unknown {
            let number = |name: &str, default| {
                let number = std::env::var(name).ok().and_then(|number| number.parse().ok());
                number.filter(|number| *number > 0).unwrap_or(default)
            };
            let (columns, rows) = (number("COLUMNS", DEFAULT_SIZE.0), number("LINES", DEFAULT_SIZE.1));
            let _ = tcsetwinsize(io::stdout(), Winsize { ws_col: columns, ws_row: rows, ..unknown });
        }
        Self(unknown)
    }
}

impl Drop for DefaultSize {
    fn drop(&mut self) {
        if let Some(unknown) = self.0 {
            let _ = tcsetwinsize(io::stdout(), unknown);
        }
    }
}
