//! What a script holds of the application: a root and the way down from it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rhai::{Dynamic, INT};

use super::static_type::{field_inside, has_inside, strip_locks, strip_wrappers, type_inside};
use crate::engine::run::{Limit, MAX_TEXT_BYTES, RunControl};
use crate::engine::value::{ScriptError, panicked, to_script};
use crate::reflect::{
    AccessError, AccessErrorKind, Args, CallError, CallOutput, CollectionEdit, Level, LockWait, Lookup,
    Manhole, Path, PathRef, Preview, PreviewLimits, Removed, Shape, Step, Target, TypeInfo, TypeKind, Value,
    as_key,
};

/// How many steps a path may have: more only come of going round in circles.
const DEEPEST: usize = 512;

/// A value of the application, or one that a method returned.
pub(crate) struct Root {
    name: Arc<str>,
    /// The type of the value; `None` if the program's code panicked when it was asked.
    info: Option<&'static TypeInfo>,
    /// The level that it takes to see it.
    level: Level,
    value: Arc<dyn Manhole + Send + Sync>,
}

/// A live value as a script sees it. It borrows nothing and copies nothing.
#[derive(Clone)]
pub(crate) struct Handle {
    root: Arc<Root>,
    path: Path,
    /// The type here, if the way leads only through fields that everybody may see.
    declared: Option<&'static TypeInfo>,
}

impl Root {
    fn new(name: Arc<str>, value: Arc<dyn Manhole + Send + Sync>, level: Level) -> Self {
        let info = catch_unwind(AssertUnwindSafe(|| value.reflect().info())).ok();
        Self { name, info, level, value }
    }
}

impl Handle {
    fn new(root: Root) -> Self {
        let declared = root.info.filter(|_| root.level == Level::Observe).map(strip_locks);
        Self { root: Arc::new(root), path: Path::root(), declared }
    }

    /// The root of the namespace called `name`.
    pub(crate) fn root(name: &str, value: Arc<dyn Manhole + Send + Sync>, level: Level) -> Self {
        Self::new(Root::new(name.into(), value, level))
    }

