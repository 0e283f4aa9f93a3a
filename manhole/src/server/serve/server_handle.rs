//! A manhole that is being served, as the program holds it.

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "signal")]
use signal_hook::iterator::Signals;

use super::server_config::{SHUTDOWN_TIMEOUT, ServerConfig};
use super::supervisor::Supervisor;
use crate::server::error::Error;
use crate::server::listen::{Address, BoundListener, Listener, SocketFile};
use crate::session::{EventKind, Peer};
use crate::sync::LockIgnoringPoison;

/// A manhole on threads of its own, which can be closed and opened again.
///
/// Dropping it changes nothing: the manhole is there until the process ends or [`shutdown`](Console::shutdown) is called. A
/// clone is the same manhole.
///
/// ```
/// use manhole::{Builder, manhole};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let console = Builder::new(manhole! { answer => 42_u8 }).start_closed(true).spawn(&path)?;
/// assert!(!console.is_open() && !path.exists());
/// console.open()?;
/// println!("connect with: {}", console.addresses()[0].command());
/// console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    config: ServerConfig,
    listen: ListenConfig,
    /// What there is while it is open.
    open: Mutex<Option<RunningServer>>,
    /// Held while it is being opened or closed. Neither this nor the other is held while the program is told of it.
    changing: Mutex<()>,
}

/// Where it listens when it is opened.
#[derive(Debug)]
pub(crate) struct ListenConfig {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) file: SocketFile,
}

impl ListenConfig {
    pub(crate) fn bind(&self) -> Result<Vec<BoundListener>, Error> {
        let mut listeners = Vec::new();
        for listener in &self.listeners {
            listeners.extend(listener.bind(&self.file)?);
        }
        Ok(listeners)
    }
}

struct RunningServer {
    supervisor: Arc<Supervisor>,
    thread: JoinHandle<()>,
    addresses: Vec<Address>,
    /// The process that serves. A copy of it that `fork` has made has neither the threads nor the right to the path.
    process: u32,
}

impl Console {
    pub(crate) fn new(config: ServerConfig, listen: ListenConfig) -> Self {
        Self(Arc::new(Inner { config, listen, open: Mutex::default(), changing: Mutex::default() }))
    }

    /// Where it can be reached, in the order in which the places were named; nowhere while it is closed.
    ///
    /// ```
    /// use manhole::{Address, Listener, manhole, spawn};
    ///
    /// let listener = Listener::tcp(([127, 0, 0, 1], 0)).token("correct horse battery staple", manhole::Level::Observe);
    /// let console = spawn(listener, manhole! { answer => 42_u8 })?;
    /// assert!(matches!(console.addresses()[..], [Address::Tcp(address)] if address.port() != 0));
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.state().as_ref().map(|open| open.addresses.clone()).unwrap_or_default()
    }

    /// Whether clients can connect.
    ///
    /// ```
    /// use manhole::{manhole, spawn};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = spawn(&path, manhole! { answer => 42_u8 })?;
    /// assert!(console.is_open());
    /// console.shutdown();
    /// assert!(!console.is_open());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_some()
    }

    /// Listens again after a [`shutdown`](Console::shutdown), or for the first time where the manhole was
    /// [started closed](crate::Builder::start_closed). Does nothing if it is open.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = Builder::new(manhole! { answer => 42_u8 }).start_closed(true).spawn(&path)?;
    /// assert!(!console.is_open() && !path.exists());
    /// console.open()?;
    /// assert!(console.is_open() && path.exists());
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`spawn`](crate::spawn).
    pub fn open(&self) -> Result<(), Error> {
        let changing = self.change();
        if self.is_open() {
            return Ok(());
        }
        let open = self.start()?;
        *self.state() = Some(open);
        drop(changing);
        self.tell(EventKind::Opened);
        Ok(())
    }

    fn start(&self) -> Result<RunningServer, Error> {
        let listeners = self.0.listen.bind()?;
        let addresses = listeners.iter().map(|listener| listener.address().clone()).collect();
        let start = || {
            let supervisor = Arc::new(Supervisor::new(self.0.config.clone())?);
            let supervising = Arc::clone(&supervisor);
            let thread = thread::Builder::new()
                .name("manhole".to_owned())
                // It calls nothing of the program's, and nothing that recurses.
                .stack_size(128 * 1024)
                .spawn(move || supervising.run(&listeners))?;
            Ok(RunningServer { supervisor, thread, addresses, process: std::process::id() })
        };
        start().map_err(|source| Error::Start { source })
    }

    /// Ends all sessions, with a word to each, and stops listening. Returns when all is quiet, after about a second at the
    /// latest. A second call does nothing; [`open`](Console::open) opens it again.
    ///
    /// Nothing of the manhole is left then but threads that are inside of code of the program which has not come back. The
    /// socket file stays, as every socket file outlives its process; the next start replaces it.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    ///
    /// use manhole::{manhole, spawn};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = spawn(&path, manhole! { answer => 42_u8 })?;
    /// assert!(UnixStream::connect(&path).is_ok());
    /// console.shutdown();
    /// assert!(UnixStream::connect(&path).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self) {
        let changing = self.change();
        let Some(RunningServer { supervisor, thread, .. }) = self.state().take() else { return };
        supervisor.close();
        let _ = thread.join();
        let end = Instant::now() + SHUTDOWN_TIMEOUT;
        for thread in supervisor.stop_all() {
            while !thread.is_finished() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
        }
        drop(changing);
        self.tell(EventKind::Closed);
    }

    /// Opens and closes the manhole whenever the process gets `signal`: the first opens it and the second closes it, if it was
    /// [started closed](crate::Builder::start_closed). What keeps it from opening goes to [`Builder::audit`](crate::Builder::audit) and
    /// `tracing`.
    ///
    /// Until this is called such a signal does what it does by default: `SIGUSR2` ends the process.
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
    /// If the signal cannot be caught, or there is no thread left to wait for it.
    #[cfg(feature = "signal")]
    #[cfg_attr(docsrs, doc(cfg(feature = "signal")))]
    pub fn toggle_on_signal(&self, signal: i32) -> Result<(), Error> {
        let failed = |source| Error::Signal { signal, source };
        let mut signals = Signals::new([signal]).map_err(failed)?;
        let console = self.clone();
        let toggling = move || signals.forever().for_each(|_| console.toggle());
        let thread = thread::Builder::new().name("manhole-signal".to_owned()).spawn(toggling);
        thread.map(drop).map_err(failed)
    }

    /// Opens it if it is closed, and closes it if it is open.
    #[cfg(feature = "signal")]
    fn toggle(&self) {
        if self.is_open() {
            self.shutdown();
        } else if let Err(error) = self.open() {
            self.tell(EventKind::NotOpened { error: &error.to_string() });
        }
    }

    fn tell(&self, kind: EventKind<'_>) {
        self.0.config.admission.audit.tell(&Peer::default(), 0, kind);
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.0.changing.lock_ignoring_poison()
    }

    fn state(&self) -> MutexGuard<'_, Option<RunningServer>> {
        // Nothing panics while it is held.
        let mut open = self.0.open.lock_ignoring_poison();
        if open.as_ref().is_some_and(|open| open.process != std::process::id()) {
            *open = None;
        }
        open
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("place", &self.listen).finish_non_exhaustive()
    }
}
