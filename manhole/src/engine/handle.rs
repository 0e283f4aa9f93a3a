//! What a script holds of the application: a root and the way down from it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use rhai::{Dynamic, Engine, EvalAltResult, INT, Module, NativeCallContext, Position, Shared};

use super::callback::Nesting;
use super::cells::Cells;
use super::convert;
use super::feedback::Reads;
use super::history::History;
use super::language::Language;
use super::limits::LONGEST_TEXT;
use super::monitor::Monitor;
use super::picture::Picture;
use super::scripts::Scripts;
use super::settings::{Limit, Settings};
use crate::reflect::{
    AccessError, AccessErrorKind, Args, Budget, CallError, Change, FieldInfo, Level, Lookup, Manhole, Path,
    Patience, Preview, Returned, Shape, Start, Step, Taken, TypeInfo, TypeKind, Value, as_key, call, change,
    lookup, preview, read, snapshot, start, write,
};

/// How many steps a path may have: more only come of going round in circles.
const DEEPEST: usize = 512;

/// A value of the application, or one that a method returned.
pub(super) struct Root {
    name: Arc<str>,
    /// The type of the value; `None` if the program's code panicked when it was asked.
    info: Option<&'static TypeInfo>,
    /// The level that it takes to see it.
    level: Level,
    value: Arc<dyn Manhole + Send + Sync>,
}

/// A live value as a script sees it. It borrows nothing and copies nothing.
#[derive(Clone)]
pub(super) struct Handle {
    root: Arc<Root>,
    path: Path,
}

/// What the engine's functions need of the session that calls them. It travels as the tag of the evaluation.
#[derive(Clone)]
pub(super) struct Context(pub(super) Arc<Session>);

pub(super) struct Session {
    pub(super) language: Arc<Language>,
    pub(super) monitor: Monitor,
    pub(super) reads: Reads,
    pub(super) settings: Arc<Settings>,
    /// The engine that has this session as its tag; weak, because it owns it.
    pub(super) engine: OnceLock<Weak<Engine>>,
    pub(super) nesting: Nesting,
    pub(super) cells: Arc<Cells>,
    pub(super) scripts: Scripts,
    /// Whether there may be closures that share variables.
    pub(super) closures: AtomicBool,
    /// How far the session may go.
    level: AtomicU8,
    /// What the running command tried that its level does not allow.
    denied: Mutex<Option<String>>,
    history: Mutex<History>,
    picture: Mutex<Picture>,
    /// The functions of the running command.
    functions: Mutex<Option<Shared<Module>>>,
}

impl Session {
    pub(super) fn new(
        language: Arc<Language>,
        monitor: Monitor,
        settings: Arc<Settings>,
        cells: Arc<Cells>,
        level: Level,
    ) -> Self {
        Self {
            monitor,
            reads: Reads::default(),
            settings,
            engine: OnceLock::new(),
            nesting: Nesting::default(),
            scripts: Scripts::new(language.scripts_dir.clone()),
            language,
            cells,
            closures: AtomicBool::new(false),
            level: AtomicU8::new(level as u8),
            denied: Mutex::default(),
            history: Mutex::default(),
            picture: Mutex::default(),
            functions: Mutex::new(None),
        }
    }

    /// How far the session may go.
    pub(super) fn level(&self) -> Level {
        let level = self.level.load(Ordering::Relaxed);
        Level::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or(Level::Observe)
    }

    /// Lets the session go only as far as `level` from here on; nothing takes that back.
    pub(super) fn lower(&self, level: Level) {
        self.level.fetch_min(level as u8, Ordering::Relaxed);
    }

    /// Whether the session may do what takes the level `needs`.
    pub(super) fn require(&self, needs: Level, what: &str) -> Result<(), Fault> {
        let level = self.level();
        if level >= needs {
            return Ok(());
        }
        let denied = AccessErrorKind::Denied { level, needs }.at(what);
        self.note_denial(&denied);
        Err(denied.into())
    }

    /// Remembers what was tried, if that is what an error says.
    fn note_denial(&self, error: &AccessError) {
        if matches!(*error.kind, AccessErrorKind::Denied { .. }) {
            let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
            denied.get_or_insert_with(|| error.to_string());
        }
    }

