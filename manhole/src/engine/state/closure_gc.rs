//! The variables that closures share, and how they are freed.
//!
//! A closure and the code around it share a variable through a counted reference. Counting alone frees neither two closures that
//! hold each other, which would be lost memory of the program, nor a long chain of them without going down it recursively, which
//! would overflow the stack. So every shared variable is kept here as well, and is freed when it is found that nothing else
//! holds it: by subtracting from each count the references that come from other shared variables, as Python's collector does.
//! What is garbage is emptied one by one while all of it is still kept, so that nothing is freed recursively.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rhai::{Dynamic, EvalAltResult, EvalContext, Locked, Shared};

use crate::engine::live::{check_value_count, children};
use crate::engine::value::ScriptError;
use crate::sync::LockIgnoringPoison;

/// From how many variables on it is looked for garbage while a command runs.
const GC_THRESHOLD: usize = 2_048;

/// How many variables closures may share: looking for garbage among so many takes a millisecond or two.
const MAX_SHARED_VARIABLES: usize = 8_192;

type SharedVariable = Shared<Locked<Dynamic>>;

/// All variables that closures share, of a session or of those that have their namespace in common.
#[derive(Default)]
pub(crate) struct SharedVariableGc(Mutex<GcState>);

#[derive(Default)]
struct GcState {
    /// By where the value is.
    variables: HashMap<usize, SharedVariable>,
    /// How many there were after the last look for garbage.
    live_after_collection: usize,
    /// How many commands are running_commands.
    running_commands: usize,
}

impl SharedVariableGc {
    /// A command begins.
    pub(crate) fn begin(&self) {
        self.state().running_commands += 1;
    }

    /// A command has ended.
    pub(crate) fn end(&self) {
        self.collect_cycles();
        self.abandon();
    }

    /// A command is not waited for any more.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.running_commands = state.running_commands.saturating_sub(1);
    }

    /// Looks at a variable that the script is about to use. If it has just become one that a closure shares, it is kept; a constant
    /// is copied instead, which nobody can tell from sharing it.
    pub(crate) fn track(
        &self,
        name: &str,
        evaluation: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    ) -> Result<Option<Dynamic>, Box<EvalAltResult>> {
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
        let tag = variable.tag();
        let cell = SharedVariable::new(Locked::new(std::mem::take(variable).flatten()));
        *variable = Dynamic::from(SharedVariable::clone(&cell));
        variable.set_tag(tag);
        if let Some(address) = address(variable) {
            state.variables.insert(address, cell);
        }
        let many = state.variables.len()
            >= MAX_SHARED_VARIABLES.min(GC_THRESHOLD.max(2 * state.live_after_collection));
        drop(state);
        if many {
            self.collect_cycles();
            if self.state().variables.len() >= MAX_SHARED_VARIABLES {
                let message = format!("closures share {MAX_SHARED_VARIABLES} variables at most");
                return Err(ScriptError::new(message).into());
            }
        }
        Ok(None)
    }

    /// Frees what nothing holds any more.
    pub(crate) fn collect_cycles(&self) {
        let mut state = self.state();
        // What another command is doing meanwhile would change the counts.
        if state.variables.is_empty() || state.running_commands > 1 {
            return;
        }
        let garbage = state.take_garbage();
        state.live_after_collection = state.variables.len();
        drop(state);
        // Each content may hold others of these, which are all kept until the last is emptied.
        for cell in &garbage {
            let content = cell.try_write().map(|mut content| std::mem::take(&mut *content));
            drop(content);
        }
    }

    /// Hands every content to `look`.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&Dynamic)) {
        for cell in self.state().variables.values() {
            if let Ok(content) = cell.try_read() {
                look(&content);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, GcState> {
        self.0.lock_ignoring_poison()
    }
}

impl GcState {
    /// Takes out what is only held by others of its kind.
    fn take_garbage(&mut self) -> Vec<SharedVariable> {
        let all: Vec<_> = self.variables.iter().map(|(address, cell)| (*address, cell)).collect();
        let index: HashMap<usize, usize> =
            all.iter().zip(0..).map(|((address, _), index)| (*address, index)).collect();
        // Besides the reference from here.
        let mut held: Vec<usize> =
            all.iter().map(|(_, cell)| SharedVariable::strong_count(cell) - 1).collect();
        // What each holds, one after another, and where that of the next begins.
        let (mut inside, mut begins, mut found) = (Vec::new(), vec![0], Vec::new());
        for (position, (_, cell)) in all.iter().enumerate() {
            match cell.try_read() {
                Ok(content) => references(&content, &mut found),
                // It is in use.
                Err(_) => held[position] = usize::MAX,
            }
            for other in found.drain(..).filter_map(|address| index.get(&address).copied()) {
                held[other] = held[other].saturating_sub(1);
                inside.push(other);
            }
            begins.push(inside.len());
        }
        let mut reached: Vec<_> = (0..all.len()).filter(|position| held[*position] > 0).collect();
        let mut kept = vec![false; all.len()];
        while let Some(position) = reached.pop() {
            if !std::mem::replace(&mut kept[position], true) {
                reached.extend(&inside[begins[position]..begins[position + 1]]);
            }
        }
        let garbage: Vec<_> =
            all.iter().zip(kept).filter(|(_, kept)| !kept).map(|((address, _), _)| *address).collect();
        garbage.iter().filter_map(|address| self.variables.remove(address)).collect()
    }
}

/// Where the value of a shared variable is; `None` while it is in use.
fn address(variable: &Dynamic) -> Option<usize> {
    variable.read_lock::<Dynamic>().map(|value| std::ptr::from_ref(&*value).addr())
}

/// Finds the shared variables that a value holds, without going into them.
fn references(value: &Dynamic, found: &mut Vec<usize>) {
    if value.is_shared() {
        found.extend(address(value));
        return;
    }
    children(value, &mut |part| {
        references(part, found);
        true
    });
}
