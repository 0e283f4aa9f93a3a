//! How a manhole is set up.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::guests::{Guests, Quota};
#[cfg(feature = "tokio")]
use super::runtime::{self, Mode};
use super::socket::FileOptions;
use super::{Access, Console, Error, Setup, socket};
#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::engine::{Language, Limits, Options, Shared};
use crate::namespace::Namespace;
use crate::reflect::Level;
use crate::session::{Banner, Config, Event, Peer};

/// Serves `namespace` on a Unix socket at `path`, with everything else as [`Builder`] has it by default.
///
/// The manhole runs on threads of its own; the caller needs no runtime. Only the process's own user (and root) can connect: the
/// socket has mode 0600 from its first moment. A socket that a process has left behind at `path` is replaced.
///
/// ```
/// use manhole::manhole;
/// use parking_lot::Mutex;
/// use std::sync::Arc;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let counter = Arc::new(Mutex::new(0_u64));
/// let console = manhole::spawn(&path, manhole! { counter => counter })?;
/// println!("nc -U {}", console.path().display());
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the path is served already, is no socket, or cannot be bound, or if a name of the namespace is not one. The error names
/// the path and the cause; the application is as it was.
pub fn spawn(path: impl AsRef<Path>, namespace: Namespace) -> Result<Console, Error> {
    Builder::new(namespace).spawn(path)
}

/// Sets up a manhole.
///
/// ```
/// use std::time::Duration;
/// use manhole::{Builder, manhole};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let console = Builder::new(manhole! { answer => 42_u8 })
///     .banner("Well this is neat\n")
///     .timeout(Duration::from_secs(2))
///     .spawn(&path)?;
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `spawn`"]
pub struct Builder {
    namespace: Namespace,
    options: Options,
    config: Config,
    shared: bool,
    sessions: usize,
    idle_timeout: Option<Duration>,
    access: Access,
    ceiling: Level,
    file: FileOptions,
    quota: Quota,
}

