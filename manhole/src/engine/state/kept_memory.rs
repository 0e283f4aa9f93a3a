//! What the sessions of a console keep between commands, within half of the console's budget. The other half is for running commands.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use rhai::Scope;

use super::closure_gc::SharedVariableGc;
use super::variable_memory::VariableMemory;
use crate::sync::LockIgnoringPoison;

/// The memory that all sessions keep.
pub(crate) struct KeptMemory {
    /// The bytes that all sessions may keep together.
    pub(crate) limit: usize,
    /// The bytes that they keep, so that most commands look at no other session.
    total: Arc<AtomicUsize>,
    sessions: Mutex<Vec<Weak<KeptVariables>>>,
}

/// What one session keeps, or all sessions that share their variables.
///
/// It has the variables while no command of the session runs, so that another session, which needs the memory, can drop some.
#[derive(Default)]
pub(crate) struct KeptVariables {
    state: Mutex<KeptState>,
    /// The total of the console, once this is added to it.
    total: OnceLock<Arc<AtomicUsize>>,
}

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
        Self { limit: budget / 2, total: Arc::default(), sessions: Mutex::default() }
    }

    /// Counts what `session` keeps from now on.
    pub(crate) fn add(&self, session: &Arc<KeptVariables>) {
        let _ = session.total.set(Arc::clone(&self.total));
        let mut sessions = self.sessions.lock_ignoring_poison();
        sessions.retain(|known| known.strong_count() > 0);
        if !sessions.iter().any(|known| known.as_ptr() == Arc::as_ptr(session)) {
            sessions.push(Arc::downgrade(session));
        }
    }

    /// Drops the largest variables of the sessions that keep most, until all sessions keep no more than the limit. A session that keeps
    /// less than its equal share loses nothing.
    pub(crate) fn enforce_limit(&self) {
        let excess = || self.total.load(Ordering::Relaxed).saturating_sub(self.limit);
        if excess() == 0 {
            return;
        }
        let mut sessions: Vec<_> =
            self.sessions.lock_ignoring_poison().iter().filter_map(Weak::upgrade).collect();
        // Once for each, since commands change it at the same time.
        sessions.sort_by_cached_key(|session| Reverse(session.state().bytes));
        let share = self.limit / sessions.len().max(1);
        for session in sessions.iter().filter(|session| session.state().bytes > share) {
            session.free(excess());
        }
    }
}

impl KeptVariables {
    /// Takes the variables for a command. They are part of what the command uses until it puts them back.
    pub(crate) fn take(&self) -> Option<Variables> {
        let mut state = self.state();
        self.resize(&mut state, 0);
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
        self.resize(&mut state, bytes);
        state.variables = Some(variables);
    }

    /// Sets the size of what is kept elsewhere.
    pub(super) fn set_bytes(&self, bytes: usize) {
        self.resize(&mut self.state(), bytes);
    }

    /// Drops the largest variables until `excess` bytes are free, or all are dropped.
    fn free(&self, excess: usize) {
        let mut state = self.state();
        let KeptState { variables: Some(variables), bytes, dropped } = &mut *state else { return };
        if excess == 0 {
            return;
        }
        let Variables { scope, memory, gc } = variables;
        let before = memory.bytes(gc);
        dropped.extend(memory.drop_largest(scope, gc, before.saturating_sub(excess), |_| true));
        let left = *bytes - (before - memory.bytes(gc));
        self.resize(&mut state, left);
    }

