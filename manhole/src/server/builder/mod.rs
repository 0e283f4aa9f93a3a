//! The options of a console, and the functions that start it. Uses `serve`, `admit` and `listen`.

mod listen_options;
mod open_from_env;
mod serve;
mod session_options;

use std::sync::Arc;

use open_from_env::OpenSetting;

#[cfg(feature = "tokio")]
use crate::engine::Runtime;
use crate::engine::{DEFAULT_MEMORY_BYTES, EngineOptions, EngineTemplate, SharedVariables};
use crate::namespace::Namespace;
use crate::process::BuildInfo;
use crate::server::admit::{Access, Admission, ConnectionLimits};
use crate::server::builtin_roots;
use crate::server::console_view::ConsoleView;
use crate::server::error::Error;
use crate::server::listen::{Listener, SocketFile};
#[cfg(feature = "tokio")]
use crate::server::runtime_view::RuntimeView;
use crate::server::serve::{ListenConfig, ServerConfig};
use crate::session::SessionConfig;
use crate::tasks::TreeSource;

pub use serve::{spawn, start};

/// The options of a console.
///
/// Each group of options is documented under its heading: where the console listens, which clients it admits, what its sessions are
/// like, and how much they may use. [`spawn`](Builder::spawn) starts it.
///
/// ```
/// use std::time::Duration;
///
/// use manhole::{Builder, manhole};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let console = Builder::new(manhole! { answer => 42_u8 })
///     .banner("production: be careful\n")
///     .limits(|limits| limits.timeout = Duration::from_secs(2))
///     .connection_limits(|limits| limits.sessions = 8)
///     .spawn(&path)?;
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `spawn`"]
pub struct Builder {
    namespace: Namespace,
    engine: EngineOptions,
    session: SessionConfig,
    has_builtin_roots: bool,
    build_info: BuildInfo,
    task_trees: Option<TreeSource>,
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Handle>,
    shared: bool,
    access: Access,
    connection_limits: ConnectionLimits,
    /// In addition to the listener that is served.
    listeners: Vec<Listener>,
    socket_file: SocketFile,
    start_closed: bool,
    /// The name of the environment variable.
    open_if_env: Option<String>,
}

/// The parts of a console to start.
struct Parts {
    config: ServerConfig,
    listen: ListenConfig,
    open: bool,
}

impl Builder {
    /// Makes a builder with the default options.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            engine: EngineOptions::default(),
            session: SessionConfig::default(),
            has_builtin_roots: true,
            build_info: BuildInfo::default(),
            task_trees: None,
            #[cfg(feature = "tokio")]
            runtime: None,
            shared: false,
            access: Access::default(),
            connection_limits: ConnectionLimits::default(),
            listeners: Vec::new(),
            socket_file: SocketFile::default(),
            start_closed: false,
            open_if_env: None,
        }
    }

    /// Returns an error if the console cannot serve a root that cannot leave its thread.
    fn check_local_roots(&self) -> Result<(), Error> {
        let here = self.engine.inline.then(|| std::thread::current().id());
        let misplaced = self.namespace.local_roots().find(|(_, home)| Some(*home) != here);
        misplaced.map_or(Ok(()), |(name, _)| Err(Error::LocalRoot { name: name.to_owned() }))
    }

    fn build(mut self, first: Listener) -> Result<Parts, Error> {
        #[cfg(feature = "tokio")]
        if let (Runtime::Unknown, Ok(current)) = (&self.engine.runtime, tokio::runtime::Handle::try_current())
        {
            self.runtime = Some(current.clone());
            let is_current_thread = current.runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread;
            self.engine.runtime = if self.engine.inline && is_current_thread {
                Runtime::Waiting
            } else {
                Runtime::Running(Arc::new(current))
            };
        }
        self.check_local_roots()?;
        if let Some(directory) = &mut self.engine.scripts_dir {
            *directory = directory
                .canonicalize()
                .map_err(|source| Error::ScriptsDir { path: directory.clone(), source })?;
        }
        let console = ConsoleView::default();
        if self.has_builtin_roots {
            self.engine.builtin = builtin_roots::root(
                self.build_info,
                console.clone(),
                self.engine.hide_panics,
                self.task_trees,
                #[cfg(feature = "tokio")]
                self.runtime.map(|runtime| RuntimeView::new(runtime, self.engine.inline)),
            );
        }
        let engine = EngineTemplate::new(self.namespace, &self.engine)?;
        if let Some(startup) = &self.session.startup {
            crate::session::check(&engine, startup).map_err(Error::Startup)?;
        }
        if self.shared {
            self.session.shared = Some(Arc::new(SharedVariables::new(self.session.limits.variables)));
        }
        self.session.ceiling = self.session.ceiling.max(&self.session.limits);
        let memory = self.engine.memory.unwrap_or(DEFAULT_MEMORY_BYTES);
        for limits in [&mut self.session.limits, &mut self.session.ceiling] {
            limits.memory = limits.memory.min(memory);
        }
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
        let admission = Admission::new(self.access, self.connection_limits, self.session.audit.clone());
        console.set(&admission, &engine);
        let config = ServerConfig { engine, session: Arc::new(self.session), admission };
        Ok(Parts { config, listen: ListenConfig { listeners, file: self.socket_file }, open })
    }
}
