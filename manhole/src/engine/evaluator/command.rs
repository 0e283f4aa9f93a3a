//! One session's state of the script engine, and the way of one command through it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel, ParseError, Scope};

use super::engine_template::{EngineTemplate, STANDARD};
use crate::engine::compile::compiled_command::CompiledCommand;
use crate::engine::compile::source_map::SourceMap;
use crate::engine::compile::variable_usage::VariableUsage;
use crate::engine::compile::{audit_redaction, incomplete_input, scalar_root};
use crate::engine::live::handle::Handle;
use crate::engine::query::query;
use crate::engine::query::query::Query;
use crate::engine::run::abandoned::CommandHandle;
use crate::engine::run::limits;
use crate::engine::run::limits::Limits;
use crate::engine::run::session_level::SessionLevel;
use crate::engine::run::session_limits::{Limit, SessionLimits};
use crate::engine::run::watchdog::{ClientIo, StopReason, Watchdog};
use crate::engine::show::format_result;
use crate::engine::state::script_cache::{Imports, MOST_SCRIPTS, Resolver};
use crate::engine::state::session_functions::SessionFunctions;
use crate::engine::state::session_state::{CallContext, SessionState};
use crate::engine::state::session_symbols::SessionSymbols;
use crate::engine::state::shared_variables::SharedVariables;
use crate::engine::state::variable_memory::VariableMemory;
use crate::engine::value::diagnostic::Diagnostic;
use crate::engine::value::script_error::panicked;
use crate::engine::value::{byte_size, convert, token_hooks};
use crate::reflect::Level;

/// The name of the last value.
const LAST_VALUE_NAME: &str = "it";

/// What became of a command.
#[derive(Debug, PartialEq)]
pub(crate) enum CommandResult<T = Option<String>> {
    /// It ran, and what is to be told of its value: of a command at a prompt its text, if it has one.
    Done(T),
    /// It is the beginning of a command.
    Incomplete,
    /// It could not be run, or failed.
    Failed(Diagnostic),
    /// It was stopped, and what is known of why it was not done before.
    Stopped(StopReason, Option<&'static str>),
    /// It asked for the end of the session.
    Exit,
    /// It came back long after it was given up: the session belongs to another thread.
    AbandonedCommand,
}

/// What is particular about one run of a command.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunOptions {
    /// How long it may run, if that is less than the session allows.
    pub(crate) timeout: Option<Duration>,
    /// Whether it leaves no trace: neither its value nor its text is remembered.
    pub(crate) ephemeral: bool,
}

/// One session's variables, functions and limits.
pub(crate) struct Evaluator {
    pub(crate) engine: Arc<Engine>,
    pub(crate) language: Arc<EngineTemplate>,
    pub(crate) context: CallContext,
    pub(crate) scope: Scope<'static>,
    pub(crate) library: SessionFunctions,
    variable_memory: VariableMemory,
    imports: Imports,
    shared: Option<Arc<SharedVariables>>,
    /// How many bytes the variables may hold that all sessions share.
    most_shared: usize,
    /// The last command, if it can be run again as it is.
    last: Option<Arc<CompiledCommand>>,
}

impl Evaluator {
    /// A session of `language` for `client`, which may change its `limits` up to the `ceiling`. Sessions that are given the same
    /// `shared` have their variables in common.
    pub(crate) fn new(
        language: Arc<EngineTemplate>,
        limits: &Limits,
        ceiling: &Limits,
        client: Arc<dyn ClientIo>,
        standing: SessionLevel,
        shared: Option<Arc<SharedVariables>>,
    ) -> Self {
        let settings = Arc::new(SessionLimits::new(limits, ceiling));
        let watchdog = Watchdog::new(client, Arc::clone(&settings), !language.inline);
        let gc = shared.as_ref().map_or_else(Arc::default, |shared| Arc::clone(&shared.gc));
        let session = SessionState::new(Arc::clone(&language), watchdog, settings, gc, standing);
        // What another session has defined may share variables.
        session.closures.store(shared.is_some(), Ordering::Relaxed);
        let context = CallContext(Arc::new(session));
        let engine = Arc::new(engine(&language, &context));
        let _ = context.0.engine.set(Arc::downgrade(&engine));
        let (scope, library) = (Scope::new(), SessionFunctions::default());
        Self {
            engine,
            language,
            context,
            scope,
            library,
            variable_memory: VariableMemory::default(),
            imports: Imports::default(),
            shared,
            most_shared: limits.variables,
            last: None,
        }
    }