    /// Sets the size here and in the total.
    fn resize(&self, state: &mut KeptState, bytes: usize) {
        let before = std::mem::replace(&mut state.bytes, bytes);
        if let Some(total) = self.total.get() {
            total.fetch_add(bytes, Ordering::Relaxed);
            total.fetch_sub(before, Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, KeptState> {
        self.state.lock_ignoring_poison()
    }
}

impl Drop for KeptVariables {
    fn drop(&mut self) {
        self.set_bytes(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// Keeps variables of these names and sizes, and returns their size in all.
    fn put(session: &KeptVariables, kept: &KeptMemory, sizes: &[(&str, usize)]) -> usize {
        put_with(session, kept, sizes, |_| 0)
    }

    /// Keeps `more` too, which gets the size of the variables.
    fn put_with(
        session: &KeptVariables,
        kept: &KeptMemory,
        sizes: &[(&str, usize)],
        more: impl FnOnce(usize) -> usize,
    ) -> usize {
        let (mut scope, mut memory) = (Scope::new(), VariableMemory::default());
        for (name, size) in sizes {
            scope.push(*name, "x".repeat(*size));
        }
        let gc = Arc::new(SharedVariableGc::default());
        let names: Vec<_> = sizes.iter().map(|(name, _)| *name).collect();
        assert!(memory.enforce_limit(&mut scope, &gc, &names, usize::MAX).is_empty());
        let bytes = memory.bytes(&gc);
        session.put(Variables { scope, memory, gc }, more(bytes));
        kept.enforce_limit();
        session.state().bytes
    }

    fn total(kept: &KeptMemory) -> usize {
        kept.total.load(Ordering::Relaxed)
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
        assert!(large.take_dropped().is_empty(), "it was reported");
        // What is left counts, and is dropped next.
        let sum: usize = [&large, &small, &idle].map(|session| session.state().bytes).into_iter().sum();
        assert_eq!(total(&kept), sum);
        assert!((3 * MIB..4 * MIB).contains(&large.state().bytes), "two variables");
        put(&small, &kept, &[("a", 2 * MIB)]);
        assert!(large.take_dropped().is_empty());
        put(&idle, &kept, &[("a", 3 * MIB), ("b", 3 * MIB)]);
        put(&large, &kept, &[("c", 4 * MIB)]);
        assert_eq!((idle.take_dropped(), large.take_dropped()), (vec!["b".to_owned()], Vec::new()));
    }

    #[test]
    fn a_session_that_keeps_most_loses_variables_wherever_it_is_known() {
        let kept = KeptMemory::new(20 * MIB);
        let (first, second, third) = (Arc::default(), Arc::default(), Arc::default());
        for session in [&first, &second, &third] {
            kept.add(session);
        }
        put(&first, &kept, &[("a", 4 * MIB)]);
        put(&third, &kept, &[("a", MIB)]);
        put(&second, &kept, &[("a", 3 * MIB), ("b", 3 * MIB)]);
        assert_eq!((first.take_dropped(), second.take_dropped()), (Vec::new(), vec!["b".to_owned()]));
        // Two times before it hears of it.
        put(&second, &kept, &[("a", 3 * MIB), ("b", 3 * MIB)]);
        put(&third, &kept, &[("a", 2 * MIB)]);
        put(&second, &kept, &[("a", 3 * MIB), ("c", 3 * MIB)]);
        assert_eq!(second.take_dropped(), ["b", "c"]);
    }

    #[test]
    fn a_session_loses_nothing_up_to_its_equal_share() {
        let kept = KeptMemory::new(20 * MIB);
        let (fixed, small) = (Arc::default(), Arc::default());
        kept.add(&fixed);
        kept.add(&small);
        // Functions and history are not dropped.
        fixed.set_bytes(9 * MIB);
        put(&small, &kept, &[("a", 2 * MIB)]);
        assert!(small.take_dropped().is_empty());
        let share = kept.limit / 2;
        assert_eq!(put_with(&small, &kept, &[("a", 2 * MIB)], |bytes| share - bytes), share);
        assert!(small.take_dropped().is_empty());
        put_with(&small, &kept, &[("a", 2 * MIB)], |bytes| share + 1 - bytes);
        assert_eq!(small.take_dropped(), ["a"]);
    }

    #[test]
    fn a_session_counts_once_with_all_that_it_keeps_between_commands() {
        let kept = KeptMemory::new(20 * MIB);
        let session = Arc::default();
        kept.add(&session);
        kept.add(&session);
        assert_eq!(kept.sessions.lock().unwrap().len(), 1, "sessions may share their variables");
        let bytes = put(&session, &kept, &[("a", MIB)]);
        assert_eq!(total(&kept), bytes);
        assert_eq!(put_with(&session, &kept, &[("a", MIB)], |_| 1_000), bytes + 1_000);
        assert_eq!(total(&kept), bytes + 1_000);
        assert!(session.take().is_some());
        assert_eq!(total(&kept), 0, "the command uses it");
        drop(session);
        kept.add(&Arc::default());
        assert_eq!(kept.sessions.lock().unwrap().len(), 1, "a session that has ended is forgotten");
    }

    #[test]
    fn a_session_that_ends_frees_what_it_kept() {
        let kept = KeptMemory::new(20 * MIB);
        let (first, second) = (Arc::default(), Arc::default());
        kept.add(&first);
        put(&first, &kept, &[("a", 8 * MIB)]);
        drop(first);
        assert_eq!(kept.total.load(Ordering::Relaxed), 0);
        kept.add(&second);
        put(&second, &kept, &[("a", 8 * MIB)]);
        assert!(second.take_dropped().is_empty());
    }
}
