//! One session's state of the script engine, and the way of one command through it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel, ParseError, Scope};

use super::engine_template::{EngineTemplate, STANDARD};
use crate::engine::compile::compiled_command::Prepared;
use crate::engine::compile::source_map::Source;
use crate::engine::compile::variable_usage::Variables;
use crate::engine::compile::{audit_redaction, incomplete_input, scalar_root};
use crate::engine::live::handle::Handle;
use crate::engine::query::query;
use crate::engine::query::query::Query;
use crate::engine::run::abandoned::CommandHandle;
use crate::engine::run::limits;
use crate::engine::run::limits::Limits;
use crate::engine::run::session_level::SessionLevel;
use crate::engine::run::session_limits::{Limit, Settings};
use crate::engine::run::watchdog::{ClientIo, Monitor, StopReason};
use crate::engine::show::format_result;
use crate::engine::state::script_cache::{Imports, MOST_SCRIPTS, Resolver};
use crate::engine::state::session_functions::Library;
use crate::engine::state::session_state::{Context, Session};
use crate::engine::state::session_symbols::Picture;
use crate::engine::state::shared_variables::Shared;
use crate::engine::state::variable_memory::Holdings;
use crate::engine::value::diagnostic::Diagnostic;
use crate::engine::value::script_error::panicked;
use crate::engine::value::{byte_size, convert, token_hooks};
use crate::reflect::Level;

/// The name of the last value.
const LAST: &str = "it";

/// What became of a command.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome<T = Option<String>> {
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
    pub(crate) aside: bool,
}

