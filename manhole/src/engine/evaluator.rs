//! One session's state of the script engine, and the way of one command through it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel, Scope};

use super::context::{Context, Session};
use super::diagnosis::{self, Diagnosis, Unwrapped};
use super::fault::panicked;
use super::handle::Handle;
use super::holdings::Holdings;
use super::language::{Language, STANDARD};
use super::leaf_root;
use super::library::{Library, is_closure};
use super::limits::{self, Limits};
use super::monitor::{Client, Monitor, Stop};
use super::names::Variables;
use super::picture::Picture;
use super::query::Query;
use super::scripts::{Imports, MOST_SCRIPTS, Resolver};
use super::settings::{Limit, Settings};
use super::shared::Shared;
use super::source::Source;
use super::stuck::Watch;
use super::{convert, input, literal, manual, query, show, size, wording};
use crate::reflect::{Level, nearest};

/// The name of the last value.
const LAST: &str = "it";

/// What became of a command.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It ran; the text of its value, if it has one.
    Done(Option<String>),
    /// It is the beginning of a command.
    Incomplete,
    /// It could not be run, or failed.
    Failed(Diagnosis),
    /// It was stopped, and what is known of why it was not done before.
    Stopped(Stop, Option<&'static str>),
    /// It asked for the end of the session.
    Exit,
    /// It came back long after it was given up: the session belongs to another thread.
    GivenUp,
}

/// One session's variables, functions and limits.
pub(crate) struct Evaluator {
    engine: Arc<Engine>,
    language: Arc<Language>,
    context: Context,
    scope: Scope<'static>,
    library: Library,
    holdings: Holdings,
    imports: Imports,
    shared: Option<Arc<Shared>>,
}