    /// What the last command tried that its level does not allow.
    pub(super) fn denied(&self) -> Option<String> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another command begins.
    pub(super) fn forget_denial(&self) {
        *self.denied.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The last commands.
    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the session had when the command began, if that asks for it.
    pub(super) fn picture(&self) -> Picture {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_picture(&self, picture: Picture) {
        *self.picture.lock().unwrap_or_else(PoisonError::into_inner) = picture;
    }

    /// The functions that the running command can call.
    pub(super) fn functions(&self) -> Option<Shared<Module>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says which functions the next command can call.
    pub(super) fn set_functions(&self, functions: Option<Shared<Module>>) {
        *self.functions.lock().unwrap_or_else(PoisonError::into_inner) = functions;
    }
}

impl Context {
    /// The session that makes a call.
    pub(super) fn of(call: &NativeCallContext<'_>) -> Result<Self, Box<EvalAltResult>> {
        call.tag()
            .and_then(|tag| tag.read_lock::<Self>().map(|context| context.clone()))
            .ok_or_else(|| "this function is called outside of a session".into())
    }
}

/// An error of a live value, as a script can catch it and as the person at the prompt reads it.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The engine's error for it, at `position`.
    pub(super) fn at(self, position: Position) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), position))
    }
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        Self { message: error.to_string(), help: error.help() }
    }
}

impl Root {
    fn new(name: Arc<str>, value: Arc<dyn Manhole + Send + Sync>, level: Level) -> Self {
        let info = catch_unwind(AssertUnwindSafe(|| value.reflect().info())).ok();
        Self { name, info, level, value }
    }
}

impl Handle {
    /// The root of the namespace called `name`.
    pub(super) fn root(name: &str, value: Arc<dyn Manhole + Send + Sync>, level: Level) -> Self {
        Self { root: Arc::new(Root::new(name.into(), value, level)), path: Path::root() }
    }

