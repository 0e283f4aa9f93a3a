//! `locks`: the locks below the roots that another thread holds, and the owners that do not serve the console.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::rows::{ShownPath, to_script};
use super::walk::{RootCollector, Scope, survey};
use crate::engine::live::Handle;
use crate::engine::run::SeenLock;
use crate::engine::state::CallContext;
use crate::engine::value::EvalResult;
#[cfg(feature = "deadlock_detection")]
use crate::process::list_deadlocks;
#[cfg(feature = "deadlock_detection")]
use crate::reflect::Map as _;
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Collection, Collector, LockUse, LockUses, Path, Place};

/// The most locks in a result.
const MAX_ROWS: usize = 256;
/// The time for all owners. A lock is tried, and not waited for.
const MAX_OWNER_WAIT: Duration = Duration::from_millis(100);

/// A lock in a result.
pub(super) struct HeldLock {
    path: ShownPath,
    state: &'static str,
    seen: SeenLock,
    uses: Option<LockUses>,
}

computed_fields!([] HeldLock, "HeldLock", "A lock that another thread holds, or an owner that does not serve the console.", |this| {
    path: ShownPath = this.path.clone(), "The place, as it is typed.";
    state: &'static str = this.state, "`locked`, or `not served` for a value of a task or thread.";
    since: Instant = this.seen.since, "Since when each call of `locks` has found it so.";
    looks: u32 = this.seen.looks, "The number of these calls.";
    holders: Option<Vec<LockUseView>> = this.uses(|uses| &uses.holders),
        "The threads that hold it. Only a `TrackedMutex` and a `TrackedRwLock` know them.";
    waiting: Option<Vec<LockUseView>> = this.uses(|uses| &uses.waiting), "The threads that wait for it.";
});

impl HeldLock {
    fn uses(&self, of: impl Fn(&LockUses) -> &Vec<LockUse>) -> Option<Vec<LockUseView>> {
        self.uses.as_ref().map(|uses| of(uses).iter().cloned().map(LockUseView).collect())
    }
}

/// A thread that holds a lock or waits for it.
struct LockUseView(LockUse);

computed_fields!([] LockUseView, "LockUse", "A thread that holds a lock or waits for it.", |this| {
    thread: String = this.0.thread.clone(), "The name of the thread.";
    place: String = this.0.place.to_string(), "The file, line and column of its call of `lock`, `read` or `write`.";
    time: Duration = this.0.since.elapsed(), "For how long.";
});

/// Returns the locks below all roots of the application that cannot be had now.
pub(crate) fn locks(context: &CallContext) -> EvalResult {
    let mut surveyed = survey(context, &Scope::roots(context), LockCollector::default(), MAX_OWNER_WAIT)?;
    let is_complete = surveyed.is_complete();
    let found = std::mem::take(&mut surveyed.collector.found);
    let found = found.into_iter().map(|(root, path, uses)| (format!("{root}{path}"), "locked", uses));
    let (locked, not_served) = surveyed.take_held();
    let others = locked.into_iter().map(|(path, uses)| (path, "locked", uses));
    let others = others.chain(not_served.into_iter().map(|path| (path, "not served", None)));
    let mut known = HashSet::new();
    let mut all: Vec<_> = found.chain(others).filter(|(path, ..)| known.insert(path.clone())).collect();
    all.truncate(MAX_ROWS);
    let paths: Vec<_> = all.iter().map(|(path, ..)| path.clone()).collect();
    let seen = context.run.seen_locks.note(context.run.level(), &paths, is_complete);
    let rows = all.into_iter().zip(seen);
    let mut rows: Vec<_> = rows
        .map(|((path, state, uses), seen)| HeldLock { path: ShownPath(path), state, seen, uses })
        .collect();
    rows.sort_by_key(|row| row.seen.since);
    let is_empty = rows.is_empty();
    #[cfg(feature = "deadlock_detection")]
    if list_deadlocks().len() > 0 {
        context
            .run
            .watchdog
            .send_note("parking_lot has found threads that wait for each other; see manhole::deadlocks");
    }
    surveyed.finish(context, to_script("locks", rows), is_empty)
}

#[derive(Default)]
struct LockCollector {
    root: Arc<str>,
    found: Vec<(Arc<str>, Path, Option<LockUses>)>,
}

impl RootCollector for LockCollector {
    fn begin(&mut self, root: &Handle) {
        self.root = root.root_name();
    }
}

impl Collector for LockCollector {
    fn open(&mut self, _place: &Place<'_>, collection: &Collection) -> bool {
        collection.flat_bytes.is_none()
    }

    fn locked(&mut self, place: &Place<'_>, uses: Option<LockUses>) -> bool {
        self.found.push((Arc::clone(&self.root), place.path(), uses));
        false
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MAX_ROWS
    }
}
