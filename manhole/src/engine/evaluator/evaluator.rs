//! The evaluator of a session: its variables and functions, and the evaluation of a command: begin, evaluate, end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rhai::{AST, Dynamic, Engine, Position, Scope};

use super::command_handle::CommandHandle;
use super::engine_template::EngineTemplate;
use super::error_suggestions::{hidden_name, root_assignment};
use super::habits;
use super::imports::Imports;
use super::offered_names::BoundNames;
use super::running_command::RunningCommand;
use super::session_engine::engine;
use crate::engine::builtins::{ExampleNames, collections};
use crate::engine::compile::{
    CompileError, CompiledCommand, Compiler, Continuation, InputScanner, NOT_COMPLETE, SourceMap,
    VariableUsage, audit_redaction,
};
use crate::engine::live::Program;
use crate::engine::run::{
    ChangeListener, ChangeReporter, ClientIo, CpuThrottle, Limit, Limits, MAX_VARIABLES, RunControl,
    SearchGuard, SessionLevel, SessionLimits, StopReason, Watchdog,
};
use crate::engine::show::Formatter;
use crate::engine::state::{
    COMPILED_BYTES, CallContext, KeptMemory, KeptVariables, OuterVariables, SessionFunctions, SessionState,
    SessionSymbols, SharedVariables, VariableMemory, Variables,
};
use crate::engine::value::{
    Diagnostic, EvalResult, ScriptError, ScriptErrorKind, Unbound, byte_size, panicked, to_script,
};
use crate::reflect::Level;

/// The name of the last result.
const LAST_VALUE_NAME: &str = "it";

/// The outcome of a command.
#[derive(Debug, PartialEq)]
pub(crate) enum CommandResult<T = Option<String>> {
    /// It ran, with this result: at a prompt the text of its value, if it has one.
    Done(T),
    /// It is the beginning of a command.
    Incomplete,
    /// It could not run, or failed.
    Failed(Diagnostic),
    /// It was stopped; with a hint why it took so long, if one is known.
    Stopped(StopReason, Option<String>),
    /// It was a `watch`, which the client has ended.
    WatchEnded,
    /// It ends the session.
    Exit,
    /// It returned long after it was abandoned: the session belongs to another thread.
    Abandoned,
}

/// The outcome of a check of a command.
#[derive(Debug, PartialEq)]
pub(crate) enum CheckOutcome {
    Complete,
    /// More lines can complete it. The error is that of the command without them.
    Incomplete(Diagnostic),
    Invalid(Diagnostic),
}

/// Options of one run of a command.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunOptions {
    /// The timeout, if it is shorter than the session's.
    pub(crate) timeout: Option<Duration>,
    /// Whether neither its value nor its text is kept.
    pub(crate) ephemeral: bool,
    /// The columns of the client's terminal, if it said how many.
    pub(crate) columns: Option<usize>,
}

/// The options of a session.
pub(crate) struct SessionOptions<'a> {
    pub(crate) limits: &'a Limits,
    /// The highest limits that the client may set.
    pub(crate) ceiling: &'a Limits,
    pub(crate) client: Arc<dyn ClientIo>,
    pub(crate) level: SessionLevel,
    /// Receives what commands change and call.
    pub(crate) changes: Arc<dyn ChangeListener>,
    /// The variables that sessions with the same value have in common.
    pub(crate) shared: Option<Arc<SharedVariables>>,
}

/// One session's variables, functions and limits.
pub(crate) struct Evaluator {
    template: Arc<EngineTemplate>,
    names: Arc<BoundNames>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) context: CallContext,
    pub(crate) scope: Scope<'static>,
    pub(crate) functions: SessionFunctions,
    variable_memory: VariableMemory,
    imports: Imports,
    shared: Option<Arc<SharedVariables>>,
    kept_memory: Arc<KeptMemory>,
    /// Where the variables are while no command runs.
    kept: Arc<KeptVariables>,
    /// The variables that other sessions have dropped since the last command.
    dropped: Vec<String>,
    /// The last command, if it can be run again as it is.
    last: Option<Arc<CompiledCommand>>,
    /// Whether the last command has succeeded with a value, which is `it` now.
    has_last_value: bool,
}

