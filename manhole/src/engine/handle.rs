//! What a script holds of the application: a root and the way down from it.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, INT, NativeCallContext, Position};

use super::convert;
use super::feedback::Reads;
use super::language::Language;
use super::limits::LONGEST_TEXT;
use super::monitor::Monitor;
use crate::reflect::{
    AccessError, AccessErrorKind, Args, Budget, Lookup, Manhole, Path, Patience, Preview, Returned, Shape,
    Step, Value, call, lookup, preview, read, write,
};

/// A value of the application, or one that a method returned.
pub(super) struct Root {
    name: Arc<str>,
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
    pub(super) lock_wait: std::time::Duration,
    pub(super) budget: Budget,
}

impl Context {
    /// The session that makes a call.
    pub(super) fn of(call: &NativeCallContext<'_>) -> Result<Self, Box<EvalAltResult>> {
        call.tag()
            .and_then(|tag| tag.read_lock::<Self>().map(|context| context.clone()))
            .ok_or_else(|| "this function is called outside of a session".into())
    }

    fn patience(&self) -> Patience<'_> {
        Patience::new(self.0.lock_wait, &self.0.monitor)
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

impl Handle {
    /// The root of the namespace called `name`.
    pub(super) fn root(name: &str, value: Arc<dyn Manhole + Send + Sync>) -> Self {
        Self { root: Arc::new(Root { name: name.into(), value }), path: Path::root() }
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
        let found =
            lookup(&self.root.name, &*self.root.value, &self.path, &context.patience(), LONGEST_TEXT)?;
        Ok(match found {
            Lookup::Leaf(value) => convert::to_script(value),
            Lookup::None => convert::none(),
            Lookup::Inside => Dynamic::from(self),
        })
    }

    /// Replaces what is here; with an `expected` value only if it is still that.
    pub(super) fn set(
        &self,
        context: &Context,
        value: &Value<'_>,
        expected: Option<&Value<'_>>,
    ) -> Result<(), Fault> {
        let Root { name, value: root } = &*self.root;
        Ok(write(name, &**root, &self.path, &context.patience(), value, expected)?)
    }

    /// Calls a method of what is here.
    pub(super) fn call(&self, context: &Context, method: &str, args: &Args<'_>) -> Result<Dynamic, Fault> {
        let patience = context.patience();
        let result = call(&self.root.name, &*self.root.value, &self.path, &patience, method, args);
        result.map(|returned| from_returned(method, returned)).map_err(Fault::from)
    }

    /// A bounded picture of what is here.
    pub(super) fn preview(&self, context: &Context, budget: Budget) -> Result<Preview, Fault> {
        Ok(preview(&self.root.name, &*self.root.value, &self.path, &context.patience(), budget)?)
    }

    /// Hands what is here to `look`, while the locks on the way are held.
    pub(super) fn look<R>(
        &self,
        context: &Context,
        mut look: impl FnMut(&dyn Manhole) -> R,
    ) -> Result<R, Fault> {
        let Root { name, value: root } = &*self.root;
        Ok(read(name, &**root, &self.path, &context.patience(), &mut look)?)
    }

    /// How many items are here, or bytes of a text.
    pub(super) fn len(&self, context: &Context) -> Result<INT, Fault> {
        let len = self.look(context, |found| {
            let node = found.reflect();
            match node.shape() {
                Shape::List(list) => Ok(list.len()),
                Shape::Map(map) => Ok(map.len()),
                Shape::Set(set) => Ok(set.len()),
                Shape::Leaf(Value::Text(text)) => Ok(text.chars().count()),
                _ => Err(AccessErrorKind::NoInside { ty: node.info().to_string() }.at(self.location())),
            }
        })??;
        Ok(INT::try_from(len).unwrap_or(INT::MAX))
    }
}

/// What a call returned, for the script. A value with an inside becomes a root of its own, named after the call.
pub(super) fn from_returned(name: &str, returned: Returned) -> Dynamic {
    match returned {
        Returned::Value(value) => convert::to_script(value),
        Returned::None => convert::none(),
        Returned::Root(value, path) => Dynamic::from(Handle {
            root: Arc::new(Root { name: format!("{name}(…)").into(), value }),
            path,
        }),
    }
}
