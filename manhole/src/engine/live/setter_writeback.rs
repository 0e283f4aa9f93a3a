//! Distinguishes assignments from the engine's write-back of values that a script has read.
//!
//! After `a.count.to_string()` the engine calls the setter of `count` with the value that its getter returned before, in case the
//! method has changed it. In between the application may have changed `count`, and the old value would overwrite that. So each read
//! of a leaf is recorded under its call site, and a call of the setter from the same call site is compared with it. An unchanged
//! value is not written, and a changed one is written only if the application has not changed the field in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, NativeCallContext, Position};

use super::from_script::same;
use super::handle::Handle;
use crate::engine::value::{ScriptError, ScriptResult};
use crate::reflect::Step;
use crate::sync::LockIgnoringPoison;

/// A call in a running script. A function may call itself, so the position alone does not identify it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CallSite {
    position: Position,
    /// The depth of script functions that call each other.
    level: usize,
    /// The number of nested callbacks.
    callbacks: usize,
    /// The imported script around the call.
    script: Option<Arc<str>>,
}

/// The reads of the running command.
#[derive(Default)]
pub(crate) struct RecordedReads(Mutex<HashMap<CallSite, RecordedRead>>);

struct RecordedRead {
    handle: Handle,
    /// The step below the handle, if the read was there.
    step: Option<Step>,
    value: Dynamic,
}

impl RecordedRead {
    /// Returns whether the read was at `handle`, or one `step` below it.
    fn is_from(&self, handle: &Handle, step: Option<&Step>) -> bool {
        self.step.as_ref() == step && self.handle.is_same_place(handle)
    }

    /// Returns whether the read was at `handle`.
    fn is_of(&self, handle: &Handle) -> bool {
        match &self.step {
            Some(step) => self.handle.join(step.clone()).is_same_place(handle),
            None => self.handle.is_same_place(handle),
        }
    }
}

/// The meaning of a call of a setter.
#[derive(Debug)]
pub(crate) enum SetterCall {
    /// An assignment.
    Assigned,
    /// A write-back of the value that was read.
    Unchanged,
    /// A write-back after a method or operator has changed this value.
    Changed(Dynamic),
}

/// How many call sites may read. No read may be dropped, because its write-back would count as an assignment. A command written by
/// hand has fewer.
const MAX_READ_SITES: usize = 16_384;

impl RecordedReads {
    /// Drops the reads of the last command.
    pub(crate) fn clear(&self) {
        self.reads().clear();
    }

    /// Records that `call_site` has read `value` at `handle`, or one `step` below it.
    pub(crate) fn record(
        &self,
        call_site: CallSite,
        handle: &Handle,
        step: Option<&Step>,
        value: &Dynamic,
    ) -> ScriptResult<()> {
        let mut reads = self.reads();
        // A loop reads from the same call site again.
        if let Some(read) = reads.get_mut(&call_site).filter(|read| read.is_from(handle, step)) {
            read.value = value.clone();
            return Ok(());
        }
        let read = RecordedRead { handle: handle.clone(), step: step.cloned(), value: value.clone() };
        reads.insert(call_site, read);
        if reads.len() > MAX_READ_SITES {
            return Err(ScriptError::new(format!(
                "a command reads values at most at {MAX_READ_SITES} positions"
            )));
        }
        Ok(())
    }

    /// Returns the meaning of a call of the setter of `handle` with `value` from `call_site`.
    pub(crate) fn classify(&self, call_site: &CallSite, handle: &Handle, value: &Dynamic) -> SetterCall {
        match self.reads().remove(call_site) {
            Some(read) if !read.is_of(handle) => SetterCall::Assigned,
            Some(read) if same(&read.value, value) => SetterCall::Unchanged,
            Some(read) => SetterCall::Changed(read.value),
            None => SetterCall::Assigned,
        }
    }

    fn reads(&self) -> MutexGuard<'_, HashMap<CallSite, RecordedRead>> {
        self.0.lock_ignoring_poison()
    }
}

/// Returns the call site of `call`, inside `callbacks` nested callbacks.
pub(crate) fn call_site(call: &NativeCallContext<'_>, callbacks: usize) -> CallSite {
    CallSite {
        position: call.call_position(),
        level: call.call_level(),
        callbacks,
        script: call.call_source().map(Arc::from),
    }
}
