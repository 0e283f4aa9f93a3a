//! The state of a session that native functions can reach, as the tag of each evaluation.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use rhai::{Dynamic, DynamicReadLock, Engine, Module, NativeCallContext, Shared};

use super::callback_depth::CallbackDepth;
use super::closure_gc::SharedVariableGc;
use super::history::History;
use super::iterations::Iterations;
use super::last_sizes::LastSizes;
use super::missing_items::MissingItems;
use super::script_cache::ScriptCache;
use super::session_symbols::SessionSymbols;
use crate::engine::compile::ParseGuard;
use crate::engine::live::Program;
use crate::engine::run::{LastKeys, RunControl};
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::TypeInfo;
use crate::sync::LockIgnoringPoison;

/// The session that calls a native function.
#[derive(Clone)]
pub(crate) struct CallContext(Arc<SessionState>);

/// The state of a session between commands, without its variables and functions.
pub(crate) struct SessionState {
    /// The names of the application, as the running command sees them.
    program: Mutex<Arc<Program>>,
    pub(crate) run: RunControl,
    pub(crate) parse_guard: ParseGuard,
    /// The engine that has this session as its tag. Weak, because the engine owns the session.
    engine: Mutex<Weak<Engine>>,
    pub(crate) callback_depth: CallbackDepth,
    pub(crate) missing_items: MissingItems,
    pub(crate) iterations: Iterations,
    pub(crate) gc: Arc<SharedVariableGc>,
    pub(crate) scripts: ScriptCache,
    /// Whether there may be closures that share variables.
    pub(crate) closures: AtomicBool,
    history: Mutex<History>,
    /// The keys that completion has read.
    pub(crate) last_keys: Arc<LastKeys>,
    last_sizes: Mutex<LastSizes>,
    symbols: Mutex<SessionSymbols>,
    /// The functions of the running command.
    functions: Mutex<Option<Shared<Module>>>,
    /// The variables of the session that its functions read.
    outer: Mutex<OuterVariables>,
    failed_calls: Mutex<Vec<FailedCall>>,
}

/// A call that has failed in the running command. The engine's error does not name the types of live values.
#[derive(Clone)]
pub(crate) struct FailedCall {
    pub(crate) name: String,
    pub(crate) is_method: bool,
    /// The types of the arguments, for messages.
    pub(crate) types: Vec<String>,
    /// The type of the receiver, if it is a live value.
    pub(crate) receiver: Option<&'static TypeInfo>,
}

/// How many failed calls are kept.
const MAX_FAILED_CALLS: usize = 16;

/// The variables of a session that its functions read, by name. One that the running command defines again has no value.
pub(crate) type OuterVariables = HashMap<String, Option<Dynamic>>;

impl SessionState {
    pub(crate) fn new(program: Arc<Program>, run: RunControl, gc: Arc<SharedVariableGc>) -> Self {
        Self {
            run,
            parse_guard: ParseGuard::default(),
            engine: Mutex::default(),
            callback_depth: CallbackDepth::default(),
            missing_items: MissingItems::default(),
            iterations: Iterations::default(),
            scripts: ScriptCache::new(program.scripts_dir.clone()),
            program: Mutex::new(program),
            gc,
            closures: AtomicBool::new(false),
            history: Mutex::default(),
            last_keys: Arc::default(),
            last_sizes: Mutex::default(),
            symbols: Mutex::default(),
            functions: Mutex::new(None),
            outer: Mutex::default(),
            failed_calls: Mutex::default(),
        }
    }

    /// Returns the names of the application. They do not change while a command runs.
    pub(crate) fn program(&self) -> Arc<Program> {
        Arc::clone(&self.program.lock_ignoring_poison())
    }

    /// Sets the names of the application, and the engine that binds them, for the next command.
    pub(crate) fn set_program(&self, program: &Arc<Program>, engine: &Arc<Engine>) {
        *self.program.lock_ignoring_poison() = Arc::clone(program);
        *self.engine.lock_ignoring_poison() = Arc::downgrade(engine);
    }

    /// Returns the engine of the running command.
    pub(crate) fn engine(&self) -> Option<Arc<Engine>> {
        self.engine.lock_ignoring_poison().upgrade()
    }

    /// Returns the last commands.
    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock_ignoring_poison()
    }

    /// Returns what the last calls of `sizes` have found.
    pub(crate) fn last_sizes(&self) -> MutexGuard<'_, LastSizes> {
        self.last_sizes.lock_ignoring_poison()
    }

    /// Returns the variables and functions before the command, if it needs them.
    pub(crate) fn symbols(&self) -> SessionSymbols {
        self.symbols.lock_ignoring_poison().clone()
    }

    pub(crate) fn set_symbols(&self, symbols: SessionSymbols) {
        *self.symbols.lock_ignoring_poison() = symbols;
    }

    /// Records a failed call.
    pub(crate) fn add_failed_call(&self, call: FailedCall) {
        let mut calls = self.failed_calls.lock_ignoring_poison();
        calls.retain(|known| known.name != call.name);
        if calls.len() < MAX_FAILED_CALLS {
            calls.push(call);
        }
    }

    /// Returns the last failed call of the function `name`.
    pub(crate) fn failed_call(&self, name: &str) -> Option<FailedCall> {
        self.failed_calls.lock_ignoring_poison().iter().find(|call| call.name == name).cloned()
    }

    /// Forgets the failed calls of the command before.
    pub(crate) fn forget_failed_calls(&self) {
        self.failed_calls.lock_ignoring_poison().clear();
    }

    /// Sets the variables that the functions of the next command read.
    pub(crate) fn set_outer(&self, outer: OuterVariables) {
        *self.outer.lock_ignoring_poison() = outer;
    }

    /// Returns the value that a function of the session reads in its variable `name`.
    pub(crate) fn outer(&self, name: &str) -> EvalResult<Option<Dynamic>> {
        let outer = self.outer.lock_ignoring_poison().get(name).cloned();
        match outer {
            Some(Some(value)) if to_script::is_unbound(&value) => Ok(None),
            Some(Some(value)) if value.is_locked() => {
                let message = format!("cannot read `{name}` in a function: a method that changes it runs");
                Err(ScriptError::new(message).with_help("pass it as a parameter").into())
            }
            Some(Some(value)) => Ok(Some(value.flatten())),
            Some(None) => {
                let message = format!("cannot read `{name}` in a function: this command defines it");
                Err(ScriptError::new(message)
                    .with_help(format!("define {name} in a command before, or pass it as a parameter"))
                    .into())
            }
            None => Ok(None),
        }
    }

    /// Returns the functions that the running command can call.
    pub(crate) fn functions(&self) -> Option<Shared<Module>> {
        self.functions.lock_ignoring_poison().clone()
    }

    /// Sets the functions that the next command can call.
    pub(crate) fn set_functions(&self, functions: Option<Shared<Module>>) {
        *self.functions.lock_ignoring_poison() = functions;
    }
}

impl CallContext {
    pub(crate) fn new(session: SessionState) -> Self {
        Self(Arc::new(session))
    }

    /// Returns the session that makes a call.
    pub(crate) fn of<'a>(call: &'a NativeCallContext<'_>) -> EvalResult<DynamicReadLock<'a, Self>> {
        call.tag()
            .and_then(rhai::Dynamic::read_lock::<Self>)
            .ok_or_else(|| "cannot call the function: it needs a session".into())
    }
}

impl Deref for CallContext {
    type Target = SessionState;

    fn deref(&self) -> &SessionState {
        &self.0
    }
}
