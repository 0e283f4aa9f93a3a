//! What a session of the script engine has besides its script: what the engine's functions find by their tag.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use rhai::{DynamicReadLock, Engine, EvalAltResult, Module, NativeCallContext, Shared};

use super::closure_gc::SharedVariableGc;
use super::history::History;
use super::script_cache::ScriptCache;
use super::session_symbols::SessionSymbols;
use crate::engine::evaluator::engine_template::EngineTemplate;
use crate::engine::live::setter_writeback::RecordedReads;
use crate::engine::query::callback::CallbackDepth;
use crate::engine::run::session_level::SessionLevel;
use crate::engine::run::session_limits::SessionLimits;
use crate::engine::run::watchdog::Watchdog;
use crate::engine::value::script_error::ScriptError;
use crate::reflect::{AccessError, AccessErrorKind, Level};
use crate::sync::LockIgnoringPoison;

/// What the engine's functions need of the session that calls them. It travels as the tag of the evaluation.
#[derive(Clone)]
pub(crate) struct CallContext(pub(crate) Arc<SessionState>);

pub(crate) struct SessionState {
    pub(crate) language: Arc<EngineTemplate>,
    pub(crate) watchdog: Watchdog,
    pub(crate) reads: RecordedReads,
    pub(crate) settings: Arc<SessionLimits>,
    /// The engine that has this session as its tag; weak, because it owns it.
    pub(crate) engine: OnceLock<Weak<Engine>>,
    pub(crate) callback_depth: CallbackDepth,
    pub(crate) gc: Arc<SharedVariableGc>,
    pub(crate) scripts: ScriptCache,
    /// Whether there may be closures that share variables.
    pub(crate) closures: AtomicBool,
    standing: SessionLevel,
    /// What the running command tried that its level does not allow.
    denied: Mutex<Option<String>>,
    history: Mutex<History>,
    symbols: Mutex<SessionSymbols>,
    /// The functions of the running command.
    functions: Mutex<Option<Shared<Module>>>,
}

impl SessionState {
    pub(crate) fn new(
        language: Arc<EngineTemplate>,
        watchdog: Watchdog,
        settings: Arc<SessionLimits>,
        gc: Arc<SharedVariableGc>,
        standing: SessionLevel,
    ) -> Self {
        Self {
            watchdog,
            reads: RecordedReads::default(),
            settings,
            engine: OnceLock::new(),
            callback_depth: CallbackDepth::default(),
            scripts: ScriptCache::new(language.scripts_dir.clone()),
            language,
            gc,
            closures: AtomicBool::new(false),
            standing,
            denied: Mutex::default(),
            history: Mutex::default(),
            symbols: Mutex::default(),
            functions: Mutex::new(None),
        }
    }

    /// How far the session may go.
    pub(crate) fn level(&self) -> Level {
        self.standing.level()
    }

    /// Lets the session go only as far as `level` from here on; nothing takes that back.
    pub(crate) fn lower(&self, level: Level) {
        self.standing.lower(level);
    }

    /// Whether the session may do what takes the level `needs`.
    pub(crate) fn require(&self, needs: Level, what: &str) -> Result<(), ScriptError> {
        let level = self.level();
        if level >= needs {
            return Ok(());
        }
        let denied = AccessErrorKind::Denied { level, needs }.at(what);
        self.note_denial(&denied);
        Err(denied.into())
    }

    /// Remembers what was tried, if that is what an error says.
    pub(crate) fn note_denial(&self, error: &AccessError) {
        if matches!(*error.kind, AccessErrorKind::Denied { .. }) {
            let mut denied = self.denied.lock_ignoring_poison();
            denied.get_or_insert_with(|| error.to_string());
        }
    }

    /// What the last command tried that its level does not allow.
    pub(crate) fn denied(&self) -> Option<String> {
        self.denied.lock_ignoring_poison().clone()
    }

    /// Another command begins.
    pub(crate) fn forget_denial(&self) {
        *self.denied.lock_ignoring_poison() = None;
    }

    /// The last commands.
    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock_ignoring_poison()
    }

    /// What the session had when the command began, if that asks for it.
    pub(crate) fn symbols(&self) -> SessionSymbols {
        self.symbols.lock_ignoring_poison().clone()
    }

    pub(crate) fn set_symbols(&self, symbols: SessionSymbols) {
        *self.symbols.lock_ignoring_poison() = symbols;
    }

    /// The functions that the running command can call.
    pub(crate) fn functions(&self) -> Option<Shared<Module>> {
        self.functions.lock_ignoring_poison().clone()
    }

    /// Says which functions the next command can call.
    pub(crate) fn set_functions(&self, functions: Option<Shared<Module>>) {
        *self.functions.lock_ignoring_poison() = functions;
    }
}

impl CallContext {
    /// The session that makes a call.
    pub(crate) fn of<'a>(
        call: &'a NativeCallContext<'_>,
    ) -> Result<DynamicReadLock<'a, Self>, Box<EvalAltResult>> {
        call.tag()
            .and_then(rhai::Dynamic::read_lock::<Self>)
            .ok_or_else(|| "this function is called outside of a session".into())
    }
}
