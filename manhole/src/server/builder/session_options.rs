//! The options of sessions.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use super::Builder;
use crate::engine::Limits;
#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::session::Banner;
use crate::tasks::TreeSource;

/// # Choose what a session shows
impl Builder {
    /// Sets the [`Banner`], which a client gets before the first prompt. Defaults to none. End it with a line break.
    ///
    /// ```
    /// use manhole::{Banner, Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).banner("production: be careful\n");
    /// let builder = builder.banner(b"\x1b[1mproduction\x1b[m: be careful\n".as_slice());
    /// let builder = builder.banner(Banner::from_fn(|peer| format!("hello, process {:?}\n", peer.pid)));
    /// # drop(builder);
    /// ```
    pub fn banner(mut self, banner: impl Into<Banner>) -> Self {
        self.session.banner = banner.into();
        self
    }

    /// Sets the prompt of a command, and the prompt of its further lines. Defaults to `>>> ` and `... `.
    pub fn prompts(
        mut self,
        prompt: impl Into<Cow<'static, str>>,
        continuation: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.session.prompt = prompt.into();
        self.session.continuation = continuation.into();
        self
    }

    /// Sets the name of the application in the help. Defaults to the name of its executable.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.engine.name = Some(name.into());
        self
    }
}

/// # Choose what every process has
impl Builder {
    /// Sets the version of the program, which the console shows as `process.version`.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).version(env!("CARGO_PKG_VERSION"));
    /// # drop(builder);
    /// ```
    pub fn version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        self.build_info.version = Some(version.into());
        self
    }

    /// Sets the commit of the program, which the console shows as `process.commit`.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).commit(option_env!("COMMIT").unwrap_or("unknown"));
    /// # drop(builder);
    /// ```
    pub fn commit(mut self, commit: impl Into<Cow<'static, str>>) -> Self {
        self.build_info.commit = Some(commit.into());
        self
    }

    /// Shows the trees of tasks that a library keeps, such as `async-backtrace`, as `tasks.trees()`. `tasks.trees_of("query")` shows
    /// those that contain a text.
    ///
    /// With `async-backtrace` it is `task_trees(|| async_backtrace::tasks().map(|task| task.pretty_tree(false)))`.
    ///
    /// A look takes 1,000 trees and 64 KiB at most. `trees` is called on the thread of a session; its result is dropped when they are made.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).task_trees(|| ["╼ serve\n  └╼ query".to_owned()]);
    /// # drop(builder);
    /// ```
    pub fn task_trees<I>(mut self, trees: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: IntoIterator<Item = String>,
    {
        self.task_trees = Some(TreeSource::new(trees));
        self
    }

    /// Sets whether sessions have the roots that describe any process: `process`, `threads`, `descriptors`, `console`, `panics`, and
    /// `runtime` with the feature `tokio`. Defaults to `true`. A name of the application goes first; then `manhole::process` is the other.
    ///
    /// They are read only by commands that use them. The first one that asks for the processor's use waits 100 ms for a second count. For `panics` the console
    /// sets a panic hook, which calls the one before it.
    pub fn builtin_roots(mut self, offer: bool) -> Self {
        self.has_builtin_roots = offer;
        self
    }
}

/// # Choose how much a command may use
impl Builder {
    /// Changes the [limits](Limits) with which a session starts. A session changes its own limits with `set("timeout", "30s")`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use manhole::{Builder, manhole};
    ///
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).limits(|limits| {
    ///     limits.timeout = Duration::from_secs(1);
    ///     limits.lock_wait = Duration::from_millis(50);
    /// });
    /// # drop(builder);
    /// ```
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.session.limits);
        self
    }

    /// Changes the highest limits that a session can set. Defaults to [`Limits::ceiling`], or to the
    /// [limits](Builder::limits) that are higher.
    ///
    /// ```
    /// use manhole::{Builder, Limits, manhole};
    ///
    /// // A session can only lower its limits.
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).ceiling(|ceiling| *ceiling = Limits::default());
    /// # drop(builder);
    /// ```
    pub fn ceiling(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.session.ceiling);
        self
    }
}