    /// Whether both lead to the same place.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root) && self.path == other.path
    }

    /// The text that leads here: `gizmo.items[3]`.
    pub(super) fn location(&self) -> String {
        format!("{}{}", self.root.name, self.path)
    }

    /// The handle one step further.
    pub(super) fn join(&self, step: Step) -> Self {
        Self { root: Arc::clone(&self.root), path: self.path.join(step) }
    }

    /// What is here: a leaf by value, anything else as this handle.
    pub(super) fn get(self, context: &Context) -> Result<Dynamic, Fault> {
        self.check_depth()?;
        if self.is_certainly_inside() {
            return Ok(Dynamic::from(self));
        }
        Ok(match self.peek(context)? {
            Lookup::Leaf(value) => convert::to_script(value),
            Lookup::None => convert::none(),
            Lookup::Inside => Dynamic::from(self),
        })
    }

    /// Whether the session may see the root at all.
    pub(super) fn may_be_seen(&self, context: &Context) -> Result<(), Fault> {
        context.0.require(self.root.level, &self.root.name)
    }

    /// Refuses what can only come of going round in circles: a long path takes long to walk and to free.
    fn check_depth(&self) -> Result<(), Fault> {
        if self.path.len() > DEEPEST {
            return Err(Fault::new(format!("a path of more than {DEEPEST} steps leads nowhere")));
        }
        Ok(())
    }

    /// The name that the last step asks for.
    pub(super) fn last_name(&self) -> Option<&str> {
        match self.path.steps().last()? {
            Step::Name(name) => Some(name),
            Step::Key(Value::Text(name)) => Some(name),
            Step::Key(_) => None,
        }
    }

    /// What is here: a leaf, copied, or that there is something else.
    pub(super) fn peek(&self, context: &Context) -> Result<Lookup, Fault> {
        self.check_depth()?;
        self.reach(context, |name, root, patience| lookup(name, root, &self.path, patience, LONGEST_TEXT))
    }

    /// Replaces what is here.
    pub(super) fn set(&self, context: &Context, value: &Value<'_>) -> Result<(), Fault> {
        self.reach(context, |name, root, patience| write(name, root, &self.path, patience, value, None))
    }

    /// Replaces what is here if it is still `expected`; answers whether it was.
    pub(super) fn replace(
        &self,
        context: &Context,
        value: &Value<'_>,
        expected: &Value<'_>,
    ) -> Result<bool, Fault> {
        self.reach(context, |name, root, patience| {
            match write(name, root, &self.path, patience, value, Some(expected)) {
                Err(error) if *error.kind == AccessErrorKind::Changed => Ok(false),
                result => result.map(|()| true),
            }
        })
    }

    /// The error for a value that was changed meanwhile.
    pub(super) fn changed(&self) -> Fault {
        AccessErrorKind::Changed.at(self.location()).into()
    }

    /// Changes which items are here.
    pub(super) fn change(&self, context: &Context, what: &Change<'_>) -> Result<Taken, Fault> {
        self.reach(context, |name, root, patience| change(name, root, &self.path, patience, what))
    }

    /// A copy of all that is here.
    pub(super) fn snapshot(&self, context: &Context) -> Result<Value<'static>, Fault> {
        self.reach(context, |name, root, patience| snapshot(name, root, &self.path, patience))
    }

    /// Calls a method of what is here, and waits for it if it is `async`.
    pub(super) fn call(
        &self,
        context: &Context,
        method: &str,
        args: &Args<'static>,
    ) -> Result<Dynamic, Fault> {
        context.0.language.stuck.may_call()?;
        let called = self.reach(context, |name, root, patience| {
            match call(name, root, &self.path, patience, method, args) {
                Ok(returned) => Ok(Some(returned)),
                Err(error) if error.is_call(&CallError::Asynchronous) => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        let returned = match called {
            Some(returned) => returned,
            None => {
                let Root { name, value, .. } = &*self.root;
                let Start { future, signature } =
                    start(name, value, &self.path, context.0.level(), method, args.clone())
                        .inspect_err(|error| context.0.note_denial(error))?;
                let result = context.0.language.runtime.wait(future, &context.0.monitor);
                let failed =
                    |error| AccessErrorKind::Call { error, signature: signature.clone() }.at(self.location());
                result?.map_err(|error| Fault::from(failed(error)))?
            }
        };
        Ok(from_returned(method, returned))
    }

    /// Whether the type of what is here has a method called `method`.
    pub(super) fn has_method(&self, context: &Context, method: &str) -> bool {
        let known =
            |found: &dyn Manhole| found.reflect().info().methods.iter().any(|known| known.name == method);
        self.look(context, known).unwrap_or(false)
    }

    /// The type of what is here, as far as the types on the way tell: no lock is taken, and nothing of the program is run.
    pub(super) fn known_type(&self) -> Option<&'static TypeInfo> {
        let root = self.root.info?;
        self.path.steps().into_iter().try_fold(root, |info, step| type_inside(opened(info), step))
    }

    /// Whether there is certainly something with an inside here: the way leads through fields only.
    fn is_certainly_inside(&self) -> bool {
        let Some(mut info) = self.root.info.map(opened_guards) else { return false };
        if self.root.level > Level::Observe {
            return false;
        }
        for step in self.path.steps() {
            let TypeKind::Struct(_, fields) = info.kind else { return false };
            let Some(field) = fields.iter().find(|field| step_names(step, field)) else { return false };
            // Whether it may be seen is found out on the way.
            if field.secret || field.level > Level::Observe {
                return false;
            }
            info = opened_guards((field.ty)());
        }
        matches!(info.kind, TypeKind::Struct(..) | TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_))
    }

    /// A bounded picture of what is here.
    pub(super) fn preview(&self, context: &Context, budget: Budget) -> Result<Preview, Fault> {
        self.reach(context, |name, root, patience| preview(name, root, &self.path, patience, budget))
    }

    /// Hands what is here to `look`, while the locks on the way are held.
    pub(super) fn look<R>(
        &self,
        context: &Context,
        mut look: impl FnMut(&dyn Manhole) -> R,
    ) -> Result<R, Fault> {
        self.reach(context, |name, root, patience| read(name, root, &self.path, patience, &mut look))
    }

    /// How many items are here, characters of a text, or bytes.
    pub(super) fn len(&self, context: &Context) -> Result<INT, Fault> {
        fn count(found: &dyn Manhole) -> Option<usize> {
            match found.reflect().into_shape() {
                Shape::Option(Some(inner)) => count(inner),
                Shape::List(list) => Some(list.len()),
                Shape::Map(map) => Some(map.len()),
                Shape::Set(set) => Some(set.len()),
                Shape::Leaf(Value::Text(text)) => Some(text.chars().count()),
                Shape::Leaf(Value::Bytes(bytes)) => Some(bytes.len()),
                _ => None,
            }
        }
        let len = self.look(context, |found| {
            let no_collection = || AccessErrorKind::NoCollection { ty: found.reflect().info().to_string() };
            count(found).ok_or_else(|| no_collection().at(self.location()))
        })??;
        Ok(INT::try_from(len).unwrap_or(INT::MAX))
    }

    /// Whether a list is here, whose items are found by their positions.
    pub(super) fn is_list(&self, context: &Context) -> Result<bool, Fault> {
        self.look(context, |found| matches!(found.reflect().shape(), Shape::List(_)))
    }

    /// Whether there is no such item any more.
    pub(super) fn is_gone(&self, context: &Context) -> bool {
        let found = self.reach(context, |name, root, patience| {
            match lookup(name, root, &self.path, patience, LONGEST_TEXT) {
                Err(error) => {
                    Ok(matches!(*error.kind, AccessErrorKind::NoItem { .. } | AccessErrorKind::NoKey { .. }))
                }
                Ok(_) => Ok(false),
            }
        });
        found.unwrap_or(false)
    }

    /// The name of the variant, if what is here is an enum.
    pub(super) fn variant(&self, context: &Context) -> Result<Option<&'static str>, Fault> {
        fn name(found: &dyn Manhole) -> Option<&'static str> {
            let node = found.reflect();
            let info = node.info();
            match (node.into_shape(), &info.kind) {
                (Shape::Option(Some(inner)), _) => name(inner),
                (Shape::Enum(value), TypeKind::Enum(variants)) => {
                    variants.get(value.variant()).map(|variant| variant.name)
                }
                _ => None,
            }
        }
        self.look(context, name)
    }

    /// What a script compares this with, sorts or groups it by.
    pub(super) fn key(&self, context: &Context) -> Result<Value<'static>, Fault> {
        self.look(context, as_key)?.ok_or_else(|| {
            Fault::new(format!("{} is not one value that others could be compared with", self.location()))
        })
    }

    /// Goes to the application. A panic there is an error here: it must not unwind through the script engine, whose locks it
    /// would poison.
    fn reach<R>(
        &self,
        context: &Context,
        go: impl FnOnce(&str, &dyn Manhole, &Patience<'_>) -> Result<R, AccessError>,
    ) -> Result<R, Fault> {
        self.may_be_seen(context)?;
        let monitor = &context.0.monitor;
        let patience =
            Patience::new(context.0.settings.time(Limit::LockWait), monitor).at_level(context.0.level());
        let result = catch_unwind(AssertUnwindSafe(|| go(&self.root.name, &*self.root.value, &patience)));
        // Not before: nothing is sent while a lock is held.
        monitor.tell_of_poison();
        match result {
            Ok(result) => result.map_err(|error| {
                context.0.note_denial(&error);
                error.into()
            }),
            Err(panic) => Err(panicked(&*panic)),
        }
    }
}

