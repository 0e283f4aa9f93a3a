//! The names that a console offers: those of its start, and those that the application adds while it runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rhai::{Module, Shared};

use super::check_name::{NamespaceError, check_name, to_name};
use crate::engine::builtins;
use crate::engine::live::Program;
use crate::namespace::{Entry, Namespace, Root};
use crate::sync::LockIgnoringPoison;

/// The names of a console. Each change of them has a version, so that a session sees with one load whether there was one.
pub(crate) struct OfferedNames {
    namespace: Mutex<Namespace>,
    version: AtomicU64,
    /// The names as the last session that looked has seen them.
    bound: Mutex<Option<Arc<BoundNames>>>,
    options: ProgramOptions,
}

/// What does not change with the names.
pub(crate) struct ProgramOptions {
    /// The name of the application.
    pub(crate) name: String,
    /// Whether the application waits for each command.
    pub(crate) inline: bool,
    /// The directory of scripts, with all links resolved.
    pub(crate) scripts_dir: Option<PathBuf>,
    /// Whether `process::exit` ends the application.
    pub(crate) allow_exit: bool,
    /// The root that every console has.
    pub(crate) builtin: Option<Root>,
}

/// The names of a console at a moment, bound for the script engine.
pub(crate) struct BoundNames {
    pub(crate) program: Arc<Program>,
    version: u64,
    allow_exit: bool,
    /// Created for the first session, so that an unused console costs little.
    modules: OnceLock<EngineModules>,
}

/// The modules of every session's engine.
pub(crate) struct EngineModules {
    pub(crate) bindings: Shared<Module>,
    /// The modules whose functions are called by a path, such as `process::exit`, with their names.
    pub(crate) qualified: Vec<(&'static str, Shared<Module>)>,
}

impl OfferedNames {
    /// Checks the names of `namespace`.
    pub(crate) fn new(namespace: Namespace, options: ProgramOptions) -> Result<Self, NamespaceError> {
        namespace.names().try_for_each(check_name)?;
        Ok(Self {
            namespace: Mutex::new(namespace),
            version: AtomicU64::new(0),
            bound: Mutex::new(None),
            options,
        })
    }

    /// Adds a name, in the form in which it can be typed, and returns it.
    pub(crate) fn add(&self, entry: Entry) -> Result<String, NamespaceError> {
        let name = to_name(&entry.name);
        check_name(&name)?;
        let mut namespace = self.namespace.lock_ignoring_poison();
        if namespace.names().any(|known| known == name) {
            return Err(NamespaceError::Taken(name));
        }
        namespace.push(Entry { name: name.clone().into(), ..entry });
        self.version.fetch_add(1, Ordering::Release);
        Ok(name)
    }

    /// Removes a name.
    pub(crate) fn remove(&self, name: &str) {
        let removed = {
            let mut namespace = self.namespace.lock_ignoring_poison();
            self.version.fetch_add(1, Ordering::Release);
            namespace.remove(name)
        };
        // Its code runs without the lock.
        drop(removed);
    }

    /// Returns the names as they are now.
    pub(crate) fn bound(&self) -> Arc<BoundNames> {
        let mut bound = self.bound.lock_ignoring_poison();
        let known = bound.take().filter(|known| known.is_current(self));
        let current = known.unwrap_or_else(|| {
            let namespace = self.namespace.lock_ignoring_poison();
            let version = self.version.load(Ordering::Acquire);
            Arc::new(BoundNames::new(namespace.clone(), version, &self.options))
        });
        Arc::clone(bound.insert(current))
    }
}

impl BoundNames {
    fn new(namespace: Namespace, version: u64, options: &ProgramOptions) -> Self {
        let ProgramOptions { name, inline, scripts_dir, allow_exit, builtin } = options;
        let program = Program::new(namespace, name.clone(), *inline, scripts_dir.clone(), builtin.clone());
        Self { program: Arc::new(program), version, allow_exit: *allow_exit, modules: OnceLock::new() }
    }

    /// Returns whether no name has been added or removed since.
    pub(crate) fn is_current(&self, names: &OfferedNames) -> bool {
        self.version == names.version.load(Ordering::Acquire)
    }

    /// Returns the modules of every session's engine.
    pub(super) fn modules(&self) -> &EngineModules {
        self.modules.get_or_init(|| EngineModules {
            bindings: builtins::module(&self.program).into(),
            qualified: builtins::qualified_modules(self.allow_exit),
        })
    }
}
