//! What the sessions of a console keep between commands, within half of the console's budget. The other half is for running commands.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use rhai::Scope;

use super::closure_gc::SharedVariableGc;
use super::variable_memory::VariableMemory;
use crate::sync::LockIgnoringPoison;

/// The memory that all sessions keep.
pub(crate) struct KeptMemory {
    /// The bytes that all sessions may keep together.
    pub(crate) limit: usize,
    sessions: Mutex<Vec<Weak<KeptVariables>>>,
}

/// What one session keeps, or all sessions that share their variables.
///
/// It has the variables while no command of the session runs, so that another session, which needs the memory, can drop some.
#[derive(Default)]
pub(crate) struct KeptVariables(Mutex<KeptState>);

#[derive(Default)]
struct KeptState {
    variables: Option<Variables>,
    /// The size of everything that is kept between commands.
    bytes: usize,
    /// The names of the variables that were dropped for other sessions.
    dropped: Vec<String>,
}

/// The variables of a session.
pub(crate) struct Variables {
    pub(crate) scope: Scope<'static>,
    pub(crate) memory: VariableMemory,
    pub(crate) gc: Arc<SharedVariableGc>,
}

impl KeptMemory {
    /// Creates it for a console with the memory of `budget` bytes.
    pub(crate) fn new(budget: usize) -> Self {
        Self { limit: budget / 2, sessions: Mutex::default() }
    }

    /// Counts what `session` keeps from now on.
    pub(crate) fn add(&self, session: &Arc<KeptVariables>) {
        let mut sessions = self.sessions.lock_ignoring_poison();
        sessions.retain(|known| known.strong_count() > 0);
        if !sessions.iter().any(|known| known.as_ptr() == Arc::as_ptr(session)) {
            sessions.push(Arc::downgrade(session));
        }
    }

    /// Drops the largest variables of the sessions that keep most, until all sessions keep no more than the limit. A session that keeps
    /// less than its equal share loses nothing.
    pub(crate) fn enforce_limit(&self) {
        let mut sessions: Vec<_> =
            self.sessions.lock_ignoring_poison().iter().filter_map(Weak::upgrade).collect();
        let mut total: usize = sessions.iter().map(|session| session.state().bytes).sum();
        if total > self.limit {
            // Once for each, since commands change it at the same time.
            sessions.sort_by_cached_key(|session| Reverse(session.state().bytes));
            let share = self.limit / sessions.len().max(1);
            for session in sessions.iter().filter(|session| session.state().bytes > share) {
                total -= session.free(total.saturating_sub(self.limit));
            }
        }
    }
}

impl KeptVariables {
    /// Takes the variables for a command. They are part of what the command uses until it puts them back.
    pub(crate) fn take(&self) -> Option<Variables> {
        let mut state = self.state();
        state.bytes = 0;
        state.variables.take()
    }

    /// Returns the names of the variables that were dropped since the last call.
    pub(crate) fn take_dropped(&self) -> Vec<String> {
        std::mem::take(&mut self.state().dropped)
    }

    /// Keeps the variables after a command, and `more` bytes that belong to the session.
    pub(crate) fn put(&self, variables: Variables, more: usize) {
        let bytes = variables.memory.bytes(&variables.gc) + more;
        let mut state = self.state();
        state.bytes = bytes;
        state.variables = Some(variables);
    }

    /// Sets the size of what is kept elsewhere.
    pub(super) fn set_bytes(&self, bytes: usize) {
        self.state().bytes = bytes;
    }

    /// Drops the largest variables until `excess` bytes are free. Returns the number of bytes that were freed.
    fn free(&self, excess: usize) -> usize {
        let mut state = self.state();
        let KeptState { variables: Some(variables), bytes, dropped } = &mut *state else { return 0 };
        let Variables { scope, memory, gc } = variables;
        let before = memory.bytes(gc);
        if excess > 0 {
            dropped.extend(memory.drop_largest(scope, gc, before.saturating_sub(excess), |_| true));
        }
        let freed = before - memory.bytes(gc);
        *bytes -= freed;
        freed
    }

    fn state(&self) -> MutexGuard<'_, KeptState> {
        self.0.lock_ignoring_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn put(session: &KeptVariables, kept: &KeptMemory, sizes: &[(&str, usize)]) {
        let (mut scope, mut memory) = (Scope::new(), VariableMemory::default());
        for (name, size) in sizes {
            scope.push(*name, "x".repeat(*size));
        }
        let gc = Arc::new(SharedVariableGc::default());
        let names: Vec<_> = sizes.iter().map(|(name, _)| *name).collect();
        assert!(memory.enforce_limit(&mut scope, &gc, &names, usize::MAX).is_empty());
        session.put(Variables { scope, memory, gc }, 0);
        kept.enforce_limit();
    }

    #[test]
    fn the_session_that_keeps_most_drops_its_largest_variables_for_another() {
        let kept = KeptMemory::new(20 * MIB);
        let (large, small, idle) = (Arc::default(), Arc::default(), Arc::default());
        for session in [&large, &small, &idle] {
            kept.add(session);
        }
        put(&large, &kept, &[("a", 2 * MIB), ("b", 5 * MIB), ("c", MIB)]);
        put(&idle, &kept, &[("a", MIB)]);
        assert!(large.state().dropped.is_empty());
        put(&small, &kept, &[("a", 2 * MIB)]);
        assert_eq!(large.take_dropped(), ["b"]);
        assert!(small.take_dropped().is_empty() && idle.take_dropped().is_empty());
    }

    #[test]
    fn a_session_that_ends_frees_what_it_kept() {
        let kept = KeptMemory::new(20 * MIB);
        let (first, second) = (Arc::default(), Arc::default());
        kept.add(&first);
        put(&first, &kept, &[("a", 8 * MIB)]);
        drop(first);
        kept.add(&second);
        put(&second, &kept, &[("a", 8 * MIB)]);
        assert!(second.take_dropped().is_empty());
    }
}
