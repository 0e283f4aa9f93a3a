//! Ctrl-C, where it is to stop a command and not the client; and the signal that does end the client, where the terminal must
//! be given back before.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};

/// What Ctrl-C is as a character.
const CTRL_C: u8 = 3;

/// Whether Ctrl-C has been typed.
#[derive(Debug, Clone)]
pub(crate) struct CtrlC(Arc<AtomicBool>);

impl CtrlC {
    /// From now on Ctrl-C is only noted.
    pub(crate) fn watch() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&flag))?;
        Ok(Self(flag))
    }

    /// Whether it was typed since this was asked last.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    /// Whether it was typed and not taken.
    pub(crate) fn is_pending(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Takes the keyboard until this is dropped. Ctrl-C as a signal would also reach whatever the connection goes through.
    pub(crate) fn raw_keyboard(&self) -> RawKeyboard<'_> {
        let saved = tcgetattr(io::stdin()).ok();
        if let Some(mut quiet) = saved.clone() {
            quiet.local_modes.remove(LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO);
            // Reading answers at once.
            quiet.special_codes[SpecialCodeIndex::VMIN] = 0;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &quiet);
        }
        RawKeyboard { ctrl_c: self, saved }
    }
}

/// Whether a signal has asked the client to end. Where the terminal has gone, which is told by another one, there is nothing to
/// give back.
#[derive(Debug, Clone)]
pub(crate) struct Termination(Arc<AtomicBool>);

impl Termination {
    /// From now on it is only noted, until it is [followed](Termination::re_raise).
    pub(crate) fn watch() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGTERM, Arc::clone(&asked))?;
        Ok(Self(asked))
    }

    /// Whether it has come.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Ends by the signal if it has come, as if it had not been noted.
    pub(crate) fn re_raise(&self) {
        if self.is_requested() {
            let _ = signal_hook::low_level::emulate_default_handler(SIGTERM);
        }
    }
}

/// The keyboard of a terminal, while a command runs.
pub(crate) struct RawKeyboard<'a> {
    ctrl_c: &'a CtrlC,
    saved: Option<Termios>,
}

impl RawKeyboard<'_> {
    /// Whether Ctrl-C was typed since this was asked last. What else is typed meanwhile is dropped.
    pub(crate) fn take_ctrl_c(&self) -> bool {
        let mut typed = [0; 256];
        let count = match &self.saved {
            Some(_) => rustix::io::read(io::stdin(), &mut typed).unwrap_or_default(),
            None => 0,
        };
        self.ctrl_c.take() || typed[..count].contains(&CTRL_C)
    }
}

impl Drop for RawKeyboard<'_> {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
        }
    }
}
