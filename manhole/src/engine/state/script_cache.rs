//! The scripts that a session has imported.
//!
//! An import reads a script for the first time, and again after its file has changed, so that an operator can edit scripts while
//! sessions are open.

use std::collections::HashMap;
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
    /// The directory of scripts with all links resolved, if the application has one.
    pub(crate) directory: Option<PathBuf>,
    state: Mutex<CacheState>,
}

#[derive(Default)]
pub(crate) struct CacheState {
    pub(crate) loaded: HashMap<String, CachedScript>,
    /// The scripts that an import is reading. Each is imported by the one before.
    pub(crate) loading: Vec<String>,
}

/// The time of a file's last change, and its length.
pub(crate) type FileVersion = (Option<SystemTime>, u64);

pub(crate) struct CachedScript {
    pub(crate) module: Shared<Module>,
    pub(crate) version: FileVersion,
    pub(crate) source: Arc<SourceMap>,
    /// Its functions and closures, as the script itself calls them.
    pub(crate) functions: Shared<Module>,
    /// The versions of the scripts that it imported.
    pub(crate) imports: HashMap<String, FileVersion>,
}

impl ScriptCache {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory, state: Mutex::default() }
    }

    /// Starts with another command.
    pub(crate) fn begin(&self) {
        // A command that panicked inside a script leaves its name behind.
        self.state().loading.clear();
    }

    /// Returns the text of a loaded script.
    pub(crate) fn source(&self, name: &str) -> Option<Arc<SourceMap>> {
        self.state().loaded.get(name).map(|loaded| Arc::clone(&loaded.source))
    }

    /// Returns the total length of the loaded scripts in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.state().loaded.values().map(|loaded| loaded.source.text().len()).sum()
    }

    /// Returns the functions of the script that has one called `name` with this number of parameters.
    pub(crate) fn functions_with(&self, name: &str, params: usize) -> Option<Shared<Module>> {
        let state = self.state();
        let mut functions = state.loaded.values().map(|loaded| &loaded.functions);
        functions.find(|functions| functions.get_script_fn(name, params).is_some()).cloned()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock_ignoring_poison()
    }
}

impl CacheState {
    /// Returns whether `name` was loaded from this version of its file, and nothing that it imports has changed.
    pub(crate) fn is_fresh(&self, name: &str, version: FileVersion, directory: &Path) -> bool {
        let Some(loaded) = self.loaded.get(name) else { return false };
        loaded.version == version
            && loaded.imports.iter().all(|(import, imported)| {
                let file = directory.join(format!("{import}.{EXTENSION}"));
                let version = file.metadata().map(|meta| (meta.modified().ok(), meta.len()));
                version.is_ok_and(|version| version == *imported && self.is_fresh(import, version, directory))
            })
    }
}
