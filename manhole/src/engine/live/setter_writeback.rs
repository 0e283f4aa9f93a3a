//! Tells an assignment from the engine's feeding back of what was only read.
//!
//! After `a.count.to_string()` the engine calls the setter of `count` with the value that its getter gave before, in case the
//! method has changed it. Between the two the application may have counted on; writing the old value back would lose that.
//! So every read of a leaf is noted under the place in the script that made it, and a setter called from the same place is
//! compared with it: the same value is no write at all, and another one is written only if nobody else wrote in between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, NativeCallContext, Position};

use super::from_script::same;
use super::handle::Handle;
use crate::engine::value::ScriptError;
use crate::reflect::Step;
use crate::sync::LockIgnoringPoison;

/// A place in a running script: where, how deep in calls, since a function may call itself, in how many callbacks, and in which
/// script that was imported, if in one.
pub(crate) type CallSite = (Position, usize, usize, Option<Arc<str>>);

/// What the running command has read where.
#[derive(Default)]
pub(crate) struct RecordedReads(Mutex<BTreeMap<CallSite, RecordedRead>>);

struct RecordedRead {
    handle: Handle,
    /// One step further, if it was read there.
    step: Option<Step>,
    value: Dynamic,
}

impl RecordedRead {
    /// Whether it was read at `handle`, or one `step` further.
    fn is_from(&self, handle: &Handle, step: Option<&Step>) -> bool {
        self.step.as_ref() == step && self.handle.is(handle)
    }

    /// Whether it was read at `handle`.
    fn is_of(&self, handle: &Handle) -> bool {
        match &self.step {
            Some(step) => self.handle.join(step.clone()).is(handle),
            None => self.handle.is(handle),
        }
    }
}

/// What a call of a setter means.
#[derive(Debug)]
pub(crate) enum SetterCall {
    /// An assignment.
    Assigned,
    /// The value that was read comes back unchanged.
    Unchanged,
    /// This value was read, and a method or operator has changed it.
    Changed(Dynamic),
}

/// A command that reads at more places than this was not written by hand. None may be forgotten: what comes back from a
/// place without a note would be taken for an assignment.
const MAX_READ_SITES: usize = 16_384;

impl RecordedReads {
    /// Forgets what the last command has read.
    pub(crate) fn clear(&self) {
        self.reads().clear();
    }

    /// Notes that `value` was read from `call_site`: at `handle`, or one `step` further.
    pub(crate) fn record(
        &self,
        call_site: CallSite,
        handle: &Handle,
        step: Option<&Step>,
        value: &Dynamic,
    ) -> Result<(), ScriptError> {
        let mut reads = self.reads();
        // What is read in a loop is read from the same place again and again.
        if let Some(known) = reads.get_mut(&call_site).filter(|known| known.is_from(handle, step)) {
            known.value = value.clone();
            return Ok(());
        }
        let read = RecordedRead { handle: handle.clone(), step: step.cloned(), value: value.clone() };
        reads.insert(call_site, read);
        if reads.len() > MAX_READ_SITES {
            return Err(ScriptError::new(format!("the command reads at more than {MAX_READ_SITES} places")));
        }
        Ok(())
    }

    /// What it means that `handle` is set to `value` from `call_site`.
    pub(crate) fn classify(&self, call_site: &CallSite, handle: &Handle, value: &Dynamic) -> SetterCall {
        match self.reads().remove(call_site) {
            Some(read) if !read.is_of(handle) => SetterCall::Assigned,
            Some(read) if same(&read.value, value) => SetterCall::Unchanged,
            Some(read) => SetterCall::Changed(read.value),
            None => SetterCall::Assigned,
        }
    }

    fn reads(&self) -> MutexGuard<'_, BTreeMap<CallSite, RecordedRead>> {
        // Nothing panics while it is held.
        self.0.lock_ignoring_poison()
    }
}

/// Where `call` is made, inside `callbacks` callbacks.
pub(crate) fn call_site(call: &NativeCallContext<'_>, callbacks: usize) -> CallSite {
    let script = call.call_source().map(Arc::from);
    (call.call_position(), call.call_level(), callbacks, script)
}
