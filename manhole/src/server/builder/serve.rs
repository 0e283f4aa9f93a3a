//! The methods that start a console.

use std::io::Write;

use super::{Builder, Parts};
use crate::namespace::Namespace;
use crate::server::error::Error;
use crate::server::listen::Listener;
#[cfg(feature = "tokio")]
use crate::server::serve::CommandMode;
use crate::server::serve::Console;

/// Serves `namespace` on a Unix socket at a path, or on another [`Listener`], with the default options of [`Builder`].
///
/// The console runs on its own threads, and needs no runtime. Only root and the user that runs the application can connect: the
/// socket has mode 0600 from the moment it exists. A stale socket at `path` is replaced.
///
/// # Exclusive use of a path
///
/// A socket file outlives its process, so that a start has to find out whether a file at its path is stale. Beside the socket
/// `app.manhole` there is a lock file, `app.manhole.lock`:
///
/// 1. The process that serves the path holds a lock on this file. The kernel releases it when the process ends, however it ends.
/// 2. Of several starts at once, one gets the lock. The others get [`Error::InUse`] with its process ID.
/// 3. The start that has the lock connects to the socket. If the connection is refused, the socket is stale, and it is replaced. Any
///    other file is left alone.
/// 4. The new socket gets its mode, owner and group before clients can connect.
///
/// So a start can be killed at any moment, and the next one can serve the path. Both files stay when the process ends. Do not
/// remove the lock file while it runs: another start could then replace the socket.
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
/// If another process serves the path, if it is not a socket or cannot be bound, or if a name of the namespace is invalid. The
/// application runs on without its console.
pub fn spawn(listener: impl Into<Listener>, namespace: Namespace) -> Result<Console, Error> {
    Builder::new(namespace).spawn(listener)
}

/// Serves `namespace` at the first free [default path](crate::default_path) of an application called `name`. The client finds it
/// there: `manhole attach NAME`.
///
/// The application runs on whether or not its console starts. The reason why it does not goes to `tracing`, with the feature of this
/// name and a subscriber for warnings, and otherwise to standard error. [`spawn`] returns it.
///
/// ```no_run
/// use manhole::manhole;
///
/// manhole::start("app", manhole! { answer => 42_u8 });
/// ```
pub fn start(name: &str, namespace: Namespace) -> Option<Console> {
    Builder::new(namespace).start(name)
}

/// # Start the console
impl Builder {
    /// Serves at the first free default path of an application called `name`, and does not fail; see [`start`].
    pub fn start(self, name: &str) -> Option<Console> {
        self.spawn(Listener::named(name)).inspect_err(report).ok()
    }

    /// Serves on a Unix socket at a path, or on another [`Listener`], on its own threads; see [`spawn`].
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    pub fn spawn(self, listener: impl Into<Listener>) -> Result<Console, Error> {
        let Parts { config, listen, open } = self.build(listener.into())?;
        let console = Console::new(config, listen);
        if open {
            console.open()?;
        }
        Ok(console)
    }

    /// Serves on the runtime that awaits this, until `shutdown` is ready.
    ///
    /// Tasks of the runtime accept clients and read from them. Commands run on a thread for each session, and other tasks run in
    /// the meantime. The console ends with the future, also if it is dropped. It responds only as long as the runtime does;
    /// [`spawn`](Builder::spawn) responds even when the runtime is blocked.
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
    /// If it is awaited outside a tokio runtime with I/O and time enabled.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn serve(
        self,
        listener: impl Into<Listener>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        self.serve_in(CommandMode::Concurrent, listener.into(), shutdown).await
    }

    /// Serves on the event loop that awaits this, which waits while a command runs.
    ///
    /// On a current-thread runtime a command is then atomic to the other tasks: nothing changes between two of its reads. In return
    /// the application waits for each command, up to its [timeout](crate::Limits::timeout), and the console does not respond while
    /// the event loop is blocked. [`spawn`](Builder::spawn) has neither drawback.
    ///
    /// The rest is as for [`serve`](Builder::serve).
    ///
    /// # Errors
    ///
    /// As for [`spawn`].
    ///
    /// # Panics
    ///
    /// If it is awaited outside a tokio runtime with I/O and time enabled.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn serve_inline(
        mut self,
        listener: impl Into<Listener>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        self.engine.inline = true;
        self.serve_in(CommandMode::Inline, listener.into(), shutdown).await
    }

    #[cfg(feature = "tokio")]
    async fn serve_in(
        self,
        mode: CommandMode,
        listener: Listener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let Parts { config, listen, open } = self.build(listener)?;
        if !open {
            shutdown.await;
            return Ok(());
        }
        crate::server::serve::serve(listen.bind()?, config, mode, shutdown).await
    }
}

/// Reports that there is no console.
fn report(error: &Error) {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(target: "manhole", tracing::Level::WARN) {
        return tracing::warn!(target: "manhole", "no console: {error}");
    }
    // Standard error may be closed.
    let _ = writeln!(std::io::stderr(), "manhole: no console: {error}");
}
