//! A console that the application holds, and with which the application opens and closes it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::server_config::{SHUTDOWN_TIMEOUT, ServerConfig};
use super::supervisor::Supervisor;
use crate::namespace::{Entry, NamespaceItem};
use crate::reflect::Manhole;
use crate::server::added_name::AddedName;
use crate::server::error::Error;
use crate::server::listen::{Address, BoundListener, Listener, SocketFile};
use crate::session::{EventKind, Peer};
use crate::sync::LockIgnoringPoison;
use crate::threads;

/// A console that runs on its own threads, and can be closed and opened again.
///
/// To drop it changes nothing: the console runs until the process ends or [`shutdown`](Console::shutdown) is called. A clone is a
/// handle of the same console.
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
    /// Set while it is open.
    running: Mutex<Option<RunningServer>>,
    /// Held while it is opened or closed. No lock is held while the audit callback runs.
    changing: Mutex<()>,
}

/// Where the console listens when it is open.
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
    /// The process that serves. A child of `fork` has neither its threads nor its lock on the path.
    process: u32,
}

impl Console {
    pub(crate) fn new(config: ServerConfig, listen: ListenConfig) -> Self {
        Self(Arc::new(Inner { config, listen, running: Mutex::default(), changing: Mutex::default() }))
    }

    /// Adds a root while the console runs. Sessions see it from their next command on, and until the returned value is dropped.
    ///
    /// A character that a name cannot have becomes `_`: `shard-7` is typed as `shard_7`. A session that has kept a part of a removed
    /// root gets an error when it uses it. The value is dropped with its name, or after the command that uses it then.
    ///
    /// For values that come and go often, such as one for each connection, use a [`Registry`](crate::Registry) or a map as a root.
    ///
    /// ```
    /// use std::sync::atomic::AtomicU64;
    /// use std::sync::Arc;
    ///
    /// use manhole::{Namespace, spawn};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = spawn(&path, Namespace::new())?;
    /// let moved = Arc::new(AtomicU64::new(0));
    /// let added = console.add("rebalance", Arc::clone(&moved))?;
    /// // The work, which clients can watch now: `watch rebalance`.
    /// drop(added);
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the console has the name already, or if it is empty or a word of the console's language.
    pub fn add<T: Manhole + Send + Sync + 'static>(&self, name: &str, value: T) -> Result<AddedName, Error> {
        self.add_item(name, "", NamespaceItem::root(value))
    }

    /// Adds a root or a function while the console runs, with its help text and the level of the item; see [`add`](Console::add).
    ///
    /// A function is dropped after each session has run a command without it.
    ///
    /// ```
    /// use manhole::{Level, Namespace, NamespaceItem, spawn};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = spawn(&path, Namespace::new())?;
    /// let item = NamespaceItem::function(|| "dropped").from_level(Level::Admin);
    /// let added = console.add_item("drop_all", "Drops all sessions.", item)?;
    /// # drop(added);
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`add`](Console::add), or if the item is a [local root](NamespaceItem::local_root).
    pub fn add_item(
        &self,
        name: &str,
        doc: impl Into<Cow<'static, str>>,
        item: NamespaceItem,
    ) -> Result<AddedName, Error> {
        if item.home().is_some() {
            return Err(Error::LocalRoot { name: name.to_owned() });
        }
        AddedName::new(&self.0.config.engine, Entry { name: name.to_owned().into(), doc: doc.into(), item })
    }

    /// Returns the addresses of its listeners, in the order in which they were added. Empty while it is closed.
    ///
    /// ```
    /// use manhole::{Address, Listener, manhole, spawn};
    ///
    /// let console = spawn(Listener::tcp(([127, 0, 0, 1], 0)), manhole! { answer => 42_u8 })?;
    /// assert!(matches!(console.addresses()[..], [Address::Tcp(address)] if address.port() != 0));
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.state().as_ref().map(|open| open.addresses.clone()).unwrap_or_default()
    }

    /// Returns whether clients can connect.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_some()
    }

    /// Opens the console: after a [`shutdown`](Console::shutdown), or for the first time after
    /// [`start_closed`](crate::Builder::start_closed). Does nothing if it is open.
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
        self.record(EventKind::Opened);
        Ok(())
    }

    fn start(&self) -> Result<RunningServer, Error> {
        let listeners = self.0.listen.bind()?;
        let addresses = listeners.iter().map(|listener| listener.address().clone()).collect();
        let start = || {
            let supervisor = Arc::new(Supervisor::new(self.0.config.clone())?);
            let supervising = Arc::clone(&supervisor);
            // It calls no code of the application, and nothing that recurses.
            let builder = thread::Builder::new().name("manhole".to_owned()).stack_size(128 * 1024);
            let thread = threads::spawn(builder, move || supervising.run(&listeners))?;
            Ok(RunningServer { supervisor, thread, addresses, process: std::process::id() })
        };
        start().map_err(|source| Error::Start { source })
    }

    /// Closes the console: stops listening, and ends all sessions with a message to each client. Waits for their threads, for about
    /// one second at most. Does nothing if it is closed; [`open`](Console::open) opens it again.
    ///
    /// A command that does not return from the application's code keeps its thread. The socket file stays, and the next start
    /// replaces it.
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
        while !supervisor.has_said_last_words() && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
        drop(changing);
        self.record(EventKind::Closed);
    }

    pub(super) fn record(&self, kind: EventKind<'_>) {
        self.0.config.admission.audit.record(&Peer::default(), 0, kind);
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.0.changing.lock_ignoring_poison()
    }

    fn state(&self) -> MutexGuard<'_, Option<RunningServer>> {
        let mut running = self.0.running.lock_ignoring_poison();
        if running.as_ref().is_some_and(|running| running.process != std::process::id()) {
            *running = None;
        }
        running
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("listen", &self.listen).finish_non_exhaustive()
    }
}