/// The type inside of locks and options.
pub(super) fn opened(info: &'static TypeInfo) -> &'static TypeInfo {
    match info.kind {
        TypeKind::Guard(inner) | TypeKind::Option(inner) => opened(inner()),
        _ => info,
    }
}

/// The type inside of locks.
pub(super) fn opened_guards(info: &'static TypeInfo) -> &'static TypeInfo {
    match info.kind {
        TypeKind::Guard(inner) => opened_guards(inner()),
        _ => info,
    }
}

fn step_names(step: &Step, field: &FieldInfo) -> bool {
    match step {
        Step::Name(name) => **name == *field.name,
        Step::Key(Value::Text(name)) => name == field.name,
        Step::Key(_) => false,
    }
}

/// The type one step inside of `info`, if all that can be there have the same.
fn type_inside(info: &'static TypeInfo, step: &Step) -> Option<&'static TypeInfo> {
    match info.kind {
        TypeKind::Struct(_, fields) => Some((fields.iter().find(|field| step_names(step, field))?.ty)()),
        TypeKind::Enum(variants) => {
            let mut found = variants
                .iter()
                .flat_map(|variant| variant.fields)
                .filter(|field| step_names(step, field))
                .map(|field| (field.ty)());
            let first = found.next()?;
            found.all(|other| std::ptr::eq(first, other)).then_some(first)
        }
        TypeKind::List(inner) => Some(inner()),
        TypeKind::Map(_, item) => Some(item()),
        _ => None,
    }
}

/// The error for a panic in the program's code.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault {
        message: format!("the program's code panicked: {}", text.unwrap_or("without a message")),
        help: Some("the panic was caught here, and the program goes on".to_owned()),
    }
}

/// What a call returned, for the script. A value with an inside becomes a root of its own, named after the call.
pub(super) fn from_returned(name: &str, returned: Returned) -> Dynamic {
    match returned {
        Returned::Value(value) => convert::to_script(value),
        Returned::None => convert::none(),
        Returned::Root(value, path) => Dynamic::from(Handle {
            root: Arc::new(Root::new(format!("{name}(…)").into(), value, Level::Observe)),
            path,
        }),
    }
}