    /// The way for another thread to look after the commands that run here.
    pub(crate) fn watch(&self) -> CommandHandle {
        CommandHandle(Arc::clone(&self.context.0))
    }

    /// How far the session may go now.
    pub(crate) fn level(&self) -> Level {
        self.context.0.level()
    }

    /// What the last command tried that its level does not allow, if it did.
    pub(crate) fn was_denied(&self) -> Option<String> {
        self.context.0.denied()
    }

    /// `code` as others may be told of it if it mentions a field that is secret: without the values in it.
    pub(crate) fn redacted(&self, code: &str) -> Option<String> {
        let mentions_secret =
            self.language.symbols().secrets().any(|name| audit_redaction::mentions_field(code, name));
        mentions_secret.then(|| audit_redaction::redact(&self.engine, code))
    }

    /// Whether `code` could be run as a command.
    pub(crate) fn check(&self, code: &str) -> Result<(), Box<Diagnostic>> {
        let compiled = SourceMap::compile(&self.engine, &self.scope, code, 0, self.language.scalar_roots());
        compiled.map(|_| ()).map_err(|error| {
            let position = error.1;
            Box::new(self.word(error.into()).with_location(position, None, Some(code)))
        })
    }

    /// Runs `code` if it is a whole command, and shows its value as text.
    pub(crate) fn run(&mut self, code: &str) -> CommandResult {
        self.run_on(code, RunOptions::default(), |value, context| {
            format_result::show(value, context, context.0.settings.budget())
        })
    }

