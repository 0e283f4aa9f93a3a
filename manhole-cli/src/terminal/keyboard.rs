//! The keyboard at a prompt: keys that are pressed while a command runs are not echoed, and Ctrl-C is a key.

use std::io;

use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::capabilities;

/// The keyboard of the terminal without echo, lines and signals. Restores the terminal when it is dropped.
///
/// As a signal, Ctrl-C would also reach the transport process.
pub(crate) struct PromptKeyboard {
    saved: Option<Termios>,
}

impl PromptKeyboard {
    /// Takes the keyboard, and has the terminal mark what is pasted.
    pub(crate) fn take() -> Self {
        let saved = tcgetattr(io::stdin()).ok();
        if let Some(mut quiet) = saved.clone() {
            quiet.local_modes.remove(LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO);
            // As Ctrl-J, Enter would not end a line that the editor reads together with the next one.
            quiet.input_modes.remove(InputModes::ICRNL);
            quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &quiet);
        }
        if !capabilities::is_dumb() {
            let _ = execute!(io::stdout(), EnableBracketedPaste);
        }
        Self { saved }
    }
}

impl Drop for PromptKeyboard {
    fn drop(&mut self) {
        if !capabilities::is_dumb() {
            let _ = execute!(io::stdout(), DisableBracketedPaste);
        }
        if let Some(saved) = &self.saved {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
        }
    }
}
