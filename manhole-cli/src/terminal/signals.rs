//! Handles Ctrl-C and SIGTERM as flags, so that a command stops or the terminal is restored before the client exits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

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
