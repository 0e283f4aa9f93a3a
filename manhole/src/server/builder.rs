//! How a manhole is set up.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Console, Error, socket};
#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::engine::{Language, Options, Shared};
use crate::namespace::Namespace;
use crate::session::Config;

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
}

impl Builder {
    /// A manhole for `namespace`.
    pub fn new(namespace: Namespace) -> Self {
        Self { namespace, options: Options::default(), config: Config::default(), shared: false }
    }

    /// What a client is sent first, as it is: a line break at its end must be part of it. Nothing by default.
    pub fn banner(mut self, banner: impl Into<Cow<'static, str>>) -> Self {
        self.config.banner = match banner.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        self
    }

    /// Like [`banner`](Builder::banner), for what is not text.
    pub fn banner_bytes(mut self, banner: impl Into<Cow<'static, [u8]>>) -> Self {
        self.config.banner = banner.into();
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
        let (language, config) = self.build()?;
        Console::start(socket::bind(path.as_ref())?, language, config)
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
        let (language, config) = self.build()?;
        super::inline::serve(socket::bind(path.as_ref())?, language, config, shutdown).await
    }

    fn build(mut self) -> Result<(Arc<Language>, Config), Error> {
        #[cfg(feature = "tokio")]
        if self.options.runtime.0.is_none() {
            let current = tokio::runtime::Handle::try_current().ok();
            self.options.runtime = Runtime(current.map(|runtime| Arc::new(runtime) as _));
        }
        let language = Language::new(self.namespace, &self.options)?;
        if self.shared {
            self.config.shared = Some(Arc::new(Shared::default()));
        }
        Ok((language, self.config))
    }
}
