//! Variables and functions that all sessions share, if the application configures that.
//!
//! No lock is held while a command runs: it starts with a copy, and writes back the variables that it mentions when it ends. If two
//! commands change the same variable at the same time, the one that ends last wins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, Scope};

use super::closure_gc::SharedVariableGc;
use super::kept_memory::KeptVariables;
use super::session_functions::SessionFunctions;
use super::variable_memory::VariableMemory;
use crate::sync::LockIgnoringPoison;

/// The variables and functions that sessions share.
pub(crate) struct SharedVariables {
    state: Mutex<SharedState>,
    begun: AtomicBool,
    /// The bytes that the variables may hold. A session cannot change it.
    pub(crate) max_bytes: usize,
    /// The variables that closures share. A session may hold those of another.
    pub(crate) gc: Arc<SharedVariableGc>,
    /// Their part in what all sessions keep.
    pub(crate) kept: Arc<KeptVariables>,
}

#[derive(Default)]
struct SharedState {
    scope: Scope<'static>,
    functions: SessionFunctions,
    variable_memory: VariableMemory,
}

impl SharedVariables {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            begun: AtomicBool::new(false),
            max_bytes,
            gc: Arc::default(),
            kept: Arc::default(),
        }
    }

    /// Marks the start of a session. Returns whether it is the first.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::Relaxed)
    }

    /// Returns a copy of the variables and functions.
    pub(crate) fn copy_in(&self) -> (Scope<'static>, SessionFunctions) {
        let state = self.state();
        (state.scope.clone(), state.functions.clone())
    }

    /// Writes back the variables called `names` and the functions of a session. Then drops the largest of those variables until all
    /// shared ones hold at most `max_bytes`. Returns the names of the dropped ones.
    pub(crate) fn copy_out(
        &self,
        names: &[&str],
        scope: &Scope<'static>,
        functions: &SessionFunctions,
    ) -> Vec<String> {
        let mut state = self.state();
        for name in names {
            if let Some(value) = scope.get(name) {
                let _ = state.scope.remove::<Dynamic>(name);
                state.scope.push_dynamic(*name, value.clone());
            }
        }
        state.functions.merge_from(functions);
        let SharedState { scope, variable_memory, functions } = &mut *state;
        let dropped = variable_memory.enforce_limit(scope, &self.gc, names, self.max_bytes);
        self.kept.set_bytes(variable_memory.bytes(&self.gc) + functions.bytes());
        dropped
    }

    fn state(&self) -> MutexGuard<'_, SharedState> {
        self.state.lock_ignoring_poison()
    }
}