    /// Runs `code` if it is a whole command; `tell` says what is to be told of its value, and runs as part of the command.
    pub(crate) fn run_on<T: Default>(
        &mut self,
        code: &str,
        options: RunOptions,
        tell: impl FnOnce(&Dynamic, &CallContext) -> Result<T, Box<EvalAltResult>>,
    ) -> CommandResult<T> {
        self.context.0.forget_denial();
        if incomplete_input::ends_in_comment(&self.engine, code) {
            return CommandResult::Incomplete;
        }
        self.take_shared();
        let compiled = match self.compile(code) {
            Ok(compiled) => compiled,
            Err(error) if incomplete_input::is_incomplete(code, &error) => return CommandResult::Incomplete,
            Err(error) => {
                let position = error.1;
                let error = EvalAltResult::from(error);
                return CommandResult::Failed(self.word(error).with_location(position, None, Some(code)));
            }
        };
        let CompiledCommand { source, command, variables, .. } = &*compiled;
        if let Err(diagnosis) = self.bind_new_names(variables, source) {
            self.forget_unbound_names(variables);
            return CommandResult::Failed(*diagnosis);
        }
        if let Err(diagnosis) = self.library.has_room(command, source) {
            return CommandResult::Failed(*diagnosis);
        }
        let program = self.library.add(command, source);
        if !options.ephemeral {
            self.context.0.history().add(code);
        }
        if compiled.needs_symbols || self.library.needs_symbols() {
            self.context.0.set_symbols(SessionSymbols::new(&self.scope, &self.library));
        }
        if compiled.has_closures {
            self.context.0.closures.store(true, Ordering::Relaxed);
        }
        self.context.0.scripts.begin();
        self.context.0.gc.begin();
        self.context.0.reads.clear();
        self.context.0.set_functions(program.has_functions().then(|| program.shared_lib().clone()));
        self.context.0.watchdog.start(options.timeout);
        let result = catch_unwind(AssertUnwindSafe(|| {
            // What has to be read again runs, so it runs under the watch.
            let program = self.imports.before(program, &self.engine, &self.context);
            let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &program)?;
            let told = tell(&value, &self.context)?;
            Ok::<_, Box<EvalAltResult>>((value, told))
        }));
        self.forget_unbound_names(variables);
        let mut outcome = match result {
            Ok(Ok((value, told))) => {
                self.imports.add(command);
                if !options.ephemeral {
                    self.remember(value);
                }
                CommandResult::Done(told)
            }
            Ok(Err(error)) => CommandResult::Failed(self.to_diagnostic(*error, source)),
            Err(panic) => CommandResult::Failed(panicked(&*panic).into()),
        };
        // It would keep what it shows.
        self.context.0.set_symbols(SessionSymbols::default());
        if !self.context.0.watchdog.is_abandoned() {
            self.context.0.gc.end();
        }
        if self.shared.is_none()
            && let Some(diagnosis) = self.enforce_limit(variables)
        {
            outcome = CommandResult::Failed(diagnosis);
        }
        self.library.forget_unused(&self.scope, &self.context.0.gc);
        let watchdog = &self.context.0.watchdog;
        if watchdog.finish() {
            self.language.abandoned.returned();
            return CommandResult::AbandonedCommand;
        }
        if let Some(diagnosis) = self.give_shared(variables) {
            outcome = CommandResult::Failed(diagnosis);
        }
        let watchdog = &self.context.0.watchdog;
        if watchdog.is_watched_to_its_end() {
            return CommandResult::Done(T::default());
        }
        match watchdog.stopped() {
            Some(StopReason::Exit) => CommandResult::Exit,
            Some(stop) => CommandResult::Stopped(stop, watchdog.remarked()),
            None => outcome,
        }
    }

    /// Compiles `code`, unless it is what was compiled last.
    fn compile(&mut self, code: &str) -> Result<Arc<CompiledCommand>, ParseError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.is(code)) {
            return Ok(Arc::clone(last));
        }
        let roots = self.language.scalar_roots();
        let compiled = Arc::new(CompiledCommand::new(&self.engine, &self.scope, code, &self.library, roots)?);
        self.last = compiled.can_be_kept().then(|| Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Does something that is no code under the watch of a command.
    pub(crate) fn perform<T>(
        &mut self,
        act: impl FnOnce(&CallContext) -> Result<T, Box<EvalAltResult>>,
    ) -> CommandResult<T> {
        let session = &self.context.0;
        session.forget_denial();
        session.gc.begin();
        session.reads.clear();
        session.watchdog.start(None);
        let outcome = match catch_unwind(AssertUnwindSafe(|| act(&self.context))) {
            Ok(Ok(done)) => CommandResult::Done(done),
            Ok(Err(error)) => CommandResult::Failed(self.word(*error)),
            Err(panic) => CommandResult::Failed(panicked(&*panic).into()),
        };
        let session = &self.context.0;
        if session.watchdog.finish() {
            self.language.abandoned.returned();
            return CommandResult::AbandonedCommand;
        }
        session.gc.end();
        match session.watchdog.stopped() {
            Some(StopReason::Exit) => CommandResult::Exit,
            Some(stop) => CommandResult::Stopped(stop, session.watchdog.remarked()),
            None => outcome,
        }
    }

    /// Lets go of variables that hold too much.
    fn enforce_limit(&mut self, variables: &VariableUsage) -> Option<Diagnostic> {
        let limit = self.context.0.settings.count(Limit::Variables);
        let dropped =
            self.variable_memory.enforce_limit(&mut self.scope, &self.context.0.gc, &used(variables), limit);
        let help = "set(\"variables\", \"64 MiB\") allows more";
        too_much(&dropped, limit, "a session's variables").map(|error| error.with_help(Some(help.to_owned())))
    }

    /// An assignment to a new name binds it, so that it must be there before the command runs.
    fn bind_new_names(
        &mut self,
        variables: &VariableUsage,
        source: &SourceMap,
    ) -> Result<(), Box<Diagnostic>> {
        for (name, position) in &variables.assigned {
            if self.scope.contains(name) {
                continue;
            }
            if self.language.has(name) {
                let message = format!("`{name}` belongs to the program and cannot be replaced");
                let help = format!("change what is inside of it, or hide it in this session: let {name} = …");
                let diagnosis = Diagnostic::new(message).with_help(Some(help));
                let place = source.original(*position);
                return Err(Box::new(diagnosis.with_location(place, None, Some(source.text()))));
            }
            if self.scope.len() >= limits::MOST_VARIABLES {
                let message = format!("there are {} variables already", limits::MOST_VARIABLES);
                let help = "several values fit into one: all = #{ first: 1, second: 2 }";
                let diagnosis = Diagnostic::new(message).with_help(Some(help.to_owned()));
                let place = source.original(*position);
                return Err(Box::new(diagnosis.with_location(place, None, Some(source.text()))));
            }
            self.scope.push_dynamic(name.as_str(), convert::unbound());
        }
        Ok(())
    }

    /// Takes back the names that were to be bound, if the command ended before it did.
    fn forget_unbound_names(&mut self, variables: &VariableUsage) {
        for (name, _) in &variables.assigned {
            if self.scope.get(name).is_some_and(convert::is_unbound) {
                let _ = self.scope.remove::<Dynamic>(name);
            }
        }
        if variables.defines() {
            // `let x` again and again would keep every `x`.
            self.scope = self.scope.clone_visible();
        }
    }

    fn remember(&mut self, value: Dynamic) {
        if !value.is_unit() {
            // Not set in place: the user may have made it a constant.
            let _ = self.scope.remove::<Dynamic>(LAST_VALUE_NAME);
            self.scope.push(LAST_VALUE_NAME, value);
        }
    }

    pub(crate) fn take_shared(&mut self) {
        if let Some(shared) = &self.shared {
            (self.scope, self.library) = shared.copy_in();
        }
    }

    /// Gives what is shared back; what it may hold is not for a session to change.
    fn give_shared(&self, variables: &VariableUsage) -> Option<Diagnostic> {
        let shared = self.shared.as_ref()?;
        let dropped = shared.copy_out(&used(variables), &self.scope, &self.library, self.most_shared);
        too_much(&dropped, self.most_shared, "the variables that all sessions share")
    }
}

