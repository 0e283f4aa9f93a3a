//! How a manhole is set up.

mod connection_options;
mod open_from_env;
mod session_options;

use std::sync::Arc;
use std::time::Duration;

use open_from_env::OpenSetting;

#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::engine::{EngineOptions, EngineTemplate, Shared};
use crate::namespace::Namespace;
use crate::reflect::Level;
use crate::server::admit::{Access, Admission, ConnectionLimiter, ConnectionLimits};
use crate::server::error::Error;
use crate::server::listen::{FileOptions, Listener};
#[cfg(feature = "tokio")]
use crate::server::serve::CommandMode;
use crate::server::serve::{Console, ListenConfig, ServerConfig};
use crate::session::SessionConfig;

/// Serves `namespace` on a Unix socket at a path, or at another [`Listener`], with everything else as [`Builder`] has it by default.
///
/// The manhole runs on threads of its own; the caller needs no runtime. Only the process's own user (and root) can connect: the
/// socket has mode 0600 from its first moment. A socket that a process has left behind at `path` is replaced.
///
/// # How one serves, and nobody else
///
/// A socket file outlives its process, and to remove it at the end cannot be relied on, so it is the next start that has to tell
/// one that is left over from one that is served. Beside the socket `app.manhole` there is a file `app.manhole.lock`. Whoever serves
/// holds a lock on it, which the kernel releases with the process, however that ends. Of several starts at once, one gets the lock,
/// and the others an error that names its process. Who has the lock looks at the path: a socket that refuses connections is left
/// over, and is replaced; anything else is left alone. The new one gets its mode, owner and group before anybody can connect. So a
/// start can be killed at any moment, and the next one finds a path that it can serve.
///
/// Neither file is removed at the end. While the program runs, leave the lock where it is: without it another start has only the
/// socket to judge by.
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
/// println!("connect with: {}", console.addresses()[0].command());
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the path is served already, is no socket, or cannot be bound, or if a name of the namespace is not one. The error names
/// the path and the cause; the application is as it was.
pub fn spawn(listener: impl Into<Listener>, namespace: Namespace) -> Result<Console, Error> {
    Builder::new(namespace).spawn(listener)
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
    options: EngineOptions,
    config: SessionConfig,
    shared: bool,
    idle_timeout: Option<Duration>,
    authentication_timeout: Duration,
    access: Access,
    ceiling: Level,
    /// Beside the one that it is served at.
    listeners: Vec<Listener>,
    file: FileOptions,
    quota: ConnectionLimits,
    start_closed: bool,
    /// The environment variable that says whether to open.
    open_if_env: Option<String>,
}

impl Builder {
    /// A manhole for `namespace`.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// let builder = Builder::new(manhole! { answer => 42_u8 });
    /// # drop(builder);
    /// ```
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            options: EngineOptions::default(),
            config: SessionConfig::default(),
            shared: false,
            idle_timeout: None,
            authentication_timeout: Duration::from_secs(10),
            access: Access::default(),
            ceiling: Level::Admin,
            listeners: Vec::new(),
            file: FileOptions::default(),
            quota: ConnectionLimits::default(),
            start_closed: false,
            open_if_env: None,
        }
    }

    /// Serves on a Unix socket at a path, or at another [`Listener`]; see [`spawn`].
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.manhole");
    /// let console = Builder::new(manhole! { answer => 42_u8 }).read_only().spawn(&path)?;
    /// assert!(console.is_open());
    /// # console.shutdown();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    pub fn spawn(self, listener: impl Into<Listener>) -> Result<Console, Error> {
        let (setup, listen, open) = self.build(listener.into())?;
        let console = Console::new(setup, listen);
        if open {
            console.open()?;
        }
        Ok(console)
    }

    /// Serves on a Unix socket at a path, or at another [`Listener`], on the runtime that awaits this, until `shutdown` is ready.
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
        listener: impl Into<Listener>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        self.serve_in(CommandMode::Concurrent, listener.into(), shutdown).await
    }

    /// Serves on a Unix socket at a path, or at another [`Listener`], on the event loop that awaits this, until `shutdown` is ready.
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
        listener: impl Into<Listener>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let mut inline = self;
        inline.options.inline = true;
        inline.serve_in(CommandMode::Inline, listener.into(), shutdown).await
    }

    #[cfg(feature = "tokio")]
    async fn serve_in(
        self,
        mode: CommandMode,
        listener: Listener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let (setup, listen, open) = self.build(listener)?;
        if !open {
            shutdown.await;
            return Ok(());
        }
        crate::server::serve::serve(listen.bind()?, setup, mode, shutdown).await
    }

    /// What is served, where, and whether from the start.
    fn build(mut self, first: Listener) -> Result<(ServerConfig, ListenConfig, bool), Error> {
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
        let language = EngineTemplate::new(self.namespace, &self.options)?;
        if let Some(startup) = &self.config.startup {
            crate::session::check(&language, startup).map_err(Error::Startup)?;
        }
        if self.shared {
            self.config.shared = Some(Arc::new(Shared::default()));
        }
        self.config.ceiling = self.config.ceiling.max(&self.config.limits);
        let mut listeners = vec![first];
        listeners.append(&mut self.listeners);
        let mut open = !self.start_closed;
        if let Some(name) = &self.open_if_env {
            match OpenSetting::parse(name, std::env::var_os(name))? {
                OpenSetting::Closed => open = false,
                OpenSetting::Open => open = true,
                OpenSetting::At(path) => (listeners, open) = (vec![path.into()], true),
            }
        }
        let admission = Admission {
            access: self.access,
            max_level: self.ceiling,
            limits: self.quota,
            limiter: ConnectionLimiter::new(self.quota),
            audit: self.config.audit.clone(),
            token_timeout: self.authentication_timeout,
            last_session: Arc::default(),
        };
        let setup = ServerConfig {
            engine: language,
            session: self.config,
            admission,
            idle_timeout: self.idle_timeout,
        };
        Ok((setup, ListenConfig { listeners, file: self.file }, open))
    }
}