impl Evaluator {
    /// A session of `language` for `client`, which may change its `limits` up to the `ceiling`. Sessions that are given the same
    /// `shared` have their variables in common.
    pub(crate) fn new(
        language: Arc<Language>,
        limits: &Limits,
        ceiling: &Limits,
        client: Arc<dyn Client>,
        level: Level,
        shared: Option<Arc<Shared>>,
    ) -> Self {
        let settings = Arc::new(Settings::new(limits, ceiling));
        let monitor = Monitor::new(client, Arc::clone(&settings));
        let cells = shared.as_ref().map_or_else(Arc::default, |shared| Arc::clone(&shared.cells));
        let session = Session::new(Arc::clone(&language), monitor, settings, cells, level);
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
        }
    }

    /// The way for another thread to look after the commands that run here.
    pub(crate) fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.context.0))
    }

    /// How far the session may go now.
    pub(crate) fn level(&self) -> Level {
        self.context.0.level()
    }

    /// What the last command tried that its level does not allow, if it did.
    pub(crate) fn was_denied(&self) -> Option<String> {
        self.context.0.denied()
    }

    /// Whether `code` mentions a field that is secret.
    pub(crate) fn mentions_secret(&self, code: &str) -> bool {
        self.language.vocabulary().secrets().any(|name| code.contains(name))
    }

    /// Whether `code` could be run as a command.
    pub(crate) fn check(&self, code: &str) -> Result<(), Box<Diagnosis>> {
        let compiled = Source::compile(&self.engine, &self.scope, code, 0, &self.language.leaf_roots);
        compiled.map(|_| ()).map_err(|error| {
            let position = error.1;
            Box::new(self.word(error.into()).with_place(position, None, Some(code)))
        })
    }

    /// Runs `code` if it is a whole command.
    pub(crate) fn run(&mut self, code: &str) -> Outcome {
        self.context.0.forget_denial();
        if input::ends_in_comment(&self.engine, code) {
            return Outcome::Incomplete;
        }
        self.take_shared();
        // Only what stays needs a place of its own.
        let above = if code.contains("fn ") || code.contains('|') { self.library.end() } else { 0 };
        let compiled = Source::compile(&self.engine, &self.scope, code, above, &self.language.leaf_roots);
        let (source, command) = match compiled {
            Ok((source, command)) => (Arc::new(source), command),
            Err(error) if input::is_incomplete(code, &error) => return Outcome::Incomplete,
            Err(error) => {
                let position = error.1;
                let error = EvalAltResult::from(error);
                return Outcome::Failed(self.word(error).with_place(position, None, Some(code)));
            }
        };
        let variables = Variables::of(&command);
        if let Err(diagnosis) = self.bind_new_names(&variables, &source) {
            return Outcome::Failed(*diagnosis);
        }
        if let Err(diagnosis) = self.library.has_room(&command, &source) {
            return Outcome::Failed(*diagnosis);
        }
        let program = self.library.add(&command, &source);
        self.context.0.history().add(code);
        if Picture::is_asked_for(code) || self.library.asks_for_picture() {
            self.context.0.set_picture(Picture::new(&self.scope, &self.library));
        }
        if code.contains('|') {
            self.context.0.closures.store(true, Ordering::Relaxed);
        }
        self.context.0.scripts.begin();
        self.context.0.cells.begin();
        self.context.0.reads.clear();
        self.context.0.set_functions(program.has_functions().then(|| program.shared_lib().clone()));
        self.context.0.monitor.start();
        let result = catch_unwind(AssertUnwindSafe(|| {
            // What has to be read again runs, so it runs under the watch.
            let program = self.imports.before(program, &self.engine, &self.context);
            let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &program)?;
            let text = show::show(&value, &self.context, self.context.0.settings.budget())?;
            Ok::<_, Box<EvalAltResult>>((value, text))
        }));
        self.forget_unbound_names(&variables);
        let mut outcome = match result {
            Ok(Ok((value, text))) => {
                self.imports.add(&command);
                self.remember(value);
                Outcome::Done(text)
            }
            Ok(Err(error)) => Outcome::Failed(self.diagnose(*error, &source)),
            Err(panic) => Outcome::Failed(panicked(&*panic).into()),
        };
        // It would keep what it shows.
        self.context.0.set_picture(Picture::default());
        if !self.context.0.monitor.is_given_up() {
            self.context.0.cells.end();
        }
        if let Some(diagnosis) = self.trim(&variables) {
            outcome = Outcome::Failed(diagnosis);
        }
        self.library.forget_unused(&self.scope, &self.context.0.cells);
        let monitor = &self.context.0.monitor;
        if monitor.finish() {
            self.language.stuck.came_back();
            return Outcome::GivenUp;
        }
        self.give_shared(&variables);
        if monitor.is_watched_to_its_end() {
            return Outcome::Done(None);
        }
        match monitor.stopped() {
            Some(Stop::Exit) => Outcome::Exit,
            Some(stop) => Outcome::Stopped(stop, monitor.remarked()),
            None => outcome,
        }
    }

    /// Lets go of variables that hold too much.
    fn trim(&mut self, variables: &Variables) -> Option<Diagnosis> {
        let mut used = variables.mentioned.clone();
        used.extend(variables.assigned.iter().map(|(name, _)| name.clone()));
        used.insert(LAST.to_owned());
        let limit = self.context.0.settings.count(Limit::Variables);
        let dropped = self.holdings.trim(&mut self.scope, &self.context.0.cells, &used, limit);
        (!dropped.is_empty()).then(|| {
            let limit = size::written(u64::try_from(limit).unwrap_or(u64::MAX));
            let names: Vec<_> = dropped.iter().map(|name| format!("`{name}`")).collect();
            let message =
                format!("a session's variables may hold {limit} in all; {} had to go", names.join(", "));
            Diagnosis::new(message).with_help(Some("set(\"variables\", \"64 MiB\") allows more".to_owned()))
        })
    }

    /// An assignment to a new name binds it, so that it must be there before the command runs.
    fn bind_new_names(&mut self, variables: &Variables, source: &Source) -> Result<(), Box<Diagnosis>> {
        for (name, position) in &variables.assigned {
            if self.scope.contains(name) {
                continue;
            }
            if self.language.has(name) {
                let message = format!("`{name}` belongs to the program and cannot be replaced");
                let help = format!("change what is inside of it, or hide it in this session: let {name} = …");
                let diagnosis = Diagnosis::new(message).with_help(Some(help));
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

    fn take_shared(&mut self) {
        if let Some(shared) = &self.shared {
            (self.scope, self.library) = shared.take();
        }
    }

    fn give_shared(&self, variables: &Variables) {
        if let Some(shared) = &self.shared {
            let names = variables.mentioned.iter().map(String::as_str).chain([LAST]);
            shared.give(names, &self.scope, &self.library);
        }
    }

    /// Puts an error into words, with its place and what may help.
    fn diagnose(&self, error: EvalAltResult, command: &Arc<Source>) -> Diagnosis {
        let Unwrapped { error, position, function, script } = Unwrapped::new(error);
        let source = match (&script, &function) {
            (Some(script), _) => self.context.0.scripts.source(script),
            (None, Some(function)) => self.library.source(function),
            (None, None) => Some(Arc::clone(command)),
        };
        // What the parser has found was told where it is in the text.
        let parsed = matches!(error, EvalAltResult::ErrorParsing(..));
        let position = match &source {
            Some(source) if !parsed => source.original(position),
            _ => position,
        };
        let function = function.filter(|name| !is_closure(name));
        let text = source.as_ref().map(|source| source.text());
        self.word(error).with_place(position, function, text).in_script(script)
    }

    /// The words for an error.
    fn word(&self, error: EvalAltResult) -> Diagnosis {
        match &error {
            EvalAltResult::ErrorVariableNotFound(name, _) => self.unknown_name(name),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => self.unknown_function(signature),
            _ => wording::diagnosis(error),
        }
    }

    fn unknown_name(&self, name: &str) -> Diagnosis {
        if let Some(signature) = self.language.function(name) {
            return Diagnosis::new(format!("`{name}` is a function"))
                .with_help(Some(format!("call it: {signature}")));
        }
        if let Some(entry) = manual::find(name) {
            return Diagnosis::new(format!("`{name}` is a builtin"))
                .with_help(Some(format!("call it: {}", entry.form)));
        }
        let known = self.scope.iter_raw().map(|(name, ..)| name).chain(self.language.names());
        let message = match nearest(name, known) {
            Some(near) => format!("there is no name `{name}`; did you mean `{near}`?"),
            None => format!("there is no name `{name}`"),
        };
        let names: Vec<_> = self.language.names().collect();
        let help = (!names.is_empty()).then(|| format!("the names here: {}", names.join(", ")));
        Diagnosis::new(message).with_help(help)
    }

    /// `signature` is the engine's: the name and the types it was called with.
    fn unknown_function(&self, signature: &str) -> Diagnosis {
        let (name, types) = signature.split_once(" (").unwrap_or((signature, ")"));
        let types = diagnosis::in_words(types.trim_end_matches(')'));
        let mut known: Vec<_> = self.language.function(name).into_iter().collect();
        known.extend(self.language.methods(name));
        known.extend(self.library.signature(name));
        if !known.is_empty() {
            let message = format!("`{name}` cannot be called like this");
            return Diagnosis::new(message).with_help(Some(known.join("; ")));
        }
        if types == "()" || types.starts_with("(), ") {
            return Diagnosis::new(format!("`{name}` is called on None"));
        }
        let is_operator = !name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let builtin = manual::find(name).map(|entry| entry.form.to_owned());
        if is_operator || builtin.is_some() {
            return Diagnosis::new(format!("`{name}` is not defined for ({types})")).with_help(builtin);
        }
        let functions = self.language.names().filter(|name| self.language.function(name).is_some());
        let known = functions
            .chain(self.language.vocabulary().method_names().map(|name| name as &str))
            .chain(manual::names());
        let message = match nearest(name, known) {
            Some(near) => format!("there is no function `{name}`; did you mean `{near}`?"),
            None if types.is_empty() => format!("there is no function `{name}`"),
            None => format!("there is no function `{name}` for ({types})"),
        };
        Diagnosis::new(message)
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // While they are kept, what the variables hold is not freed recursively.
        self.scope.clear();
        self.context.0.cells.sweep();
    }
}

fn engine(language: &Language, context: &Context) -> Engine {
    let mut engine = Engine::new_raw();
    if let Some(extension) = &language.extension {
        // First, so that nothing of what follows can be undone by it.
        let _ = catch_unwind(AssertUnwindSafe(|| extension(&mut engine)));
    }
    engine.set_optimization_level(OptimizationLevel::None);
    limits::apply(&mut engine);
    literal::install(&mut engine);
    resolve_variables(&mut engine, context);
    engine.register_type_with_name::<Handle>("live value");
    engine.register_type_with_name::<Query>("Query");
    engine.register_type_with_name::<std::time::Duration>("Duration");
    engine.register_type_with_name::<std::time::SystemTime>("SystemTime");
    engine.register_type_with_name::<super::fault::Fault>("error");
    engine.register_global_module(STANDARD.clone());
    engine.register_global_module(language.bindings.clone());
    engine.register_global_module(query::module(context).into());
    engine.register_static_module("process", language.process.clone());
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
        match literal::resolve(name) {
            Some(integer) => Ok(Some(integer)),
            None => leaf_root::resolve(&context.0.language, &context, name, &evaluation),
        }
    });
}

fn print(session: &Session, text: &str) {
    // A client that is gone stops the command at its next step.
    let _ = session.monitor.write(&format!("{text}\n"));
}