impl Evaluator {
    /// Creates a session.
    pub(crate) fn new(template: &Arc<EngineTemplate>, options: SessionOptions<'_>) -> Self {
        let SessionOptions { limits, ceiling, client, level, shared, changes } = options;
        let session_limits = Arc::new(SessionLimits::new(limits, ceiling));
        let names = template.names.bound();
        let throttle = (!names.program.inline).then(CpuThrottle::default);
        let run = RunControl {
            watchdog: Watchdog::new(
                client,
                Arc::clone(&session_limits),
                Arc::clone(&template.memory),
                throttle,
            ),
            limits: session_limits,
            runtime: template.runtime.clone(),
            abandoned: Arc::clone(&template.abandoned),
            level,
            author_code: template.author_code,
            changes: ChangeReporter::new(changes),
            search: SearchGuard::default(),
            denied: Mutex::default(),
            held_locks: Arc::default(),
            seen_locks: Arc::clone(&template.seen_locks),
        };
        let gc = shared.as_ref().map_or_else(Arc::default, |shared| Arc::clone(&shared.gc));
        let context = CallContext::new(SessionState::new(Arc::clone(&names.program), run, gc));
        // Closures of another session may share variables.
        context.closures.store(shared.is_some(), Ordering::Relaxed);
        let engine = bind(template, &names, &context);
        let kept = shared.as_ref().map_or_else(Arc::default, |shared| Arc::clone(&shared.kept));
        template.kept.add(&kept);
        Self {
            template: Arc::clone(template),
            names,
            kept_memory: Arc::clone(&template.kept),
            kept,
            dropped: Vec::new(),
            engine,
            context,
            scope: Scope::new(),
            functions: SessionFunctions::default(),
            variable_memory: VariableMemory::default(),
            imports: Imports::default(),
            shared,
            last: None,
            has_last_value: false,
        }
    }

    /// Returns a handle for another thread, to abandon a command that runs here and does not return.
    pub(crate) fn watch(&self) -> CommandHandle {
        CommandHandle::new(self.context.clone())
    }

    /// Returns the names of the application.
    pub(crate) fn program(&self) -> &Arc<Program> {
        &self.names.program
    }

    /// Lets the next command see the names that the application has added and removed.
    pub(crate) fn follow_names(&mut self) {
        if self.names.is_current(&self.template.names) {
            return;
        }
        self.names = self.template.names.bound();
        self.engine = bind(&self.template, &self.names, &self.context);
        self.last = None;
    }

    /// Returns the session's access level.
    pub(crate) fn level(&self) -> Level {
        self.context.run.level()
    }

    /// Returns the access of the last command that its level forbids, if there was one.
    pub(crate) fn was_denied(&self) -> Option<String> {
        self.context.run.denied()
    }

    /// Returns `code` without its literals, if it mentions a secret field.
    pub(crate) fn redacted(&mut self, code: &str) -> Option<String> {
        self.mentions_secret(code).then(|| audit_redaction::redact(&self.engine, code))
    }

    /// Returns whether `code` mentions a secret field.
    pub(crate) fn mentions_secret(&mut self, code: &str) -> bool {
        self.follow_names();
        self.context.run.changes.mentions_secret(code)
    }

