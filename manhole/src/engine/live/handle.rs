//! What a script holds of the application: a root, and a path from it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, INT};

use super::rows::Row;
use super::static_type::{field_inside, has_inside, strip_locks, strip_wrappers, type_inside};
use crate::engine::run::{Change, ChangeKind, Limit, MAX_TEXT_BYTES, RunControl, Watchdog};
use crate::engine::value::{ScriptError, ScriptResult, panicked, to_script, type_mark};
use crate::namespace::{HeldValue, RootValue};
use crate::reflect::{
    AccessError, AccessErrorKind, Args, CallError, CallOutput, Cancellation, CollectionEdit, Level, Lines,
    LockWait, Lookup, Manhole, Path, PathRef, Preview, PreviewLimits, Removal, Removed, ResultKind, Shape,
    Step, StructFields, StructStyle, StructValue, Target, TypeInfo, TypeKind, Value, VariantInfo, as_key,
};
use crate::threads::call_application;

/// How many steps a path may have. Only a path around a cycle has more.
pub(crate) const MAX_PATH_STEPS: usize = 512;

/// The number of items that are removed with one report of them.
const MAX_REMOVED_ITEMS: usize = 64;
/// The time for which a lock is held to remove items.
const MAX_REMOVAL_TIME: Duration = Duration::from_micros(50);

/// A value of the application, or a value that a method returned.
pub(crate) struct Root {
    name: Arc<str>,
    /// The type of the value, or `None` if the application's code panicked or the value is gone.
    info: Option<&'static TypeInfo>,
    /// The level that a session needs to see it.
    level: Level,
    value: RootValue,
}

/// The place of a value of the application. It borrows nothing and copies nothing.
#[derive(Clone)]
pub(crate) struct Handle {
    root: Arc<Root>,
    path: Path,
    /// The type here, if every session may see each field of the path.
    declared: Option<&'static TypeInfo>,
    /// The copied fields of the item of a query that the path leads through.
    row: Option<Row>,
}

/// The kind of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CollectionKind {
    List,
    Map,
    Set,
}

impl Root {
    fn new(name: Arc<str>, value: RootValue, level: Level) -> Self {
        let info = catch_unwind(AssertUnwindSafe(|| Some(value.hold()?.reflect().info()))).ok().flatten();
        Self { name, info, level, value }
    }
}

impl Handle {
    fn new(root: Root) -> Self {
        let declared = root.info.filter(|_| root.level == Level::Observe).map(strip_locks);
        Self { root: Arc::new(root), path: Path::root(), declared, row: None }
    }

    /// Creates the handle of the root `name` of the namespace.
    pub(crate) fn root(name: &str, value: RootValue, level: Level) -> Self {
        Self::new(Root::new(name.into(), value, level))
    }

    /// Lets reads below use the copied fields of `row`.
    pub(crate) fn with_row(self, row: Row) -> Self {
        Self { row: Some(row), ..self }
    }

