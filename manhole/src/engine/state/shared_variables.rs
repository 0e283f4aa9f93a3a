//! Variables and functions that all clients have in common, where the author wants that.
//!
//! Nothing is locked while a command runs: it starts with a copy of what is shared, and gives back the variables that it
//! mentions when it ends. Of two commands that change the same variable at the same time, the one that ends last wins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, Scope};

use super::closure_gc::SharedVariableGc;
use super::session_functions::SessionFunctions;
use super::variable_memory::VariableMemory;
use crate::sync::LockIgnoringPoison;

/// What sessions have in common.
#[derive(Default)]
pub(crate) struct SharedVariables {
    state: Mutex<SharedState>,
    begun: AtomicBool,
    /// The variables that closures share: those of one session may come to be held by another's.
    pub(crate) gc: Arc<SharedVariableGc>,
}

#[derive(Default)]
struct SharedState {
    scope: Scope<'static>,
    functions: SessionFunctions,
    variable_memory: VariableMemory,
}

impl SharedVariables {
    /// Whether nobody has begun before.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::Relaxed)
    }

    /// A copy of what is shared.
    pub(crate) fn copy_in(&self) -> (Scope<'static>, SessionFunctions) {
        let state = self.state();
        (state.scope.clone(), state.functions.clone())
    }

    /// Takes over the variables called `names` and the functions of a session. Lets go of the largest of those variables while all
    /// of them hold more than `limit` bytes, and answers their names.
    pub(crate) fn copy_out(
        &self,
        names: &[&str],
        scope: &Scope<'static>,
        functions: &SessionFunctions,
        limit: usize,
    ) -> Vec<String> {
        let mut state = self.state();
        for name in names {
            if let Some(value) = scope.get(name) {
                let _ = state.scope.remove::<Dynamic>(name);
                state.scope.push_dynamic(*name, value.clone());
            }
        }
        state.functions.merge_from(functions);
        let SharedState { scope, variable_memory, .. } = &mut *state;
        variable_memory.enforce_limit(scope, &self.gc, names, limit)
    }

    fn state(&self) -> MutexGuard<'_, SharedState> {
        // Nothing panics while it is held.
        self.state.lock_ignoring_poison()
    }
}
