//! Opens and closes the console by a signal.

use std::thread;

use signal_hook::iterator::Signals;

use super::console::Console;
use crate::server::error::Error;
use crate::session::EventKind;
use crate::threads;

impl Console {
    /// Opens the console when the process gets `signal`, or closes it if it is open. An error of opening it goes to
    /// [`Builder::audit`](crate::Builder::audit) and to `tracing`.
    ///
    /// Until this is called the signal has its default effect: `SIGUSR2` ends the process.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = Builder::new(manhole! { answer => 42_u8 }).start_closed(true).spawn(&path)?;
    /// console.toggle_on_signal(signal_hook::consts::SIGUSR2)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the signal cannot be handled, or the system has no thread left to wait for it.
    #[cfg_attr(docsrs, doc(cfg(feature = "signal")))]
    pub fn toggle_on_signal(&self, signal: i32) -> Result<(), Error> {
        let failed = |source| Error::Signal { signal, source };
        let mut signals = Signals::new([signal]).map_err(failed)?;
        let console = self.clone();
        let toggling = move || {
            // The application may block it everywhere.
            let _ = threads::unblock(signal);
            signals.forever().for_each(|_| console.toggle());
        };
        let thread = threads::spawn(thread::Builder::new().name("manhole-signal".to_owned()), toggling);
        thread.map(drop).map_err(failed)
    }

    fn toggle(&self) {
        if self.is_open() {
            self.shutdown();
        } else if let Err(error) = self.open() {
            self.record(EventKind::NotOpened { error: &error.to_string() });
        }
    }
}