    pub(crate) fn compiler(&self) -> Compiler<'_> {
        Compiler {
            engine: &self.engine,
            guard: &self.context.parse_guard,
            scope: &self.scope,
            program: self.program(),
            has_last_value: self.has_last_value,
            is_collection_method: collections::is_known,
        }
    }

    /// Checks whether `code` could run as a command.
    pub(crate) fn check(&mut self, code: &str) -> CommandResult<CheckOutcome> {
        if InputScanner::of(code).needs_more() {
            let error = Diagnostic::new(NOT_COMPLETE);
            return CommandResult::Done(CheckOutcome::Incomplete(error));
        }
        self.with_variables(|session| session.check_complete(code))
    }

    fn check_complete(&self, code: &str) -> CommandResult<CheckOutcome> {
        let running = RunningCommand::begin(&self.context, None);
        let checked = match self.compiler().compile(code) {
            Ok(_) => CheckOutcome::Complete,
            Err(error) => {
                let is_incomplete = error.is_incomplete(code);
                let error = self.syntax_error(error, code);
                if is_incomplete { CheckOutcome::Incomplete(error) } else { CheckOutcome::Invalid(error) }
            }
        };
        self.end(running, Ok(checked))
    }

    fn syntax_error(&self, error: CompileError, code: &str) -> Diagnostic {
        let (error, position) = match error {
            CompileError::Parse(error) => {
                let position = error.1;
                let advice = habits::for_syntax(code, &ExampleNames::new(self.program()));
                let advice = advice.map(|error| error.of_kind(ScriptErrorKind::Syntax));
                (advice.unwrap_or_else(|| self.suggest(error.into())), position)
            }
            CompileError::Form(form) => (form.error.of_kind(ScriptErrorKind::Syntax), form.position),
            CompileError::Unfinished => {
                (ScriptError::new(NOT_COMPLETE).of_kind(ScriptErrorKind::Syntax), Position::NONE)
            }
        };
        Diagnostic::from(error).with_location(position, None, Some(code))
    }

    /// Runs `code` if it is a whole command. Returns the text of its value.
    pub(crate) fn run(&mut self, code: &str) -> CommandResult {
        self.run_on(code, RunOptions::default(), |value, context| Formatter::new(context).result(value))
    }

    /// Runs `code` if it is a whole command. `show` makes the result from its value, as part of the command.
    pub(crate) fn run_on<T>(
        &mut self,
        code: &str,
        options: RunOptions,
        show: impl FnOnce(&Dynamic, &CallContext) -> EvalResult<T>,
    ) -> CommandResult<T> {
        self.follow_names();
        self.take_variables();
        let result = self.run_with_variables(code, options, show);
        match self.keep_variables() {
            Some(error) if matches!(result, CommandResult::Done(_)) => CommandResult::Failed(error.into()),
            _ => result,
        }
    }

    fn run_with_variables<T>(
        &mut self,
        code: &str,
        options: RunOptions,
        show: impl FnOnce(&Dynamic, &CallContext) -> EvalResult<T>,
    ) -> CommandResult<T> {
        self.context.run.clear_denial();
        if InputScanner::of(code).needs_more() {
            return CommandResult::Incomplete;
        }
        self.context.run.limits.set_columns(options.columns);
        let mut running = RunningCommand::begin(&self.context, options.timeout);
        let compiled = match self.compile(code) {
            Ok(compiled) => compiled,
            Err(error) => {
                let is_stopped = self.context.run.watchdog.stopped().is_some();
                if !is_stopped && error.is_incomplete(code) {
                    return CommandResult::Incomplete;
                }
                let error = self.syntax_error(error, code);
                self.has_last_value &= options.ephemeral;
                return self.end(running, Err(error));
            }
        };
        self.has_last_value &= options.ephemeral;
        let program = match self.prepare(&compiled) {
            Ok(program) => program,
            Err(error) => return self.end(running, Err(*error)),
        };
        let CompiledCommand { source, command, variables, .. } = &*compiled;
        if !self.dropped.is_empty() {
            let names = quoted(&std::mem::take(&mut self.dropped));
            self.context.run.watchdog.send_note(&format!("other sessions needed memory: {names} is dropped"));
        }
        if !options.ephemeral {
            self.context.history().add(code);
        }
        let result = catch_panic(|| {
            // An import may have to read its file again, so it runs under the watchdog.
            let program = self.imports.before(program, &self.engine, &self.context);
            let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &program)?;
            if let Some(name) = Unbound::of(&value) {
                return Err(Unbound::error(&name).into());
            }
            self.check_bound(variables)?;
            let shown = show(&value, &self.context)?;
            Ok((value, shown))
        });
        self.context.missing_items.report(&self.context.run.watchdog);
        self.forget_unbound_names(variables);
        let mut result = match result {
            Ok((value, shown)) => {
                self.imports.add(command);
                if !options.ephemeral {
                    self.keep_last_value(value);
                }
                Ok(shown)
            }
            Err(error) => Err(self.to_diagnostic(*error, source)),
        };
        running.collect_cycles();
        if self.shared.is_none() {
            if let Some(error) = self.enforce_limit(variables) {
                result = Err(error);
            }
        }
        self.functions.drop_unused(&self.scope, &self.context.gc);
        if running.end() {
            return CommandResult::Abandoned;
        }
        if let Some(error) = self.copy_shared_out(variables) {
            result = Err(error);
        }
        self.outcome(result)
    }

    /// Runs `act`, which evaluates no code, as a command.
    pub(crate) fn perform<T>(&mut self, act: impl FnOnce(&CallContext) -> EvalResult<T>) -> CommandResult<T> {
        self.context.run.clear_denial();
        let running = RunningCommand::begin(&self.context, None);
        let result = catch_panic(|| act(&self.context)).map_err(|error| self.suggest(*error).into());
        self.end(running, result)
    }

    /// Ends a command with this result. Returns its outcome.
    fn end<T>(&self, running: RunningCommand, result: Result<T, Diagnostic>) -> CommandResult<T> {
        if running.end() { CommandResult::Abandoned } else { self.outcome(result) }
    }

    /// Returns the outcome of the command that has just ended.
    fn outcome<T>(&self, result: Result<T, Diagnostic>) -> CommandResult<T> {
        let watchdog = &self.context.run.watchdog;
        if watchdog.has_ended_watching() {
            return CommandResult::WatchEnded;
        }
        match watchdog.stopped() {
            Some(StopReason::Exit) => CommandResult::Exit,
            Some(stop) => CommandResult::Stopped(stop, watchdog.stop_hint()),
            None => result.map_or_else(CommandResult::Failed, CommandResult::Done),
        }
    }

    /// Compiles `code`, unless it is the command that was compiled last.
    fn compile(&mut self, code: &str) -> Result<Arc<CompiledCommand>, CompileError> {
        let continues = Continuation::of(code).is_some();
        if let Some(last) = self.last.as_ref().filter(|last| last.matches(code) && !continues) {
            return Ok(Arc::clone(last));
        }
        let compiled = Arc::new(CompiledCommand::new(&self.compiler(), code)?);
        self.last = compiled.is_cacheable().then(|| Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Binds the names that a command assigns, and adds its functions to those of the session. Returns the whole program.
    fn prepare(&mut self, compiled: &CompiledCommand) -> Result<Arc<AST>, Box<Diagnostic>> {
        let CompiledCommand { source, command, variables, .. } = compiled;
        if let Err(error) = self.bind_new_names(variables, source) {
            self.forget_unbound_names(variables);
            return Err(error);
        }
        let hiding = command.iter_functions().find(|function| self.program().has(function.name));
        if let Some(function) = hiding {
            return Err(Box::new(hidden_name(function.name).into()));
        }
        self.functions.check_limits(command, source)?;
        let program = self.functions.add(command, source);
        if compiled.needs_symbols || self.functions.needs_symbols() {
            self.context.set_symbols(SessionSymbols::new(&self.scope, &self.functions));
        }
        if compiled.has_closures {
            self.context.closures.store(true, Ordering::Relaxed);
        }
        self.share_variables(variables);
        self.context.set_functions(program.has_functions().then(|| program.shared_lib().clone()));
        Ok(program)
    }

    /// Lets the functions of the session read its variables.
    fn share_variables(&mut self, variables: &VariableUsage) {
        let mut outer = OuterVariables::new();
        for name in self.functions.used_names() {
            if variables.session_definitions.iter().any(|(defined, _)| defined == name) {
                outer.insert(name.to_owned(), None);
            } else if let Some(variable) = self.scope.get_mut(name) {
                outer.insert(name.to_owned(), Some(self.context.gc.share(variable)));
                self.context.closures.store(true, Ordering::Relaxed);
            } else if let Some(constant) = self.scope.get(name) {
                outer.insert(name.to_owned(), Some(constant.clone()));
            }
        }
        self.context.set_outer(outer);
    }

    /// Removes variables that exceed the memory limit.
    fn enforce_limit(&mut self, variables: &VariableUsage) -> Option<Diagnostic> {
        let limit = self.context.run.limits.count(Limit::Variables);
        let dropped =
            self.variable_memory.enforce_limit(&mut self.scope, &self.context.gc, &used(variables), limit);
        let error = removed_error(&dropped, limit, "the session's variables")?;
        Some(error.with_help("raise the limit: set(\"variables\", \"64 MiB\")").into())
    }

    /// Binds the new names that the command assigns, which the engine needs before it runs.
    fn bind_new_names(
        &mut self,
        variables: &VariableUsage,
        source: &SourceMap,
    ) -> Result<(), Box<Diagnostic>> {
        let located = |error: ScriptError, position| {
            let position = source.original_position(position);
            Box::new(Diagnostic::from(error).with_location(position, None, Some(source.text())))
        };
        let mut definitions = variables.session_definitions.iter();
        if let Some((name, position)) = definitions.find(|(name, _)| self.program().has(name)) {
            return Err(located(hidden_name(name), *position));
        }
        let unknown = variables.read_before.iter().find(|(name, _)| {
            !self.scope.contains(name)
                && !self.program().has(name)
                && variables.assigned.iter().any(|(known, _)| known == name)
        });
        if let Some((name, position)) = unknown {
            let message = format!("there is no name `{name}`");
            let help = format!("define it first: {name} = 0");
            return Err(located(ScriptError::new(message).with_help(help), *position));
        }
        for (name, position) in &variables.assigned {
            if self.scope.contains(name) {
                continue;
            }
            if self.program().has(name) {
                return Err(located(root_assignment(name), *position));
            }
            if self.scope.len() >= MAX_VARIABLES {
                let message =
                    format!("cannot bind `{name}`: the session has {MAX_VARIABLES} variables already");
                let help = "put several values into one: all = #{ first: 1, second: 2 }";
                return Err(located(ScriptError::new(message).with_help(help), *position));
            }
            let unbound = Unbound { name: name.as_str().into() };
            self.scope.push_dynamic(name.as_str(), Dynamic::from(unbound));
        }
        Ok(())
    }

    /// Returns an error if the command has assigned the missing value of a name to another one.
    fn check_bound(&self, variables: &VariableUsage) -> EvalResult<()> {
        for (name, _) in &variables.assigned {
            let found = self.scope.get(name).and_then(Unbound::of);
            if let Some(unbound) = found.filter(|unbound| **unbound != **name) {
                return Err(Unbound::error(&unbound).into());
            }
        }
        Ok(())
    }

    /// Removes new names to which the command did not assign a value.
    fn forget_unbound_names(&mut self, variables: &VariableUsage) {
        for (name, _) in &variables.assigned {
            if self.scope.get(name).is_some_and(to_script::is_unbound) {
                let _ = self.scope.remove::<Dynamic>(name);
            }
        }
        if variables.defines() {
            // Otherwise each `let x` would keep all earlier values of `x`.
            drop_shadowed(&mut self.scope);
        }
    }

    fn keep_last_value(&mut self, value: Dynamic) {
        self.has_last_value = !value.is_unit();
        if self.has_last_value {
            // Not set in place: the user may have made it a constant.
            let _ = self.scope.remove::<Dynamic>(LAST_VALUE_NAME);
            self.scope.push(LAST_VALUE_NAME, value);
        }
    }

    /// Takes the variables from where they are between commands.
    fn take_variables(&mut self) {
        if let Some(shared) = &self.shared {
            (self.scope, self.functions) = shared.copy_in();
            return;
        }
        if let Some(Variables { scope, memory, .. }) = self.kept.take() {
            (self.scope, self.variable_memory) = (scope, memory);
        }
        self.dropped.extend(self.kept.take_dropped());
    }

    /// Puts the variables to where they are between commands. Returns an error if some of them do not fit into what all sessions
    /// may keep.
    fn keep_variables(&mut self) -> Option<ScriptError> {
        let kept_memory = &self.kept_memory;
        if self.shared.is_none() {
            let last = self.last.as_ref().map_or(0, |last| last.source.text().len());
            let compiled = COMPILED_BYTES * (last + self.context.scripts.bytes());
            let more = self.functions.bytes() + compiled + self.context.history().bytes();
            let variables = Variables {
                scope: std::mem::take(&mut self.scope),
                memory: std::mem::take(&mut self.variable_memory),
                gc: Arc::clone(&self.context.gc),
            };
            self.kept.put(variables, more);
        }
        kept_memory.enforce_limit();
        removed_error(&self.kept.take_dropped(), kept_memory.limit, "the variables of all sessions")
    }

    /// Runs `act` with the variables of the session.
    pub(crate) fn with_variables<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        self.follow_names();
        self.take_variables();
        let result = act(self);
        self.keep_variables();
        result
    }

    /// Returns the names of the imported scripts, each with its script.
    pub(crate) fn imported_names(&self) -> &[(String, String)] {
        self.imports.names()
    }

    /// Copies the shared variables back.
    fn copy_shared_out(&self, variables: &VariableUsage) -> Option<Diagnostic> {
        let shared = self.shared.as_ref()?;
        let dropped = shared.copy_out(&used(variables), &self.scope, &self.functions);
        removed_error(&dropped, shared.max_bytes, "the shared variables").map(Into::into)
    }
}