/// One session's variables, functions and limits.
pub(crate) struct Evaluator {
    pub(crate) engine: Arc<Engine>,
    pub(crate) language: Arc<EngineTemplate>,
    pub(crate) context: Context,
    pub(crate) scope: Scope<'static>,
    pub(crate) library: Library,
    holdings: Holdings,
    imports: Imports,
    shared: Option<Arc<Shared>>,
    /// How many bytes the variables may hold that all sessions share.
    most_shared: usize,
    /// The last command, if it can be run again as it is.
    last: Option<Arc<Prepared>>,
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
        shared: Option<Arc<Shared>>,
    ) -> Self {
        let settings = Arc::new(Settings::new(limits, ceiling));
        let monitor = Monitor::new(client, Arc::clone(&settings), !language.inline);
        let cells = shared.as_ref().map_or_else(Arc::default, |shared| Arc::clone(&shared.cells));
        let session = Session::new(Arc::clone(&language), monitor, settings, cells, standing);
        // What another session has defined may share variables.
        session.closures.store(shared.is_some(), Ordering::Relaxed);
        let context = Context(Arc::new(session));
        let engine = Arc::new(engine(&language, &context));
        let _ = context.0.engine.set(Arc::downgrade(&engine));
        let (scope, library) = (Scope::new(), Library::default());
        Self {
            engine,
            language,
            context,
            scope,
            library,
            holdings: Holdings::default(),
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
    pub(crate) fn masked(&self, code: &str) -> Option<String> {
        let mentions_secret =
            self.language.vocabulary().secrets().any(|name| audit_redaction::mentions(code, name));
        mentions_secret.then(|| audit_redaction::masked(&self.engine, code))
    }

    /// Whether `code` could be run as a command.
    pub(crate) fn check(&self, code: &str) -> Result<(), Box<Diagnostic>> {
        let compiled = Source::compile(&self.engine, &self.scope, code, 0, self.language.leaf_roots());
        compiled.map(|_| ()).map_err(|error| {
            let position = error.1;
            Box::new(self.word(error.into()).with_place(position, None, Some(code)))
        })
    }

    /// Runs `code` if it is a whole command, and shows its value as text.
    pub(crate) fn run(&mut self, code: &str) -> Outcome {
        self.run_on(code, RunOptions::default(), |value, context| {
            format_result::show(value, context, context.0.settings.budget())
        })
    }

    /// Runs `code` if it is a whole command; `tell` says what is to be told of its value, and runs as part of the command.
    pub(crate) fn run_on<T: Default>(
        &mut self,
        code: &str,
        options: RunOptions,
        tell: impl FnOnce(&Dynamic, &Context) -> Result<T, Box<EvalAltResult>>,
    ) -> Outcome<T> {
        self.context.0.forget_denial();
        if incomplete_input::ends_in_comment(&self.engine, code) {
            return Outcome::Incomplete;
        }
        self.take_shared();
        let prepared = match self.prepare(code) {
            Ok(prepared) => prepared,
            Err(error) if incomplete_input::is_incomplete(code, &error) => return Outcome::Incomplete,
            Err(error) => {
                let position = error.1;
                let error = EvalAltResult::from(error);
                return Outcome::Failed(self.word(error).with_place(position, None, Some(code)));
            }
        };
        let Prepared { source, command, variables, .. } = &*prepared;
        if let Err(diagnosis) = self.bind_new_names(variables, source) {
            self.forget_unbound_names(variables);
            return Outcome::Failed(*diagnosis);
        }
        if let Err(diagnosis) = self.library.has_room(command, source) {
            return Outcome::Failed(*diagnosis);
        }
        let program = self.library.add(command, source);
        if !options.aside {
            self.context.0.history().add(code);
        }
        if prepared.asks_for_picture || self.library.asks_for_picture() {
            self.context.0.set_picture(Picture::new(&self.scope, &self.library));
        }
        if prepared.has_closures {
            self.context.0.closures.store(true, Ordering::Relaxed);
        }
        self.context.0.scripts.begin();
        self.context.0.cells.begin();
        self.context.0.reads.clear();
        self.context.0.set_functions(program.has_functions().then(|| program.shared_lib().clone()));
        self.context.0.monitor.start(options.timeout);
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
                if !options.aside {
                    self.remember(value);
                }
                Outcome::Done(told)
            }
            Ok(Err(error)) => Outcome::Failed(self.diagnose(*error, source)),
            Err(panic) => Outcome::Failed(panicked(&*panic).into()),
        };
        // It would keep what it shows.
        self.context.0.set_picture(Picture::default());
        if !self.context.0.monitor.is_given_up() {
            self.context.0.cells.end();
        }
        if self.shared.is_none()
            && let Some(diagnosis) = self.trim(variables)
        {
            outcome = Outcome::Failed(diagnosis);
        }
        self.library.forget_unused(&self.scope, &self.context.0.cells);
        let monitor = &self.context.0.monitor;
        if monitor.finish() {
            self.language.stuck.came_back();
            return Outcome::AbandonedCommand;
        }
        if let Some(diagnosis) = self.give_shared(variables) {
            outcome = Outcome::Failed(diagnosis);
        }
        let monitor = &self.context.0.monitor;
        if monitor.is_watched_to_its_end() {
            return Outcome::Done(T::default());
        }
        match monitor.stopped() {
            Some(StopReason::Exit) => Outcome::Exit,
            Some(stop) => Outcome::Stopped(stop, monitor.remarked()),
            None => outcome,
        }
    }

    /// Compiles `code`, unless it is what was compiled last.
    fn prepare(&mut self, code: &str) -> Result<Arc<Prepared>, ParseError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.is(code)) {
            return Ok(Arc::clone(last));
        }
        let roots = self.language.leaf_roots();
        let prepared = Arc::new(Prepared::new(&self.engine, &self.scope, code, &self.library, roots)?);
        self.last = prepared.can_be_kept().then(|| Arc::clone(&prepared));
        Ok(prepared)
    }

    /// Does something that is no code under the watch of a command.
    pub(crate) fn perform<T>(
        &mut self,
        act: impl FnOnce(&Context) -> Result<T, Box<EvalAltResult>>,
    ) -> Outcome<T> {
        let session = &self.context.0;
        session.forget_denial();
        session.cells.begin();
        session.reads.clear();
        session.monitor.start(None);
        let outcome = match catch_unwind(AssertUnwindSafe(|| act(&self.context))) {
            Ok(Ok(done)) => Outcome::Done(done),
            Ok(Err(error)) => Outcome::Failed(self.word(*error)),
            Err(panic) => Outcome::Failed(panicked(&*panic).into()),
        };
        let session = &self.context.0;
        if session.monitor.finish() {
            self.language.stuck.came_back();
            return Outcome::AbandonedCommand;
        }
        session.cells.end();
        match session.monitor.stopped() {
            Some(StopReason::Exit) => Outcome::Exit,
            Some(stop) => Outcome::Stopped(stop, session.monitor.remarked()),
            None => outcome,
        }
    }

    /// Lets go of variables that hold too much.
    fn trim(&mut self, variables: &Variables) -> Option<Diagnostic> {
        let limit = self.context.0.settings.count(Limit::Variables);
        let dropped = self.holdings.trim(&mut self.scope, &self.context.0.cells, &used(variables), limit);
        let help = "set(\"variables\", \"64 MiB\") allows more";
        too_much(&dropped, limit, "a session's variables").map(|error| error.with_help(Some(help.to_owned())))
    }

    /// An assignment to a new name binds it, so that it must be there before the command runs.
    fn bind_new_names(&mut self, variables: &Variables, source: &Source) -> Result<(), Box<Diagnostic>> {
        for (name, position) in &variables.assigned {
            if self.scope.contains(name) {
                continue;
            }
            if self.language.has(name) {
                let message = format!("`{name}` belongs to the program and cannot be replaced");
                let help = format!("change what is inside of it, or hide it in this session: let {name} = …");
                let diagnosis = Diagnostic::new(message).with_help(Some(help));
                let place = source.original(*position);
                return Err(Box::new(diagnosis.with_place(place, None, Some(source.text()))));
            }
            if self.scope.len() >= limits::MOST_VARIABLES {
                let message = format!("there are {} variables already", limits::MOST_VARIABLES);
                let help = "several values fit into one: all = #{ first: 1, second: 2 }";
                let diagnosis = Diagnostic::new(message).with_help(Some(help.to_owned()));
                let place = source.original(*position);
                return Err(Box::new(diagnosis.with_place(place, None, Some(source.text()))));
            }
            self.scope.push_dynamic(name.as_str(), convert::unbound());
        }
        Ok(())
    }

    /// Takes back the names that were to be bound, if the command ended before it did.
    fn forget_unbound_names(&mut self, variables: &Variables) {
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
            let _ = self.scope.remove::<Dynamic>(LAST);
            self.scope.push(LAST, value);
        }
    }

    pub(crate) fn take_shared(&mut self) {
        if let Some(shared) = &self.shared {
            (self.scope, self.library) = shared.take();
        }
    }

    /// Gives what is shared back; what it may hold is not for a session to change.
    fn give_shared(&self, variables: &Variables) -> Option<Diagnostic> {
        let shared = self.shared.as_ref()?;
        let dropped = shared.give(&used(variables), &self.scope, &self.library, self.most_shared);
        too_much(&dropped, self.most_shared, "the variables that all sessions share")
    }
}

