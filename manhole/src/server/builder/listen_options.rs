//! The options of listening and of admission.

use std::sync::Arc;

use super::Builder;
use crate::server::admit::{Access, ConnectionLimits};
use crate::server::listen::{Listener, SocketFile};
use crate::session::Event;

/// # Choose where and when it listens
impl Builder {
    /// Adds a listener.
    ///
    /// ```
    /// use manhole::{Builder, Listener, Namespace};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let builder = Builder::new(Namespace::new()).listen(Listener::tcp(([127, 0, 0, 1], 0)));
    /// let console = builder.spawn(&path)?;
    /// assert_eq!(console.addresses().len(), 2);
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Changes the [options of socket files](SocketFile): mode, owner and group, the directory, and stale sockets.
    ///
    /// ```
    /// use manhole::{Access, Builder, Level, Namespace};
    ///
    /// // The group `adm` can connect, and read.
    /// let builder = Builder::new(Namespace::new())
    ///     .socket_file(|file| {
    ///         file.mode = 0o660;
    ///         file.group = Some(4);
    ///     })
    ///     .access(Access::default().group(4, Level::Observe));
    /// # drop(builder);
    /// ```
    pub fn socket_file(mut self, change: impl FnOnce(&mut SocketFile)) -> Self {
        change(&mut self.socket_file);
        self
    }

    /// Sets whether [`spawn`](Builder::spawn) starts without listening, until [`Console::open`](crate::Console::open) or a signal
    /// ([`Console::toggle_on_signal`](crate::Console::toggle_on_signal)). Defaults to `false`.
    ///
    /// A future of `serve` or `serve_inline` that starts closed only waits for its `shutdown`.
    pub fn start_closed(mut self, closed: bool) -> Self {
        self.start_closed = closed;
        self
    }

    /// Lets the environment variable `name` decide whether the console listens from the start:
    ///
    /// | value | effect |
    /// |---|---|
    /// | not set, empty, `0`, `no`, `off`, `false` | it starts closed |
    /// | `1`, `yes`, `on`, `true` | it listens where the application says |
    /// | an absolute path | it listens on a Unix socket at this path, and nowhere else |
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// // APP_MANHOLE=1 app
    /// let console = Builder::new(manhole! { answer => 42_u8 }).open_if_env("APP_MANHOLE").spawn(&path)?;
    /// assert!(!console.is_open());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_if_env(mut self, name: impl Into<String>) -> Self {
        self.open_if_env = Some(name.into());
        self
    }
}

/// # Choose which clients it admits, and record them
impl Builder {
    /// Sets which clients may connect, and at which level. Defaults to root and the user that runs the application, as
    /// [`admin`](crate::Level::Admin).
    ///
    /// The mode of the socket file comes before these rules: with the default of 0600 the kernel lets only its owner connect.
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Changes the [limits on connections](ConnectionLimits): sessions, new connections, the token and idle timeouts.
    pub fn connection_limits(mut self, change: impl FnOnce(&mut ConnectionLimits)) -> Self {
        change(&mut self.connection_limits);
        self
    }

    /// Calls `callback` for each [`Event`]: connections, refusals, commands with their outcome, and what they change and call. With the
    /// feature `tracing` the events also go to `tracing`, with the target `manhole`.
    ///
    /// It gets 200 events of each user at once and 20 more in each second; [`Event::suppressed`] counts those that are left out.
    /// Refusals, and commands that the level denies, are counted apart, so that a flood of other events cannot hide them.
    /// An [`EventKind::Change`](crate::EventKind::Change) precedes each write, edit and call. None hides behind others, but after 1,000
    /// changes a command only makes one for the first of its kind at each further path, and when it ends one that counts the rest.
    ///
    /// The callback runs on the session's thread, so that a slow one delays only its session. With `serve_inline` the event loop
    /// waits for it for at most two seconds.
    ///
    /// ```
    /// use manhole::{Builder, EventKind, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).audit(|event| {
    ///     if let EventKind::Command { text, outcome, .. } = &event.kind {
    ///         println!("{:?} ran {text:?}: {outcome}", event.peer.uid);
    ///     }
    /// });
    /// # drop(builder);
    /// ```
    pub fn audit(mut self, callback: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.session.audit.listen(Arc::new(callback));
        self
    }
}
