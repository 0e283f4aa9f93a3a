//! Opening and closing by a signal.

use std::thread;

use signal_hook::iterator::Signals;

use super::{Console, Error};

/// Opens or closes `console` whenever the process gets `signal`.
pub(super) fn toggle(console: Console, signal: i32) -> Result<(), Error> {
    let failed = |source| Error::Signal { signal, source };
    let mut signals = Signals::new([signal]).map_err(failed)?;
    let toggling = move || signals.forever().for_each(|_| console.toggle());
    let thread = thread::Builder::new().name("manhole-signal".to_owned()).spawn(toggling);
    thread.map(drop).map_err(failed)
}