    /// Whether both lead to the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root) && self.path == other.path
    }

    /// The text that leads here: `gizmo.items[3]`.
    pub(crate) fn location(&self) -> String {
        format!("{}{}", self.root.name, self.path)
    }

    /// The handle one step further.
    pub(crate) fn join(&self, step: Step) -> Self {
        let declared = self.declared.and_then(|info| field_inside(info, &step));
        Self { root: Arc::clone(&self.root), path: self.path.join(step), declared }
    }

    /// What is here, or one `step` further, if it is a leaf or nothing: its value. `None` for what has an inside, which is no
    /// value to a script.
    pub(crate) fn leaf(&self, run: &RunControl, step: Option<&Step>) -> Result<Option<Dynamic>, ScriptError> {
        let (declared, route) = match step {
            Some(step) => {
                let declared = self.declared.and_then(|info| field_inside(info, step));
                (declared, PathRef::beyond(&self.path, step))
            }
            None => (self.declared, (&self.path).into()),
        };
        // No lock need be taken to know it.
        if declared.is_some_and(has_inside) {
            self.check_depth()?;
            return Ok(None);
        }
        Ok(match self.look_up(run, route)? {
            Lookup::Leaf(value) => Some(to_script(value)),
            Lookup::None => Some(to_script::none()),
            Lookup::Composite => None,
        })
    }

    /// What is here: a leaf by value, anything else as this handle.
    pub(crate) fn get(self, run: &RunControl) -> Result<Dynamic, ScriptError> {
        Ok(self.leaf(run, None)?.unwrap_or_else(|| Dynamic::from(self)))
    }

    /// Whether the session may see the root at all.
    pub(crate) fn check_visible(&self, run: &RunControl) -> Result<(), ScriptError> {
        run.require(self.root.level, &self.root.name)
    }

    /// Refuses what can only come of going round in circles: a long path takes long to walk and to free.
    fn check_depth(&self) -> Result<(), ScriptError> {
        if self.path.len() > DEEPEST {
            return Err(ScriptError::new(format!("a path of more than {DEEPEST} steps leads nowhere")));
        }
        Ok(())
    }

    /// The name that the last step asks for.
    pub(crate) fn last_name(&self) -> Option<&str> {
        match self.path.last()? {
            Step::Name(name) => Some(name),
            Step::Key(Value::Text(name)) => Some(name),
            Step::Key(_) => None,
        }
    }

    /// What is here: a leaf, copied, or that there is something else.
    pub(crate) fn classify(&self, run: &RunControl) -> Result<Lookup, ScriptError> {
        self.look_up(run, (&self.path).into())
    }

    fn look_up(&self, run: &RunControl, route: PathRef<'_>) -> Result<Lookup, ScriptError> {
        self.check_depth()?;
        self.access(run, |target| target.at(route).lookup(MAX_TEXT_BYTES))
    }

    /// Replaces what is here.
    pub(crate) fn set(&self, run: &RunControl, value: &Value<'_>) -> Result<(), ScriptError> {
        self.access(run, |target| target.write(value))
    }

    /// Replaces what is here if it is still `expected`; answers whether it was.
    pub(crate) fn replace(
        &self,
        run: &RunControl,
        value: &Value<'_>,
        expected: &Value<'_>,
    ) -> Result<bool, ScriptError> {
        self.access(run, |target| match target.compare_and_write(expected, value) {
            Err(error) if *error.kind == AccessErrorKind::Changed => Ok(false),
            result => result.map(|()| true),
        })
    }

    /// The error for a value that was changed meanwhile.
    pub(crate) fn changed(&self) -> ScriptError {
        AccessErrorKind::Changed.at(self.location()).into()
    }

    /// Changes which items are here.
    pub(crate) fn change(&self, run: &RunControl, what: &CollectionEdit<'_>) -> Result<Removed, ScriptError> {
        self.access(run, |target| target.edit(what))
    }

    /// A copy of all that is here.
    pub(crate) fn snapshot(&self, run: &RunControl) -> Result<Value<'static>, ScriptError> {
        self.access(run, |target| target.snapshot())
    }

    /// A copy of what is here, as far as that may reach, and whether there is more.
    pub(crate) fn excerpt(&self, run: &RunControl) -> Result<(Value<'static>, bool), ScriptError> {
        self.access(run, |target| target.excerpt())
    }

    /// Calls a method of what is here, and waits for it if it is `async`.
    pub(crate) fn call(
        &self,
        run: &RunControl,
        method: &str,
        args: &Args<'static>,
    ) -> Result<Dynamic, ScriptError> {
        run.abandoned.check_call_allowed()?;
        let called = self.access(run, |target| match target.call(method, args) {
            Ok(returned) => Ok(Some(returned)),
            Err(error) if error.is_call(&CallError::Asynchronous) => Ok(None),
            Err(error) => Err(error),
        })?;
        let returned = match called {
            Some(returned) => returned,
            None => {
                let call = self
                    .target(run.level())
                    .prepare_async(method)
                    .inspect_err(|error| run.record_denial(error))?;
                let signature = call.signature().to_owned();
                let future = call.start(Arc::clone(&self.root.value), args.clone());
                let result = run.runtime.wait(future, &run.watchdog);
                let failed =
                    |error| AccessErrorKind::Call { error, signature: signature.clone() }.at(self.location());
                result?.map_err(|error| ScriptError::from(failed(error)))?
            }
        };
        Ok(from_call_output(method, returned))
    }

    /// Whether the type of what is here has a method called `method`.
    pub(crate) fn has_method(&self, run: &RunControl, method: &str) -> bool {
        let known =
            |found: &dyn Manhole| found.reflect().info().methods.iter().any(|known| known.name == method);
        self.read(run, known).unwrap_or(false)
    }

    /// The type of what is here, as far as the types on the way tell: no lock is taken, and nothing of the program is run.
    pub(crate) fn static_type(&self) -> Option<&'static TypeInfo> {
        let root = self.root.info?;
        self.path.steps().into_iter().try_fold(root, |info, step| type_inside(strip_wrappers(info), step))
    }

    /// A bounded picture of what is here.
    pub(crate) fn preview(&self, run: &RunControl, budget: PreviewLimits) -> Result<Preview, ScriptError> {
        self.access(run, |target| target.preview(budget))
    }

    /// Hands what is here to `look`, while the locks on the way are held.
    pub(crate) fn read<R>(
        &self,
        run: &RunControl,
        mut look: impl FnMut(&dyn Manhole) -> R,
    ) -> Result<R, ScriptError> {
        self.access(run, |target| target.read(&mut look))
    }

    /// Hands what is here to `look` if no lock on the way has to be waited for.
    pub(crate) fn try_read(
        &self,
        run: &RunControl,
        mut look: impl FnMut(&dyn Manhole),
    ) -> Result<(), ScriptError> {
        let level = run.level();
        if self.root.level > level {
            return Ok(());
        }
        let read = || self.target(level).read(&mut look);
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(result) => result.map_err(ScriptError::from),
            Err(panic) => Err(panicked(&*panic)),
        }
    }

    /// How many items are here, characters of a text, or bytes.
    pub(crate) fn len(&self, run: &RunControl) -> Result<INT, ScriptError> {
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
        let len = self.read(run, |found| {
            let no_collection = || AccessErrorKind::NoCollection { ty: found.reflect().info().to_string() };
            count(found).ok_or_else(|| no_collection().at(self.location()))
        })??;
        Ok(INT::try_from(len).unwrap_or(INT::MAX))
    }

    /// Whether a list is here, whose items are found by their positions.
    pub(crate) fn is_list(&self, run: &RunControl) -> Result<bool, ScriptError> {
        self.read(run, |found| matches!(found.reflect().shape(), Shape::List(_)))
    }

    /// Whether there is no such item any more.
    pub(crate) fn is_missing(&self, run: &RunControl) -> bool {
        let found = self.access(run, |target| match target.lookup(MAX_TEXT_BYTES) {
            Err(error) => {
                Ok(matches!(*error.kind, AccessErrorKind::NoItem { .. } | AccessErrorKind::NoKey { .. }))
            }
            Ok(_) => Ok(false),
        });
        found.unwrap_or(false)
    }

    /// The name of the variant, if what is here is an enum.
    pub(crate) fn variant(&self, run: &RunControl) -> Result<Option<&'static str>, ScriptError> {
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
        self.read(run, name)
    }

    /// What a script compares this with, sorts or groups it by.
    pub(crate) fn key(&self, run: &RunControl) -> Result<Value<'static>, ScriptError> {
        self.read(run, as_key)?.ok_or_else(|| {
            ScriptError::new(format!(
                "{} is not one value that others could be compared with",
                self.location()
            ))
        })
    }

    fn target(&self, level: Level) -> Target<'_> {
        Target::new(&self.root.name, &*self.root.value).at(&self.path).with_level(level)
    }

    /// Goes to the application. A panic there is an error here: it must not unwind through the script engine, whose locks it
    /// would poison.
    fn access<R>(
        &self,
        run: &RunControl,
        go: impl FnOnce(Target<'_>) -> Result<R, AccessError>,
    ) -> Result<R, ScriptError> {
        self.check_visible(run)?;
        let watchdog = &run.watchdog;
        let wait = LockWait::new(run.limits.time(Limit::LockWait), watchdog);
        let target = self.target(run.level()).with_wait(wait);
        let result = catch_unwind(AssertUnwindSafe(|| go(target)));
        // Not before: nothing is sent while a lock is held.
        watchdog.report_poison();
        match result {
            Ok(result) => result.map_err(|error| {
                run.record_denial(&error);
                error.into()
            }),
            Err(panic) => Err(panicked(&*panic)),
        }
    }
}

/// What a call returned, for the script. A value with an inside becomes a root of its own, named after the call.
pub(crate) fn from_call_output(name: &str, returned: CallOutput) -> Dynamic {
    match returned {
        CallOutput::Value(value) => to_script(value),
        CallOutput::None => to_script::none(),
        CallOutput::Root(value, path) => {
            let root = Root::new(format!("{name}(…)").into(), value, Level::Observe);
            // What a type tells of the way to it is not asked for: the path is another's.
            Dynamic::from(Handle { root: Arc::new(root), path, declared: None })
        }
    }
}
