//! Where clients come in, which of them, and who is told.

use std::sync::Arc;
use std::time::Duration;

use super::Builder;
use crate::reflect::Level;
use crate::server::{Access, Listener};
use crate::session::Event;

impl Builder {
    /// Listens here too.
    ///
    /// ```
    /// use manhole::{Builder, Listener, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).listen(Listener::tcp(([127, 0, 0, 1], 7000)));
    /// # drop(builder);
    /// ```
    pub fn listen(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Whether it listens only when it is told to, by [`Console::open`](crate::Console::open) or by a signal
    /// ([`Console::toggle_on_signal`](crate::Console::toggle_on_signal)). By default it listens from the start.
    ///
    /// For [`spawn`](Builder::spawn); the others wait for their `shutdown` and do nothing.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).start_closed(true);
    /// # drop(builder);
    /// ```
    pub fn start_closed(mut self, closed: bool) -> Self {
        self.start_closed = closed;
        self
    }

    /// Whether it listens from the start is said by the environment variable `name`: not if it is not set, is empty, or says `0`,
    /// `no`, `off` or `false`; at the places that the program names if it says `1`, `yes`, `on` or `true`; and at a socket of its own if it
    /// is a path, which begins with `/`.
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

    /// Whether a socket file that nobody serves is replaced; by default it is. Otherwise it keeps the manhole from starting, and removing
    /// it is up to the program: [`unlink_stale`](crate::unlink_stale) and [`unlink`](crate::unlink) do that.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).unlink_stale(false);
    /// # drop(builder);
    /// ```
    pub fn unlink_stale(mut self, unlink: bool) -> Self {
        self.file.unlink_stale = unlink;
        self
    }

    /// How long a client may take to send its [`token`](Listener::token); 10 seconds by default. 16 clients at most may be about to.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// # use std::time::Duration;
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).authentication_timeout(Duration::from_secs(2));
    /// # drop(builder);
    /// ```
    pub fn authentication_timeout(mut self, timeout: Duration) -> Self {
        self.authentication_timeout = timeout;
        self
    }

    /// Who may connect, and how far they may go. By default the user that runs the program and root may do everything, and
    /// nobody else may connect.
    ///
    /// The socket's mode is another gate before this one: with the default of 0600 the kernel lets nobody else connect.
    ///
    /// ```
    /// # use manhole::{Builder, Access, Level, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).access(Access::default().user(1001, Level::Observe));
    /// # drop(builder);
    /// ```
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The mode of the socket file; 0600 by default, so that only its owner can connect. It has this mode from its first moment.
    ///
    /// For others to connect [`access`](Builder::access) has to let them in too.
    ///
    /// ```
    /// use manhole::{Access, Builder, Level, Namespace};
    ///
    /// // The group `adm` may look.
    /// let builder = Builder::new(Namespace::new())
    ///     .socket_mode(0o660)
    ///     .socket_group(4)
    ///     .access(Access::default().group(4, Level::Observe));
    /// # drop(builder);
    /// ```
    pub fn socket_mode(mut self, mode: u32) -> Self {
        self.file.mode = mode & 0o777;
        self
    }

    /// The user that owns the socket file, by number; the program's own by default. Only root can give a file away.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).socket_owner(1001);
    /// # drop(builder);
    /// ```
    pub fn socket_owner(mut self, uid: u32) -> Self {
        self.file.owner = Some(uid);
        self
    }

    /// The group of the socket file, by number; the program's own by default.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).socket_group(100).socket_mode(0o660);
    /// # drop(builder);
    /// ```
    pub fn socket_group(mut self, gid: u32) -> Self {
        self.file.group = Some(gid);
        self
    }

    /// Whether the directory of the socket is made if it is not there, for this user alone (mode 0700). By default it has to be there.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).make_directory(true);
    /// # drop(builder);
    /// ```
    pub fn make_directory(mut self, make: bool) -> Self {
        self.file.make_directory = make;
        self
    }

    /// Tells `listener` who connects and disconnects, who is refused, and every command with what came of it. With the feature
    /// `tracing` all this goes to `tracing` too, with the target `manhole`.
    ///
    /// Of each user it is told 200 events at once and 20 more each second; the next one says how many were left out. Refusals are
    /// counted apart, and so is what a level did not allow, so that nobody can hide something in a flood of something else. It is
    /// called on the thread of the session, so a slow listener makes that session slow, and nobody else. Where the program's event loop stands still while a
    /// command runs (`serve_inline`), a listener that waits for that loop is waited for no longer than two seconds.
    ///
    /// ```
    /// use manhole::{Builder, EventKind, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).audit(|event| {
    ///     if let EventKind::Command { text, outcome, .. } = &event.kind {
    ///         println!("{:?} typed {text:?}: {outcome}", event.peer.uid);
    ///     }
    /// });
    /// # drop(builder);
    /// ```
    pub fn audit(mut self, listener: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.config.audit.listen(Arc::new(listener));
        self
    }

    /// Nobody can change anything, or call what is not marked `#[manhole(observe)]`.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).read_only();
    /// # drop(builder);
    /// ```
    pub fn read_only(mut self) -> Self {
        self.ceiling = Level::Observe;
        self
    }

    /// How many sessions there may be at once; 64 by default. A client beyond is told so and closed.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).sessions(8);
    /// # drop(builder);
    /// ```
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.quota.sessions = sessions;
        self
    }

    /// How many sessions one user may have at once; by default seven eighths of all, so that one that leaves its sessions open does not
    /// keep the others out.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).sessions_per_user(2);
    /// # drop(builder);
    /// ```
    pub fn sessions_per_user(mut self, sessions: usize) -> Self {
        self.quota.per_user = Some(sessions);
        self
    }

    /// How many connections of one user may come in a second; 1,000 by default. Twice as many may come at once. A client beyond is told
    /// so and closed.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).connections_per_second(5);
    /// # drop(builder);
    /// ```
    pub fn connections_per_second(mut self, connections: u32) -> Self {
        self.quota.per_second = f64::from(connections);
        self
    }
}
