//! Handles Ctrl-C and SIGTERM as flags, so that a command stops or the terminal is restored before the client exits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Ctrl-C as a character.
const CTRL_C: u8 = 3;

/// Whether the user has pressed Ctrl-C.
#[derive(Debug, Clone)]
pub(crate) struct CtrlC(Arc<AtomicBool>);

impl CtrlC {
    /// Makes Ctrl-C set a flag instead of ending the client.
    pub(crate) fn watch() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&flag))?;
        Ok(Self(flag))
    }

    /// Makes all signals that ask the client to end set a flag, so that it first ends the programs that it has started.
    pub(crate) fn watch_all() -> io::Result<Self> {
        let ctrl_c = Self::watch()?;
        for signal in [SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ctrl_c.0))?;
        }
        Ok(ctrl_c)
    }

    /// Returns and clears the flag.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    /// Returns the flag.
    pub(crate) fn is_pending(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Reads the keyboard directly until the result is dropped. As a signal, Ctrl-C would also reach the transport process.
    pub(crate) fn raw_keyboard(&self) -> RawKeyboard<'_> {
        let saved = tcgetattr(io::stdin()).ok();
        if let Some(mut raw) = saved.clone() {
            raw.local_modes.remove(LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO);
            // A read returns at once.
            raw.special_codes[SpecialCodeIndex::VMIN] = 0;
            raw.special_codes[SpecialCodeIndex::VTIME] = 0;
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
        }
        RawKeyboard { ctrl_c: self, saved }
    }
}

/// Whether the client has received SIGTERM. SIGHUP is not handled: the terminal is gone, and there is nothing to restore.
#[derive(Debug, Clone)]
pub(crate) struct Termination(Arc<AtomicBool>);

impl Termination {
    /// Makes SIGTERM set a flag until it is [raised again](Self::re_raise).
    pub(crate) fn watch() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGTERM, Arc::clone(&flag))?;
        Ok(Self(flag))
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Ends the client as an unhandled SIGTERM would, if it has received one.
    pub(crate) fn re_raise(&self) {
        if self.is_requested() {
            let _ = signal_hook::low_level::emulate_default_handler(SIGTERM);
        }
    }
}

/// A terminal's keyboard in raw mode. Restores the mode on drop.
pub(crate) struct RawKeyboard<'a> {
    ctrl_c: &'a CtrlC,
    saved: Option<Termios>,
}

impl RawKeyboard<'_> {
    /// Returns whether the user has pressed Ctrl-C since the last call. Discards other keys.
    pub(crate) fn take_ctrl_c(&self) -> bool {
        let mut keys = [0; 256];
        let count = match &self.saved {
            Some(_) => rustix::io::read(io::stdin(), &mut keys).unwrap_or_default(),
            None => 0,
        };
        self.ctrl_c.take() || keys[..count].contains(&CTRL_C)
    }
}

impl Drop for RawKeyboard<'_> {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
        }
    }
}