impl Builder {
    /// A manhole for `namespace`.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            options: Options::default(),
            config: Config::default(),
            shared: false,
            sessions: 64,
            idle_timeout: None,
            access: Access::default(),
            ceiling: Level::Admin,
            file: FileOptions::default(),
            quota: Quota::default(),
        }
    }

    /// What a client is sent first, as it is: a line break at its end must be part of it. Nothing by default.
    pub fn banner(mut self, banner: impl Into<Cow<'static, str>>) -> Self {
        self.config.banner = Banner::Bytes(match banner.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        });
        self
    }

    /// Like [`banner`](Builder::banner), for what is not text.
    pub fn banner_bytes(mut self, banner: impl Into<Cow<'static, [u8]>>) -> Self {
        self.config.banner = Banner::Bytes(banner.into());
        self
    }

    /// Like [`banner`](Builder::banner), made for each client anew. A function that panics says nothing.
    ///
    /// ```
    /// use manhole::{Builder, Namespace, Peer};
    ///
    /// let builder = Builder::new(Namespace::new())
    ///     .banner_for(|peer: &Peer| format!("hello, process {:?}\n", peer.pid));
    /// # drop(builder);
    /// ```
    pub fn banner_for(mut self, banner: impl Fn(&Peer) -> String + Send + Sync + 'static) -> Self {
        self.config.banner = Banner::Of(Arc::new(banner));
        self
    }

    /// What the application is called in the help; the name of its file by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// The prompt for a command, and the one for its further lines; `>>> ` and `... ` by default.
    pub fn prompts(
        mut self,
        prompt: impl Into<Cow<'static, str>>,
        continuation: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.config.prompt = prompt.into();
        self.config.continuation = continuation.into();
        self
    }

    /// What a session may take, until it changes that by `set("timeout", "30s")`.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// How far a session can change its limits; [`Limits::ceiling`] by default. What is set higher by
    /// [`limits`](Builder::limits) is its own ceiling.
    pub fn ceiling(mut self, ceiling: Limits) -> Self {
        self.config.ceiling = ceiling;
        self
    }

    /// Who may connect, and how far they may go. By default the user that runs the program and root may do everything, and
    /// nobody else may connect.
    ///
    /// The socket's mode is another gate before this one: with the default of 0600 the kernel lets nobody else connect.
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
    pub fn socket_owner(mut self, uid: u32) -> Self {
        self.file.owner = Some(uid);
        self
    }

    /// The group of the socket file, by number; the program's own by default.
    pub fn socket_group(mut self, gid: u32) -> Self {
        self.file.group = Some(gid);
        self
    }

    /// Whether the directory of the socket is made if it is not there, for this user alone (mode 0700). By default it has to be there.
    pub fn make_directory(mut self, make: bool) -> Self {
        self.file.make_directory = make;
        self
    }

    /// Tells `listener` who connects and disconnects, who is refused, and every command with what came of it. With the feature
    /// `tracing` all this goes to `tracing` too, with the target `manhole`.
    ///
    /// It is told 200 events at once and 20 more each second; the next one says how many were left out. It is called on the thread of
    /// the session, so a slow listener makes that session slow, and nobody else.
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
    pub fn read_only(mut self) -> Self {
        self.ceiling = Level::Observe;
        self
    }

    /// How many sessions there may be at once; 64 by default. A client beyond is told so and closed.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions;
        self
    }

    /// How many sessions one user may have at once; by default as many as there may be.
    pub fn sessions_per_user(mut self, sessions: usize) -> Self {
        self.quota.per_user = sessions;
        self
    }

    /// How many connections may come in a second; 1,000 by default. Twice as many may come at once. A client beyond is told so and
    /// closed.
    pub fn connections_per_second(mut self, connections: u32) -> Self {
        self.quota.per_second = f64::from(connections);
        self
    }

    /// How long a session may be without a command before it is closed. By default it may be so for ever: it costs nothing
    /// but a thread that sleeps.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// How long a command may run before it is stopped; 5 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.limits.timeout = timeout;
        self
    }

    /// How long a command waits for a lock that the application holds; 1 second by default.
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.config.limits.lock_wait = wait;
        self
    }

    /// Whether all clients have their variables and functions in common. By default each has its own.
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Whether `process::exit(code)` ends the application. By default it is refused.
    pub fn allow_exit(mut self, allow: bool) -> Self {
        self.options.allow_exit = allow;
        self
    }

    /// The directory of scripts that sessions may `import`: run-books of whoever operates the program. Without one there is
    /// nothing to import.
    ///
    /// A script is `name.rhai` in the directory or below it, and is read again when it has changed. Nothing outside of the
    /// directory can be imported: neither by a path nor through a link.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let (path, scripts) = (directory.path().join("app.manhole"), directory.path());
    /// std::fs::write(scripts.join("idle.rhai"), "fn longest(sessions) { sessions.max_by(|s| s.idle) }")?;
    /// // import "idle" as idle; idle::longest(gizmo.sessions)
    /// let console = Builder::new(manhole! { answer => 42_u8 }).scripts_dir(scripts).spawn(&path)?;
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scripts_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.options.scripts_dir = Some(directory.into());
        self
    }

    /// Runs `script` in each session before its first prompt; where variables are [`shared`](Builder::shared), only in the
    /// first. What it prints comes after the banner, what it binds is there in the session, and its limits are those of a
    /// command. If it fails, the client sees why, and gets a prompt all the same.
    pub fn startup(mut self, script: impl Into<Cow<'static, str>>) -> Self {
        self.config.startup = Some(script.into());
        self
    }

    /// Adds functions, types, modules and packages to the script engine of each session. Called once for each session, before
    /// the console sets limits and hooks of its own, which cannot be undone by it. What is added is not in the help.
    ///
    /// [`rhai`] is the crate that the console is made with; its version is part of this interface.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new())
    ///     .engine(|engine| drop(engine.register_fn("double", |n: i64| n.wrapping_mul(2))));
    /// # drop(builder);
    /// ```
    pub fn engine(mut self, extend: impl Fn(&mut crate::rhai::Engine) + Send + Sync + 'static) -> Self {
        self.options.extension = Some(Arc::new(extend));
        self
    }

    /// Where `async` methods and functions are awaited. By default that is the runtime from inside of which the manhole is
    /// started, if there is one.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// async fn twice(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let console = Builder::new(manhole! { twice => twice })
    ///     .runtime(runtime.handle().clone())
    ///     .spawn(&path)?;
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub fn runtime(mut self, runtime: tokio::runtime::Handle) -> Self {
        self.options.runtime = Runtime(Some(Arc::new(runtime)));
        self
    }

    /// Serves on a Unix socket at `path`; see [`spawn`].
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    pub fn spawn(self, path: impl AsRef<Path>) -> Result<Console, Error> {
        let (file, setup) = (self.file.clone(), self.build()?);
        Console::start(socket::bind(path.as_ref(), &file)?, setup)
    }

    /// Serves on a Unix socket at `path`, on the runtime that awaits this, until `shutdown` is ready.
    ///
    /// Clients are accepted and read from by tasks of the caller's runtime; commands run on a thread for each session, and no
    /// task waits for them. The console ends with the future, also if that is dropped. It answers only as long as the runtime
    /// does: [`spawn`](Builder::spawn) answers when everything else stands still.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// # stop.send(()).ok();
    /// Builder::new(manhole! { answer => 42_u8 })
    ///     .serve(&path, async { drop(stopped.await) })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    ///
    /// # Panics
    ///
    /// If it is awaited outside of a tokio runtime that has I/O and time enabled.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn serve(
        self,
        path: impl AsRef<Path>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let (file, setup) = (self.file.clone(), self.build()?);
        runtime::serve(socket::bind(path.as_ref(), &file)?, setup, Mode::Concurrent, shutdown).await
    }

    /// Serves on a Unix socket at `path`, on the event loop that awaits this, until `shutdown` is ready.
    ///
    /// While a command runs the event loop stands still. So a command is atomic to the other tasks of a current-thread
    /// runtime: what it reads in two steps nothing has changed in between. The price is that the application waits for every
    /// command, up to its [`timeout`](Builder::timeout), which holds here too; and that the console does not answer when the
    /// event loop is blocked, which is when it is needed most. [`spawn`](Builder::spawn) has neither drawback.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// # stop.send(()).ok();
    /// Builder::new(manhole! { answer => 42_u8 })
    ///     .serve_inline(&path, async { drop(stopped.await) })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    ///
    /// # Panics
    ///
    /// If it is awaited outside of a tokio runtime that has I/O and time enabled.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn serve_inline(
        self,
        path: impl AsRef<Path>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let mut inline = self;
        inline.options.inline = true;
        let (file, setup) = (inline.file.clone(), inline.build()?);
        runtime::serve(socket::bind(path.as_ref(), &file)?, setup, Mode::Inline, shutdown).await
    }

    fn build(mut self) -> Result<Setup, Error> {
        #[cfg(feature = "tokio")]
        if self.options.runtime.0.is_none() {
            let current = tokio::runtime::Handle::try_current().ok();
            self.options.runtime = Runtime(current.map(|runtime| Arc::new(runtime) as _));
        }
        if let Some(directory) = &mut self.options.scripts_dir {
            *directory = directory
                .canonicalize()
                .map_err(|source| Error::ScriptsDir { path: directory.clone(), source })?;
        }
        let language = Language::new(self.namespace, &self.options)?;
        if let Some(startup) = &self.config.startup {
            crate::session::check(&language, startup).map_err(Error::Startup)?;
        }
        if self.shared {
            self.config.shared = Some(Arc::new(Shared::default()));
        }
        self.config.ceiling = self.config.ceiling.max(&self.config.limits);
        Ok(Setup {
            language,
            config: self.config,
            access: self.access,
            ceiling: self.ceiling,
            quota: self.quota,
            guests: Guests::new(self.quota),
            last_session: Arc::default(),
            sessions: self.sessions,
            idle_timeout: self.idle_timeout,
        })
    }
}
