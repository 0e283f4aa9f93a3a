//! Collects the variables that closures share.
//!
//! A closure and the code around it share a variable through a counted reference. Counting alone leaks two closures that hold each
//! other, and frees a long chain of them recursively, which would overflow the stack. So this collector also holds every shared
//! variable, and frees those that nothing else holds. As Python's collector does, it finds them by subtracting from each count the
//! references from other shared variables. It empties garbage one by one while it holds all of it, so that no drop is recursive.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rhai::{Dynamic, EvalContext, Locked, Shared};

use crate::engine::live::{check_value_count, children};
use crate::engine::value::{EvalResult, ScriptError};
use crate::sync::LockIgnoringPoison;

/// The number of variables from which a running command collects garbage.
const GC_THRESHOLD: usize = 2_048;

/// How many variables closures may share. To collect garbage among so many takes a millisecond or two.
const MAX_SHARED_VARIABLES: usize = 8_192;

type SharedVariable = Shared<Locked<Dynamic>>;

/// All variables that closures share, of one session or of all sessions with common variables.
#[derive(Default)]
pub(crate) struct SharedVariableGc(Mutex<GcState>);

#[derive(Default)]
struct GcState {
    /// By the address of the value.
    variables: HashMap<usize, SharedVariable>,
    /// The number of variables after the last collection.
    live_after_collection: usize,
    running_commands: usize,
}

impl SharedVariableGc {
    /// Counts a command that begins.
    pub(crate) fn begin(&self) {
        self.state().running_commands += 1;
    }

    /// Counts out a command that has ended, or was abandoned.
    pub(crate) fn count_out(&self) {
        let mut state = self.state();
        state.running_commands = state.running_commands.saturating_sub(1);
    }

    /// Tracks the variable `name`, which the script is about to use, if a closure has begun to share it. A constant is copied
    /// instead, which has the same effect as sharing it.
    pub(crate) fn track(
        &self,
        name: &str,
        evaluation: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    ) -> EvalResult<Option<Dynamic>> {
        let Some(known) = evaluation.scope().get(name).filter(|known| known.is_shared()) else {
            return Ok(None);
        };
        let mut state = self.state();
        if address(known).is_none_or(|address| state.variables.contains_key(&address)) {
            return Ok(None);
        }
        let Some(variable) = evaluation.scope_mut().get_mut(name) else {
            drop(state);
            let constant = evaluation.scope().get(name).map(Dynamic::flatten_clone).unwrap_or_default();
            check_value_count(&constant)?;
            return Ok(Some(constant));
        };
        state.adopt(variable);
        let threshold = MAX_SHARED_VARIABLES.min(GC_THRESHOLD.max(2 * state.live_after_collection));
        let is_due = state.variables.len() >= threshold;
        drop(state);
        if is_due {
            self.collect_cycles();
            if self.state().variables.len() >= MAX_SHARED_VARIABLES {
                let message = format!(
                    "cannot keep the closure: closures share at most {MAX_SHARED_VARIABLES} variables"
                );
                return Err(ScriptError::new(message).into());
            }
        }
        Ok(None)
    }

    /// Shares a variable with the functions of the session. Returns what they read.
    pub(crate) fn share(&self, variable: &mut Dynamic) -> Dynamic {
        let mut state = self.state();
        let is_tracked = variable.is_shared()
            && address(variable).is_some_and(|address| state.variables.contains_key(&address));
        if !is_tracked {
            state.adopt(variable);
        }
        variable.clone()
    }

    /// Frees the variables that nothing else holds.
    pub(crate) fn collect_cycles(&self) {
        let mut state = self.state();
        // Another command could change the counts at the same time.
        if state.variables.is_empty() || state.running_commands > 1 {
            return;
        }
        let garbage = state.take_garbage();
        state.live_after_collection = state.variables.len();
        drop(state);
        // Each value may hold others, which all stay until the last is empty.
        for variable in &garbage {
            let value = variable.try_write().map(|mut value| std::mem::take(&mut *value));
            drop(value);
        }
    }

    /// Calls `visit` with the value of each variable that is not in use.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&Dynamic)) {
        for variable in self.state().variables.values() {
            if let Ok(value) = variable.try_read() {
                visit(&value);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, GcState> {
        self.0.lock_ignoring_poison()
    }
}

impl GcState {
    /// Makes a variable one that can be shared, and tracks it.
    fn adopt(&mut self, variable: &mut Dynamic) {
        let tag = variable.tag();
        let shared = SharedVariable::new(Locked::new(std::mem::take(variable).flatten()));
        *variable = Dynamic::from(SharedVariable::clone(&shared));
        variable.set_tag(tag);
        if let Some(address) = address(variable) {
            self.variables.insert(address, shared);
        }
    }

    /// Removes the variables that only hold each other.
    fn take_garbage(&mut self) -> Vec<SharedVariable> {
        let all: Vec<_> = self.variables.iter().map(|(address, variable)| (*address, variable)).collect();
        let index: HashMap<usize, usize> =
            all.iter().zip(0..).map(|((address, _), index)| (*address, index)).collect();
        // The references from outside, without the collector's own.
        let mut outside: Vec<usize> =
            all.iter().map(|(_, variable)| SharedVariable::strong_count(variable) - 1).collect();
        // The references of all variables, one after another, and where those of each begin.
        let (mut held, mut begins, mut found) = (Vec::new(), vec![0], Vec::new());
        for (position, (_, variable)) in all.iter().enumerate() {
            match variable.try_read() {
                Ok(value) => find_references(&value, &mut found),
                // It is in use.
                Err(_) => outside[position] = usize::MAX,
            }
            for other in found.drain(..).filter_map(|address| index.get(&address).copied()) {
                outside[other] = outside[other].saturating_sub(1);
                held.push(other);
            }
            begins.push(held.len());
        }
        let mut reached: Vec<_> = (0..all.len()).filter(|position| outside[*position] > 0).collect();
        let mut is_live = vec![false; all.len()];
        while let Some(position) = reached.pop() {
            if !std::mem::replace(&mut is_live[position], true) {
                reached.extend(&held[begins[position]..begins[position + 1]]);
            }
        }
        let garbage: Vec<_> =
            all.iter().zip(is_live).filter(|(_, live)| !live).map(|((address, _), _)| *address).collect();
        garbage.iter().filter_map(|address| self.variables.remove(address)).collect()
    }
}

/// Returns the address of a shared variable's value, or `None` while it is in use.
fn address(variable: &Dynamic) -> Option<usize> {
    variable.read_lock::<Dynamic>().map(|value| std::ptr::from_ref(&*value).addr())
}

/// Adds the addresses of the shared variables in `value`, without those inside them.
fn find_references(value: &Dynamic, found: &mut Vec<usize>) {
    if value.is_shared() {
        found.extend(address(value));
        return;
    }
    children(value, &mut |child| {
        find_references(child, found);
        true
    });
}