/// # Limit the memory of all sessions
impl Builder {
    /// Sets how many bytes of memory all sessions may use together. Defaults to 128 MiB. No session can raise it.
    ///
    /// Half of it is for what sessions keep between commands: variables, functions, history. If they exceed it, the session that keeps
    /// most loses its largest variables, and its user gets a note. The rest is for running commands; if they exceed it, the command
    /// that needs most is stopped.
    ///
    /// The limits of the system are respected too: those of the process's control groups, and of `RLIMIT_AS` and `RLIMIT_DATA`. The
    /// command that needs most is stopped when the process comes within 32 MiB of one, or within a sixth of a smaller one.
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).memory(32 * 1024 * 1024);
    /// # drop(builder);
    /// ```
    pub const fn memory(mut self, bytes: usize) -> Self {
        self.engine.memory = Some(bytes);
        self
    }
}

/// # Choose what scripts can do
impl Builder {
    /// Sets the directory of scripts that sessions can `import`. Defaults to none.
    ///
    /// A script is a file `name.rhai` in the directory or below it. A changed file is read again. A path or a link that leads out of
    /// the directory cannot be imported.
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
        self.engine.scripts_dir = Some(directory.into());
        self
    }

    /// Sets a script that runs in each session before the first prompt; where variables are [`shared`](Builder::shared), only in the
    /// first session.
    ///
    /// Its output follows the banner, its variables and functions stay in the session, and the limits of a command apply to it. If it
    /// fails, the client gets the error, and then the prompt.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new()).startup("fn half(n) { n / 2 }");
    /// # drop(builder);
    /// ```
    pub fn startup(mut self, script: impl Into<Cow<'static, str>>) -> Self {
        self.session.startup = Some(script.into());
        self
    }

    /// Sets whether all sessions share their variables and functions. Defaults to `false`.
    ///
    /// **A shared function runs at the level of its caller.** A client at `observe` can define one that changes something as soon as
    /// a client at `operate` calls it. Share only between clients of one level.
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Sets whether `process::exit(code)` ends the application. Defaults to `false`.
    pub fn allow_exit(mut self, allow: bool) -> Self {
        self.engine.allow_exit = allow;
        self
    }

    /// Sets whether commands may call the author's code. Defaults to `true`. Otherwise sessions read and write fields, and call no method or
    /// function, no `Debug` and `Display`, and no function named in an attribute. What they would show is `<not called>`.
    ///
    /// In a program that is built with `panic = "abort"`, a panic in that code ends the process:
    ///
    /// ```
    /// use manhole::{Builder, manhole};
    ///
    /// let builder = Builder::new(manhole! { answer => 42_u8 }).allow_calls(cfg!(panic = "unwind"));
    /// # drop(builder);
    /// ```
    ///
    /// Code that the standard library calls still runs: `Hash`, `Ord`, `Drop`, and implementations of `Manhole` by hand.
    pub fn allow_calls(mut self, allow: bool) -> Self {
        self.engine.forbid_calls = !allow;
        self
    }

    /// Sets whether the message of a panic in the author's code appears in errors, in values and in the audit. Defaults to `true`. A
    /// message may contain a secret, as in `panic!("cannot parse {token}")`. Otherwise `message hidden` appears in its place.
    ///
    /// The application's panic hook still gets the message. By default it writes it to standard error.
    pub fn show_panic_messages(mut self, show: bool) -> Self {
        self.engine.hide_panics = !show;
        self
    }

    /// Calls `extend` for the script engine of each session, to add functions, types and modules. They do not appear in the help.
    ///
    /// The console sets its own limits and hooks afterwards, which `extend` cannot undo. The version of [`rhai`] is part of this
    /// interface.
    ///
    /// ```
    /// use manhole::{Builder, Namespace};
    ///
    /// let builder = Builder::new(Namespace::new())
    ///     .engine(|engine| drop(engine.register_fn("double", |n: i64| n.wrapping_mul(2))));
    /// # drop(builder);
    /// ```
    ///
    /// [`rhai`]: crate::rhai
    pub fn engine(mut self, extend: impl Fn(&mut crate::rhai::Engine) + Send + Sync + 'static) -> Self {
        self.engine.extension = Some(Arc::new(extend));
        self
    }

    /// Sets the runtime of `async` methods and functions. Defaults to the runtime in which the console is started, if there is one.
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
        self.runtime = Some(runtime.clone());
        self.engine.runtime = Runtime::Running(Arc::new(runtime));
        self
    }
}
