//! The scripts that a session has imported.
//!
//! A script is read when it is imported for the first time and again when its file has changed, so that an operator can work on it
//! while sessions are open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use rhai::{Module, Shared};

use crate::engine::compile::SourceMap;
use crate::sync::LockIgnoringPoison;

/// The extension of script files.
pub(crate) const EXTENSION: &str = "rhai";

/// The scripts of one session.
pub(crate) struct ScriptCache {
    /// The directory with all links resolved; `None` if the program names none.
    pub(crate) directory: Option<PathBuf>,
    state: Mutex<CacheState>,
}

#[derive(Default)]
pub(crate) struct CacheState {
    pub(crate) loaded: BTreeMap<String, CachedScript>,
    /// Those that are being read, each imported by the one before.
    pub(crate) loading: Vec<String>,
}

/// When a file was written, and how long it is.
pub(crate) type Version = (Option<SystemTime>, u64);

pub(crate) struct CachedScript {
    pub(crate) module: Shared<Module>,
    pub(crate) version: Version,
    pub(crate) source: Arc<SourceMap>,
    /// Its functions and closures, as it calls them itself.
    pub(crate) functions: Shared<Module>,
    /// What it imports itself, as it was then.
    pub(crate) imports: BTreeMap<String, Version>,
}

impl ScriptCache {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory, state: Mutex::default() }
    }

    /// A command begins.
    pub(crate) fn begin(&self) {
        // Left over if the last one has panicked on its way through a script.
        self.state().loading.clear();
    }

    /// The text of a script that was loaded.
    pub(crate) fn source(&self, name: &str) -> Option<Arc<SourceMap>> {
        self.state().loaded.get(name).map(|loaded| Arc::clone(&loaded.source))
    }

    /// The functions of the script that has one called `name` with so many parameters.
    pub(crate) fn functions_with(&self, name: &str, params: usize) -> Option<Shared<Module>> {
        let state = self.state();
        let mut functions = state.loaded.values().map(|loaded| &loaded.functions);
        functions.find(|functions| functions.get_script_fn(name, params).is_some()).cloned()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, CacheState> {
        // Nothing panics while it is held.
        self.state.lock_ignoring_poison()
    }
}

impl CacheState {
    /// Whether `name` was loaded from this version of its file, and nothing that it imports has changed.
    pub(crate) fn is_fresh(&self, name: &str, version: Version, directory: &Path) -> bool {
        let Some(loaded) = self.loaded.get(name) else { return false };
        loaded.version == version
            && loaded.imports.iter().all(|(import, seen)| {
                let file = directory.join(format!("{import}.{EXTENSION}"));
                let version = file.metadata().map(|meta| (meta.modified().ok(), meta.len()));
                version.is_ok_and(|version| version == *seen && self.is_fresh(import, version, directory))
            })
    }
}