/// The variables that a command may have changed.
fn used(variables: &VariableUsage) -> Vec<&str> {
    let assigned = variables.assigned.iter().map(|(name, _)| name);
    variables.mentioned.iter().chain(assigned).map(String::as_str).chain([LAST_VALUE_NAME]).collect()
}

/// What is said where variables had to go, if any had.
fn too_much(dropped: &[String], limit: usize, whose: &str) -> Option<Diagnostic> {
    if dropped.is_empty() {
        return None;
    }
    let limit = byte_size::format(u64::try_from(limit).unwrap_or(u64::MAX));
    let names: Vec<_> = dropped.iter().map(|name| format!("`{name}`")).collect();
    Some(Diagnostic::new(format!("{whose} may hold {limit} in all; {} had to go", names.join(", "))))
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // While they are kept, what the variables hold is not freed recursively.
        self.scope.clear();
        self.context.0.gc.collect_cycles();
    }
}

fn engine(language: &EngineTemplate, context: &CallContext) -> Engine {
    let mut engine = Engine::new_raw();
    if let Some(extension) = &language.extension {
        // First, so that nothing of what follows can be undone by it.
        let _ = catch_unwind(AssertUnwindSafe(|| extension(&mut engine)));
    }
    engine.set_optimization_level(OptimizationLevel::None);
    limits::apply(&mut engine);
    token_hooks::install(&mut engine);
    resolve_variables(&mut engine, context);
    engine.register_type_with_name::<Handle>("live value");
    engine.register_type_with_name::<Query>("Query");
    engine.register_type_with_name::<std::time::Duration>("Duration");
    engine.register_type_with_name::<std::time::SystemTime>("SystemTime");
    engine.register_type_with_name::<crate::engine::value::script_error::ScriptError>("error");
    engine.register_global_module(STANDARD.clone());
    engine.register_global_module(language.modules().bindings.clone());
    engine.register_global_module(query::module(context).into());
    engine.register_static_module("process", language.modules().process.clone());
    engine.set_module_resolver(Resolver(context.clone()));
    engine.set_max_modules(MOST_SCRIPTS);
    engine.set_default_tag(Dynamic::from(context.clone()));
    let session = Arc::clone(&context.0);
    engine.on_progress(move |_| session.watchdog.tick().map(|_| Dynamic::UNIT));
    let session = Arc::clone(&context.0);
    engine.on_print(move |text| print(&session, text));
    let session = Arc::clone(&context.0);
    engine.on_debug(move |text, _, _| print(&session, text));
    engine
}

/// What is a variable to the engine, but not one of the script.
#[expect(deprecated, reason = "the engine marks its unstable interfaces so")]
fn resolve_variables(engine: &mut Engine, context: &CallContext) {
    let context = context.clone();
    engine.on_var(move |name, index, mut evaluation| {
        if context.0.closures.load(Ordering::Relaxed)
            && let Some(constant) = context.0.gc.watch(name, &mut evaluation)?
        {
            return Ok(Some(constant));
        }
        // A variable that the parser has found is the script's own.
        if index > 0 {
            return Ok(None);
        }
        match token_hooks::resolve(name) {
            Some(integer) => Ok(Some(integer)),
            None => scalar_root::resolve(&context.0.language, &context, name, &evaluation),
        }
    });
}

fn print(session: &SessionState, text: &str) {
    // A client that is gone stops the command at its next step.
    let _ = session.watchdog.write(&format!("{text}\n"));
}