/// Makes the engine of a session for the names that the console offers now.
fn bind(template: &EngineTemplate, names: &BoundNames, context: &CallContext) -> Arc<Engine> {
    let engine = engine(template, names, context);
    context.set_program(&names.program, &engine);
    context.run.changes.set_secrets(&names.program.symbols().secrets);
    engine
}

/// Calls `run`. A panic of the application's code is an error.
fn catch_panic<T>(run: impl FnOnce() -> EvalResult<T>) -> EvalResult<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panicked(&*panic).into()))
}

/// Removes the variables that others of the same name hide. `Scope::clone_visible` would copy all values.
fn drop_shadowed(scope: &mut Scope<'static>) {
    let all: Vec<_> = std::mem::take(scope).into_iter().collect();
    for (name, value, _) in all.into_iter().rev() {
        if !scope.contains(&name) {
            scope.push_dynamic(name, value);
        }
    }
}

/// Returns the variables that a command may have changed.
fn used(variables: &VariableUsage) -> Vec<&str> {
    let assigned = variables.assigned.iter().map(|(name, _)| name);
    variables.mentioned.iter().chain(assigned).map(String::as_str).chain([LAST_VALUE_NAME]).collect()
}

/// Returns the error about removed variables, if there are any.
fn removed_error(dropped: &[String], limit: usize, variables: &str) -> Option<ScriptError> {
    if dropped.is_empty() {
        return None;
    }
    let limit = byte_size::format(u64::try_from(limit).unwrap_or(u64::MAX));
    Some(ScriptError::new(format!("cannot keep {}: {variables} exceed {limit}", quoted(dropped))))
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        if let Some(Variables { scope, .. }) = self.kept.take() {
            self.scope = scope;
        }
        // While they are kept, what the variables hold is not freed recursively.
        self.scope.clear();
        self.context.gc.collect_cycles();
    }
}