/// The variables that a command may have changed.
fn used(variables: &Variables) -> Vec<&str> {
    let assigned = variables.assigned.iter().map(|(name, _)| name);
    variables.mentioned.iter().chain(assigned).map(String::as_str).chain([LAST]).collect()
}

/// What is said where variables had to go, if any had.
fn too_much(dropped: &[String], limit: usize, whose: &str) -> Option<Diagnostic> {
    if dropped.is_empty() {
        return None;
    }
    let limit = byte_size::written(u64::try_from(limit).unwrap_or(u64::MAX));
    let names: Vec<_> = dropped.iter().map(|name| format!("`{name}`")).collect();
    Some(Diagnostic::new(format!("{whose} may hold {limit} in all; {} had to go", names.join(", "))))
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // While they are kept, what the variables hold is not freed recursively.
        self.scope.clear();
        self.context.0.cells.sweep();
    }
}

fn engine(language: &EngineTemplate, context: &Context) -> Engine {
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
    engine.on_progress(move |_| session.monitor.tick().map(|_| Dynamic::UNIT));
    let session = Arc::clone(&context.0);
    engine.on_print(move |text| print(&session, text));
    let session = Arc::clone(&context.0);
    engine.on_debug(move |text, _, _| print(&session, text));
    engine
}

/// What is a variable to the engine, but not one of the script.
#[expect(deprecated, reason = "the engine marks its unstable interfaces so")]
fn resolve_variables(engine: &mut Engine, context: &Context) {
    let context = context.clone();
    engine.on_var(move |name, index, mut evaluation| {
        if context.0.closures.load(Ordering::Relaxed)
            && let Some(constant) = context.0.cells.watch(name, &mut evaluation)?
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

fn print(session: &Session, text: &str) {
    // A client that is gone stops the command at its next step.
    let _ = session.monitor.write(&format!("{text}\n"));
}
