//! Variables and functions that all clients have in common, where the author wants that.
//!
//! Nothing is locked while a command runs: it starts with a copy of what is shared, and gives back the variables that it
//! mentions when it ends. Of two commands that change the same variable at the same time, the one that ends last wins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, Scope};

use super::closure_gc::Cells;
use super::session_functions::Library;
use super::variable_memory::Holdings;
use crate::sync::LockIgnoringPoison;

/// What sessions have in common.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    begun: AtomicBool,
    /// The variables that closures share: those of one session may come to be held by another's.
    pub(crate) cells: Arc<Cells>,
}

#[derive(Default)]
struct State {
    scope: Scope<'static>,
    library: Library,
    holdings: Holdings,
}

impl Shared {
    /// Whether nobody has begun before.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::Relaxed)
    }

    /// A copy of what is shared.
    pub(crate) fn take(&self) -> (Scope<'static>, Library) {
        let state = self.state();
        (state.scope.clone(), state.library.clone())
    }

    /// Takes over the variables called `names` and the functions of a session. Lets go of the largest of those variables while all
    /// of them hold more than `limit` bytes, and answers their names.
    pub(crate) fn give(
        &self,
        names: &[&str],
        scope: &Scope<'static>,
        library: &Library,
        limit: usize,
    ) -> Vec<String> {
        let mut state = self.state();
        for name in names {
            if let Some(value) = scope.get(name) {
                let _ = state.scope.remove::<Dynamic>(name);
                state.scope.push_dynamic(*name, value.clone());
            }
        }
        state.library.take_over(library);
        let State { scope, holdings, .. } = &mut *state;
        holdings.trim(scope, &self.cells, names, limit)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock_ignoring_poison()
    }
}