    /// Returns whether both are the same place.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root) && self.path == other.path
    }

    /// Returns the handle at `path` from the same root.
    pub(crate) fn at(&self, path: Path) -> Self {
        Self { root: Arc::clone(&self.root), path, declared: None, row: None }
    }

    /// Returns the name of the root.
    pub(crate) fn root_name(&self) -> Arc<str> {
        Arc::clone(&self.root.name)
    }

    /// Returns whether a session at `level` may see the root.
    pub(crate) fn is_visible_at(&self, level: Level) -> bool {
        level >= self.root.level
    }

    /// Returns the path from the root.
    pub(crate) const fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path as text: `gizmo.items[3]`.
    pub(crate) fn location(&self) -> String {
        format!("{}{}", self.root.name, self.path)
    }

    /// Returns whether this is the place with this path as text, or a place below it.
    pub(crate) fn is_inside(&self, place: &str) -> bool {
        let location = self.location();
        location.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Returns the handle one step below this.
    pub(crate) fn join(&self, step: Step) -> Self {
        let declared = self.declared.and_then(|info| field_inside(info, &step));
        Self { root: Arc::clone(&self.root), path: self.path.join(step), declared, row: self.row.clone() }
    }

    /// Returns the value here, or one `step` below, if it is a leaf or an empty option. Returns `None` for a composite
    /// value, which a script only holds as a handle.
    pub(crate) fn leaf(&self, run: &RunControl, step: Option<&Step>) -> ScriptResult<Option<Dynamic>> {
        let (declared, route) = match step {
            Some(step) => {
                let declared = self.declared.and_then(|info| field_inside(info, step));
                (declared, PathRef::beyond(&self.path, step))
            }
            None => (self.declared, (&self.path).into()),
        };
        // The type shows it without a lock.
        if declared.is_some_and(has_inside) {
            self.check_depth()?;
            return Ok(None);
        }
        if let Some(field) = self.row.as_ref().and_then(|row| row.field(route)) {
            return Ok(field);
        }
        let (found, info) = self.look_up(run, route)?;
        if let Some(row) = &self.row {
            row.keep(route);
        }
        let value = match found {
            Lookup::Leaf(value) => to_script(value),
            Lookup::None => to_script::none(),
            Lookup::Composite => return Ok(None),
        };
        Ok(Some(match info {
            Some(info) => type_mark::mark(value, info),
            None => value,
        }))
    }

    /// Returns the value here if it is a leaf, else this handle.
    pub(crate) fn get(self, run: &RunControl) -> ScriptResult<Dynamic> {
        Ok(self.leaf(run, None)?.unwrap_or_else(|| Dynamic::from(self)))
    }

    /// Returns the handle one step above this.
    pub(crate) fn parent(&self) -> Option<Self> {
        let mut steps = self.path.steps();
        steps.pop()?;
        let root = Self { root: Arc::clone(&self.root), path: Path::root(), declared: None, row: None };
        Some(steps.into_iter().fold(root, |handle, step| handle.join(step.clone())))
    }

    /// Returns whether the value here is a map.
    pub(crate) fn is_map(&self, run: &RunControl) -> bool {
        self.collection_kind(run).is_ok_and(|kind| kind == Some(CollectionKind::Map))
    }

    /// Returns an error if the session may not see the root.
    pub(crate) fn check_visible(&self, run: &RunControl) -> ScriptResult<()> {
        run.require(self.root.level, &self.root.name)
    }

    /// Returns an error if the path is too long: a long path takes long to walk and to free.
    fn check_depth(&self) -> ScriptResult<()> {
        if self.path.len() <= MAX_PATH_STEPS {
            return Ok(());
        }
        Err(ScriptError::new(format!("cannot extend the path: expected at most {MAX_PATH_STEPS} steps")))
    }

    /// Returns the name in the last step.
    pub(crate) fn last_name(&self) -> Option<&str> {
        match self.path.last()? {
            Step::Name(name) => Some(name),
            Step::Key(Value::Text(name)) => Some(name),
            Step::Key(_) => None,
        }
    }

    /// Returns the kind of value here, with a copy of a leaf.
    pub(crate) fn classify(&self, run: &RunControl) -> ScriptResult<Lookup> {
        self.look_up(run, (&self.path).into()).map(|found| found.0)
    }

    fn look_up(
        &self,
        run: &RunControl,
        route: PathRef<'_>,
    ) -> ScriptResult<(Lookup, Option<&'static TypeInfo>)> {
        self.check_depth()?;
        self.access(run, |target| {
            let target = target.at(route);
            match target.lookup_typed(MAX_TEXT_BYTES) {
                Err(error) if error.is_none_at(|| target.to_string()) => Ok((Lookup::None, None)),
                found => found,
            }
        })
    }

    /// Replaces the value here.
    pub(crate) fn set(&self, run: &RunControl, value: &Value<'_>) -> ScriptResult<()> {
        self.begin(run, &Change { kind: ChangeKind::Write, values: &[value] })?;
        self.access(run, |target| target.write(value))
    }

    /// Replaces the value here if it is still `expected`. Returns whether it was.
    pub(crate) fn replace(
        &self,
        run: &RunControl,
        value: &Value<'_>,
        expected: &Value<'_>,
    ) -> ScriptResult<bool> {
        self.begin(run, &Change { kind: ChangeKind::Write, values: &[value] })?;
        self.access(run, |target| match target.compare_and_write(expected, value) {
            Err(error) if *error.kind == AccessErrorKind::Changed => Ok(false),
            result => result.map(|()| true),
        })
    }

    /// Adds or removes items of the collection here.
    pub(crate) fn change(&self, run: &RunControl, what: &CollectionEdit<'_>) -> ScriptResult<Removed> {
        let count;
        let (kind, values): (_, &[&Value<'_>]) = match what {
            CollectionEdit::Push(item) => (ChangeKind::Push, &[item]),
            CollectionEdit::Insert(key, item) => (ChangeKind::Insert, &[key, item]),
            CollectionEdit::Remove(key) => (ChangeKind::Remove, &[key]),
            CollectionEdit::Pop => (ChangeKind::Pop, &[]),
            CollectionEdit::Truncate(len) => {
                count = Value::from(*len);
                (ChangeKind::Truncate, &[&count])
            }
            CollectionEdit::Clear => (ChangeKind::Clear, &[]),
        };
        self.begin(run, &Change { kind, values })?;
        self.access(run, |target| target.edit(what))
    }

    /// Inserts an item at a key of the map here that does not have the key.
    pub(crate) fn insert_missing(
        &self,
        run: &RunControl,
        key: &Value<'_>,
        item: &Value<'_>,
    ) -> ScriptResult<()> {
        self.begin(run, &Change { kind: ChangeKind::Insert, values: &[key, item] })?;
        self.access(run, |target| target.insert_missing(key, item))
    }

    /// Removes items of the collection here, with no lock held for longer than a few of them take. Returns the number of those that
    /// it removed, and of those that had changed.
    pub(crate) fn remove_items(&self, run: &RunControl, items: &[Removal]) -> ScriptResult<(usize, usize)> {
        let (mut removed, mut changed) = (0, 0);
        for burst in items.chunks(MAX_REMOVED_ITEMS) {
            for item in burst {
                self.begin(run, &Change { kind: ChangeKind::Remove, values: &[&item.key] })?;
            }
            let mut left = burst;
            while !left.is_empty() {
                run.watchdog.check()?;
                let pass = self.access(run, |target| target.remove_items(left, MAX_REMOVAL_TIME))?;
                removed += pass.removed;
                changed += pass.changed;
                left = &left[pass.handled.min(left.len())..];
            }
        }
        Ok((removed, changed))
    }

    /// Refuses a removal of items of the collection here, before anything happens.
    pub(crate) fn check_removal(&self, run: &RunControl) -> ScriptResult<()> {
        run.search.check_change(ChangeKind::Remove, || self.location())?;
        run.require(Level::Operate, &self.location())
    }

    /// Returns whether the type of the value here is a pair.
    pub(crate) fn is_pair(&self) -> bool {
        let info = self.declared.or_else(|| self.static_type());
        info.map(strip_wrappers).is_some_and(|info| {
            info.name.is_empty()
                && matches!(info.kind, TypeKind::Struct(StructStyle::Tuple, fields) if fields.len() == 2)
        })
    }

    /// Checks and reports a change of the value here.
    fn begin(&self, run: &RunControl, change: &Change<'_>) -> ScriptResult<()> {
        run.search.check_change(change.kind, || self.location())?;
        let has_secrets = || self.static_type().is_some_and(TypeInfo::has_secrets);
        run.changes.begin(run.level(), change, || (self.location(), has_secrets()))
    }

    /// Takes a copy of the value here.
    pub(crate) fn snapshot(&self, run: &RunControl) -> ScriptResult<Value<'static>> {
        self.access(run, |target| target.snapshot())
    }

    /// Takes a copy of the value here within the limits of a copy. Also returns whether that left anything out.
    pub(crate) fn excerpt(&self, run: &RunControl) -> ScriptResult<(Value<'static>, bool)> {
        self.access(run, |target| target.excerpt())
    }

    /// Calls a method of the value here, and waits for it if it is `async`.
    pub(crate) fn call(&self, run: &RunControl, method: &str, args: &Args<'static>) -> ScriptResult<Dynamic> {
        run.check_call_allowed()?;
        let values: Vec<_> = args.iter().collect();
        let path = || (format!("{}.{method}", self.location()), false);
        run.changes.begin(run.level(), &Change { kind: ChangeKind::Call, values: &values }, path)?;
        let only_reads = run.search.running().is_some();
        let mut is_refused = false;
        let called = self.access(run, |target| {
            let call =
                || if only_reads { target.call_shared(method, args) } else { target.call(method, args) };
            match call_application(call) {
                Ok(returned) => Ok(Some(returned)),
                Err(error) if error.is_call(&CallError::Asynchronous) => Ok(None),
                Err(error) => {
                    is_refused = only_reads && error.is_call(&CallError::NeedsExclusive);
                    Err(error)
                }
            }
        });
        if is_refused {
            let place = || format!("{}.{method}, which takes `&mut self`", self.location());
            run.search.check_change(ChangeKind::Call, place)?;
        }
        let called = called?;
        let returned = match called {
            Some(returned) => returned,
            None => {
                let value = self.hold()?;
                let call = self
                    .target(&value, run.level())
                    .prepare_async(method)
                    .inspect_err(|error| run.record_denial(error))?;
                let signature = call.signature().to_owned();
                let future = call_application(|| call.start(Arc::clone(&value), args.clone()));
                let result = run.runtime.wait(future, &run.watchdog);
                let failed =
                    |error| AccessErrorKind::Call { error, signature: signature.clone() }.at(self.location());
                result?.map_err(|error| ScriptError::from(failed(error)))?
            }
        };
        Ok(from_call_output(method, returned))
    }

    /// Returns whether the type of the value here has a method called `method`.
    pub(crate) fn has_method(&self, run: &RunControl, method: &str) -> bool {
        let info = self.read(run, |found| found.reflect().info());
        info.is_ok_and(|info| info.methods.iter().any(|known| known.name == method))
    }

    /// Returns the type of the value here, if the types on the path determine it. Takes no lock, and runs no code of
    /// the application.
    pub(crate) fn static_type(&self) -> Option<&'static TypeInfo> {
        let root = self.root.info?;
        let info = self
            .path
            .steps()
            .into_iter()
            .try_fold(root, |info, step| type_inside(strip_wrappers(info), step));
        info.filter(|info| !strip_wrappers(info).is_trait_object())
    }

    /// Takes a preview of the value here, within `budget`.
    pub(crate) fn preview(&self, run: &RunControl, budget: PreviewLimits) -> ScriptResult<Preview> {
        self.access(run, |target| match target.preview(budget) {
            Err(error) if error.is_none_at(|| target.to_string()) => Ok(Preview::Leaf("None".to_owned())),
            preview => preview,
        })
    }

    /// Calls `visit` with the value here, while the locks on the path are held.
    pub(crate) fn read<R: Send + 'static>(
        &self,
        run: &RunControl,
        visit: impl FnMut(&dyn Manhole) -> R + Send + 'static,
    ) -> ScriptResult<R> {
        self.access(run, |target| target.read(visit))
    }

    /// Calls `visit` with the value here and with `state`, which goes to the owner of the value and returns with the result.
    pub(crate) fn read_with<S: Send + 'static, R: Send + 'static>(
        &self,
        run: &RunControl,
        state: S,
        mut visit: impl FnMut(&mut S, &dyn Manhole) -> R + Send + 'static,
    ) -> ScriptResult<(S, R)> {
        let mut state = Some(state);
        let read = self.read(run, move |found| {
            let mut state = state.take()?;
            let result = visit(&mut state, found);
            Some((state, result))
        });
        read?.ok_or_else(|| ScriptError::new(format!("cannot read {} twice", self.location())))
    }

    /// Calls `visit` with the value here, unless a lock on the path is held for longer than `wait`. A refusal is no event.
    pub(crate) fn read_within<R: Send + 'static>(
        &self,
        run: &RunControl,
        wait: Duration,
        visit: impl FnMut(&dyn Manhole) -> R + Send + 'static,
    ) -> ScriptResult<R> {
        self.check_visible(run)?;
        let quiet = Quiet(&run.watchdog);
        let wait = LockWait::new(wait, &quiet);
        let read = || Ok(self.target(&self.hold()?, run.level()).with_wait(wait).read(visit)?);
        catch_unwind(AssertUnwindSafe(read)).map_err(|panic| panicked(&*panic))?
    }

    /// Returns the number of items of a collection here, of characters of a string, or of bytes.
    pub(crate) fn len(&self, run: &RunControl) -> ScriptResult<INT> {
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
        let len = self.read(run, |found| count(found).ok_or_else(|| found.reflect().info()))?;
        let len =
            len.map_err(|info| AccessErrorKind::NoCollection { ty: info.to_string() }.at(self.location()))?;
        Ok(INT::try_from(len).unwrap_or(INT::MAX))
    }

    /// Returns the kind of collection here, or `None` if it is another value.
    pub(crate) fn collection_kind(&self, run: &RunControl) -> ScriptResult<Option<CollectionKind>> {
        fn kind(found: &dyn Manhole) -> Option<CollectionKind> {
            match found.reflect().into_shape() {
                Shape::Option(Some(inner)) => kind(inner),
                Shape::List(_) => Some(CollectionKind::List),
                Shape::Map(_) => Some(CollectionKind::Map),
                Shape::Set(_) => Some(CollectionKind::Set),
                _ => None,
            }
        }
        self.read(run, kind)
    }

    /// Returns whether the item or key of this path does not exist.
    pub(crate) fn is_missing(&self, run: &RunControl) -> bool {
        let is_missing = self.access(run, |target| {
            let kind = target.lookup(MAX_TEXT_BYTES).err().map(|error| error.kind);
            Ok(matches!(
                kind.as_deref(),
                Some(AccessErrorKind::NoItem { .. } | AccessErrorKind::NoKey { .. })
            ))
        });
        is_missing.unwrap_or(false)
    }

    /// Returns whether there is no value here: in an empty cell, behind a reference to a value that is gone, at a missing key.
    pub(crate) fn is_absent(&self, run: &RunControl) -> bool {
        let is_absent = self.access(run, |target| {
            let kind = target.lookup(MAX_TEXT_BYTES).err().map(|error| error.kind);
            Ok(matches!(
                kind.as_deref(),
                Some(
                    AccessErrorKind::NoItem { .. }
                        | AccessErrorKind::NoKey { .. }
                        | AccessErrorKind::IsNone
                        | AccessErrorKind::Empty(_)
                )
            ))
        });
        is_absent.unwrap_or(false)
    }

    /// Returns the range here as a script's own, if its bounds are integers.
    pub(crate) fn range(&self, run: &RunControl) -> ScriptResult<Option<Dynamic>> {
        let info = self.static_type().map(strip_wrappers);
        let is_range = |info: &&TypeInfo| matches!(info.kind, TypeKind::Struct(StructStyle::Range, [_, _]));
        let Some(info) = info.filter(is_range) else { return Ok(None) };
        let bound = |name: &'static str| self.join(Step::Name(name.into())).get(run);
        let (Ok(start), Ok(end)) = (bound("start")?.as_int(), bound("end")?.as_int()) else {
            return Ok(None);
        };
        let is_inclusive = info.name == "RangeInclusive";
        Ok(Some(if is_inclusive { Dynamic::from(start..=end) } else { Dynamic::from(start..end) }))
    }

    /// Returns a copy of the value here for a script.
    pub(crate) fn copy(&self, run: &RunControl) -> ScriptResult<Dynamic> {
        if self.static_type().is_some_and(|info| strip_wrappers(info).name == "Result") {
            // Its copy is a result too, and no text or map.
            let (name, content) = match self.read(run, |found| found.outcome())? {
                ResultKind::Failed(text) => ("Err", text.into()),
                ResultKind::Ok | ResultKind::Value | ResultKind::Lines(_) => {
                    ("Ok", self.join(Step::Name("0".into())).snapshot(run)?)
                }
            };
            return Ok(to_script(StructValue::new(name, StructFields::Tuple(vec![content])).into()));
        }
        match self.range(run)? {
            Some(range) => Ok(range),
            None => self.script_snapshot(run),
        }
    }

    /// Returns the value of [`snapshot`](Self::snapshot) for a script.
    pub(crate) fn script_snapshot(&self, run: &RunControl) -> ScriptResult<Dynamic> {
        let copy = to_script(self.snapshot(run)?);
        Ok(match self.static_type() {
            Some(info) => type_mark::mark_inside(copy, info),
            None => copy,
        })
    }

    /// Returns the name of the variant, if the value here is an enum.
    pub(crate) fn variant(&self, run: &RunControl) -> ScriptResult<Option<&'static str>> {
        Ok(self.variant_of(run)?.map(|(variant, _)| variant.name))
    }

    /// Returns the variant, and all variants of the type, if the value here is an enum.
    pub(crate) fn variant_of(
        &self,
        run: &RunControl,
    ) -> ScriptResult<Option<(&'static VariantInfo, &'static [VariantInfo])>> {
        fn variant(found: &dyn Manhole) -> Option<(&'static VariantInfo, &'static [VariantInfo])> {
            let node = found.reflect();
            let info = node.info();
            match (node.into_shape(), &info.kind) {
                (Shape::Option(Some(inner)), _) => variant(inner),
                (Shape::Enum(value), TypeKind::Enum(variants)) => {
                    variants.get(value.variant()).map(|variant| (variant, *variants))
                }
                _ => None,
            }
        }
        self.read(run, variant)
    }

    /// Returns the value by which a script compares, sorts or groups the value here.
    pub(crate) fn key(&self, run: &RunControl) -> ScriptResult<Value<'static>> {
        self.read(run, as_key)?.ok_or_else(|| {
            ScriptError::new(format!("cannot compare {}: it is a composite value", self.location()))
        })
    }

    /// Returns the value of the root, unless the application has removed it.
    pub(super) fn hold(&self) -> ScriptResult<HeldValue<'_>> {
        let gone = || ScriptError::new(format!("{} is gone: the application has removed it", self.root.name));
        self.root.value.hold().ok_or_else(gone)
    }

    pub(super) fn target<'a>(&'a self, value: &'a HeldValue<'_>, level: Level) -> Target<'a> {
        Target::new(&self.root.name, &***value).at(&self.path).with_level(level)
    }

    /// Calls `act`, which accesses the application. Catches a panic, which would poison locks of the script engine.
    fn access<R>(
        &self,
        run: &RunControl,
        act: impl FnOnce(Target<'_>) -> Result<R, AccessError>,
    ) -> ScriptResult<R> {
        self.check_visible(run)?;
        run.check_panics()?;
        let watchdog = &run.watchdog;
        let wait = LockWait::new(run.limits.time(Limit::LockWait), watchdog);
        // A value that is removed now is dropped here.
        let act = || self.hold().map(|value| act(self.target(&value, run.level()).with_wait(wait)));
        let result = catch_unwind(AssertUnwindSafe(act));
        // Nothing is sent while a lock is held.
        watchdog.report_poison();
        let result = result.map_err(|panic| panicked(&*panic))??;
        result.inspect_err(|error| run.record_denial(error)).map_err(Into::into)
    }
}

/// Stops a wait as the watchdog does, and sends no note about poisoned locks.
struct Quiet<'a>(&'a Watchdog);

impl Cancellation for Quiet<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// The result of a method whose lines are printed as they come.
#[derive(Clone)]
pub(crate) struct PrintedLines(pub(crate) Arc<dyn Lines>);

/// Converts the result of a call for a script. A composite value becomes a root, named after the call.
pub(crate) fn from_call_output(name: &str, returned: CallOutput) -> Dynamic {
    match returned {
        CallOutput::Value(value) => to_script(value),
        CallOutput::None => to_script::none(),
        CallOutput::Lines(lines) => Dynamic::from(PrintedLines(lines)),
        CallOutput::Root(value, path) => {
            let root = Root::new(format!("{name}(…)").into(), RootValue::Static(value), Level::Observe);
            // The path is not one from this root's type.
            Dynamic::from(Handle { root: Arc::new(root), path, declared: None, row: None })
        }
    }
}
