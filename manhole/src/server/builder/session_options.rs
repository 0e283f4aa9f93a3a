//! What a session is like, and what it may take.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Builder;
use crate::engine::Limits;
#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::session::{Banner, Peer};

impl Builder {
    /// What a client is sent first, as it is: a line break at its end must be part of it. Nothing by default.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).banner("Mind the gap.\n");
    /// # drop(builder);
    /// ```
    pub fn banner(mut self, banner: impl Into<Cow<'static, str>>) -> Self {
        self.config.banner = Banner::Bytes(match banner.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        });
        self
    }

    /// Like [`banner`](Builder::banner), for what is not text.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).banner_bytes(b"\x1b[1mMind the gap.\x1b[m\n".as_slice());
    /// # drop(builder);
    /// ```
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
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).name("billing");
    /// # drop(builder);
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// The prompt for a command, and the one for its further lines; `>>> ` and `... ` by default.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).prompts("billing> ", "       | ");
    /// # drop(builder);
    /// ```
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
    ///
    /// ```
    /// use manhole::{Builder, Limits, manhole};
    ///
    /// let mut limits = Limits::default();
    /// limits.items = 50;
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).limits(limits);
    /// # drop(builder);
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// How far a session can change its limits; [`Limits::ceiling`] by default. What is set higher by
    /// [`limits`](Builder::limits) is its own ceiling.
    ///
    /// ```
    /// use manhole::{Builder, Limits, manhole};
    ///
    /// // Nobody may set a limit higher than it is.
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).ceiling(Limits::default());
    /// # drop(builder);
    /// ```
    pub fn ceiling(mut self, ceiling: Limits) -> Self {
        self.config.ceiling = ceiling;
        self
    }

    /// How long a session may be without a command before it is closed. By default it may be so for ever: it costs nothing
    /// but a thread that sleeps.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// # use std::time::Duration;
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).idle_timeout(Duration::from_secs(3_600));
    /// # drop(builder);
    /// ```
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// How long a command may run before it is stopped; 5 seconds by default.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// # use std::time::Duration;
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).timeout(Duration::from_secs(1));
    /// # drop(builder);
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.limits.timeout = timeout;
        self
    }

    /// How long a command waits for a lock that the application holds; 1 second by default.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// # use std::time::Duration;
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).lock_wait(Duration::from_millis(50));
    /// # drop(builder);
    /// ```
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.config.limits.lock_wait = wait;
        self
    }

    /// Whether all clients have their variables and functions in common. By default each has its own.
    ///
    /// What one of them defines runs at the level of who calls it. Where clients have different levels, one that may only look can
    /// define a function that does what another may do who calls it.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).shared(true);
    /// # drop(builder);
    /// ```
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Whether `process::exit(code)` ends the application. By default it is refused.
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).allow_exit(true);
    /// # drop(builder);
    /// ```
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
    ///
    /// ```
    /// # use manhole::{Builder, manhole};
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).startup("fn half(n) { n / 2 }");
    /// # drop(builder);
    /// ```
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
}
