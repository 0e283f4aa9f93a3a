//! The part of the script engine that all sessions of a console share.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rhai::packages::{Package, StandardPackage};
use rhai::{Module, Shared};

use super::check_name::NamespaceError;
use super::offered_names::{OfferedNames, ProgramOptions};
use crate::engine::run::change_report::mentions_any;
use crate::engine::run::{AbandonedThreads, ConsoleMemory, Runtime, SeenLocks, open_memory_files};
use crate::engine::state::KeptMemory;
use crate::namespace::{Namespace, Root};
use crate::reflect::author_code;

/// The application's additions to the script engine.
pub(crate) type Extension = Arc<dyn Fn(&mut rhai::Engine) + Send + Sync>;

/// The application's options for the script engine.
#[derive(Clone, Default)]
pub(crate) struct EngineOptions {
    /// Whether `process::exit` ends the application.
    pub(crate) allow_exit: bool,
    /// Whether commands must not call the author's code.
    pub(crate) forbid_calls: bool,
    /// Whether the messages of panics are left out.
    pub(crate) hide_panics: bool,
    /// The runtime for async methods and functions.
    pub(crate) runtime: Runtime,
    /// The name of the application.
    pub(crate) name: Option<String>,
    /// Whether the application waits for each command, so that a `watch` must end like any other.
    pub(crate) inline: bool,
    /// The directory of scripts, with all links resolved.
    pub(crate) scripts_dir: Option<PathBuf>,
    /// The additions to the engine of each session.
    pub(crate) extension: Option<Extension>,
    /// The root that every console has.
    pub(crate) builtin: Option<Root>,
    /// The bytes that all sessions may use together, if that is not [`DEFAULT_MEMORY_BYTES`].
    pub(crate) memory: Option<usize>,
}

/// What all sessions of a console may use together.
pub(crate) const DEFAULT_MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// The engine of one console, of which each session gets an instance.
pub(crate) struct EngineTemplate {
    pub(crate) names: OfferedNames,
    pub(super) runtime: Runtime,
    pub(super) abandoned: Arc<AbandonedThreads>,
    pub(super) extension: Option<Extension>,
    pub(super) author_code: author_code::Rules,
    pub(super) memory: Arc<ConsoleMemory>,
    pub(super) kept: Arc<KeptMemory>,
    pub(super) seen_locks: Arc<SeenLocks>,
}

/// The script language's own functions; 200 KB, so there is one for the whole process.
pub(crate) static STANDARD: LazyLock<Shared<Module>> =
    LazyLock::new(|| StandardPackage::new().as_shared_module());

impl EngineTemplate {
    /// Checks the names of `namespace`.
    pub(crate) fn new(namespace: Namespace, options: &EngineOptions) -> Result<Arc<Self>, NamespaceError> {
        let program = ProgramOptions {
            name: options.name.clone().unwrap_or_else(executable_name),
            inline: options.inline,
            scripts_dir: options.scripts_dir.clone(),
            allow_exit: options.allow_exit,
            builtin: options.builtin.clone(),
        };
        let names = OfferedNames::new(namespace, program)?;
        let budget = options.memory.unwrap_or(DEFAULT_MEMORY_BYTES);
        // Later there may be no file descriptor left.
        open_memory_files();
        if options.builtin.is_some() {
            crate::process::open_files();
            crate::process::count_panics();
        }
        Ok(Arc::new(Self {
            memory: Arc::new(ConsoleMemory::new(budget)),
            kept: Arc::new(KeptMemory::new(budget)),
            seen_locks: Arc::default(),
            names,
            runtime: options.runtime.clone(),
            abandoned: Arc::default(),
            extension: options.extension.clone(),
            author_code: author_code::Rules {
                may_call: !options.forbid_calls,
                hides_panics: options.hide_panics,
            },
        }))
    }
}

impl EngineTemplate {
    /// Returns whether `text` mentions a secret field or key of the application.
    pub(crate) fn mentions_secret(&self, text: &str) -> bool {
        let names = self.names.bound();
        let secrets = names.program.symbols().secrets.iter().map(|name| name.to_ascii_lowercase());
        mentions_any(text, &secrets.collect::<Vec<_>>())
    }

    /// Returns how many commands have not returned, and were abandoned.
    pub(crate) fn abandoned_commands(&self) -> usize {
        self.abandoned.count()
    }

    /// Returns the bytes that all sessions may use together, and what they used at the last check.
    pub(crate) fn memory(&self) -> (usize, u64) {
        (self.memory.budget(), self.memory.used())
    }
}

/// Returns the name of the application's executable.
fn executable_name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| "the application".to_owned(), |name| name.to_string_lossy().into_owned())
}
