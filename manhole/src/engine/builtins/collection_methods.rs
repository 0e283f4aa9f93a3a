//! The methods of live values, queries and arrays: `gizmo.items.filter(|x| x.id > 3)`, `gizmo.items.push(…)`, `len`, `keys`.
//!
//! One table has them all. A method of the application has precedence over a method of the table with the same name.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, Module, NativeCallContext};

use super::namespace_bindings::step;
use crate::engine::live::{Handle, KeyOrItem, Query, Stage, from_script, strip_wrappers, to_value};
use crate::engine::query::{Aggregation, Callback, CallbackContext, Comparison};
use crate::engine::show::Formatter;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, Signature, to_script};
use crate::reflect::{CollectionEdit, Lookup, Removed, Shape, Step, TypeKind, Value};

/// A value on which a method is called.
struct Receiver<'a> {
    context: &'a CallContext,
    name: &'static str,
    kind: ReceiverKind<'a>,
}

#[derive(Clone, Copy)]
enum ReceiverKind<'a> {
    Handle(&'a Handle),
    Query(&'a Query),
}

/// A method for one number of arguments.
#[derive(Clone, Copy)]
struct MethodEntry {
    name: &'static str,
    arity: usize,
    run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult,
}

const fn method(
    name: &'static str,
    arity: usize,
    run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult,
) -> MethodEntry {
    MethodEntry { name, arity, run }
}

/// The methods of collections and queries.
const QUERY_METHODS: &[MethodEntry] = &[
    method("filter", 1, |on, args| on.then(Stage::Filter(on.function(args)?))),
    method("map", 1, |on, args| on.then(Stage::Map(on.function(args)?))),
    method("take", 1, |on, args| on.then(Stage::Take(on.count(args)?))),
    method("skip", 1, |on, args| on.then(Stage::Skip(on.count(args)?))),
    method("sort", 0, |on, _| on.then(Stage::Sort { by: None, descending: false })),
    method("sort_by", 1, |on, args| on.then(Stage::Sort { by: Some(on.function(args)?), descending: false })),
    method("group_by", 1, |on, args| Ok(on.items().group_by(&on.function(args)?)?.into())),
    method("count", 0, |on, _| on.items().count().map(number)),
    method("count", 1, |on, args| on.with(Stage::Filter(on.function(args)?)).count().map(number)),
    method("sum", 0, |on, _| on.items().sum()),
    method("sum", 1, |on, args| on.with(Stage::Map(on.function(args)?)).sum()),
    method("min", 0, |on, _| on.items().min_or_max(None, Ordering::Less)),
    method("min", 1, |on, args| on.with(Stage::Map(on.function(args)?)).min_or_max(None, Ordering::Less)),
    method("max", 0, |on, _| on.items().min_or_max(None, Ordering::Greater)),
    method("max", 1, |on, args| on.with(Stage::Map(on.function(args)?)).min_or_max(None, Ordering::Greater)),
    method("min_by", 1, |on, args| on.items().min_or_max(Some(&on.function(args)?), Ordering::Less)),
    method("max_by", 1, |on, args| on.items().min_or_max(Some(&on.function(args)?), Ordering::Greater)),
    method("find", 1, |on, args| Ok(on.items().find(&on.function(args)?)?.unwrap_or_else(to_script::none))),
    method("any", 1, |on, args| Ok(on.items().find(&on.function(args)?)?.is_some().into())),
    method("all", 1, |on, args| Ok(on.items().all(&on.function(args)?)?.into())),
    method("for_each", 1, |on, args| Ok(on.items().for_each(&on.function(args)?)?.into())),
    method("first", 0, |on, _| Ok(on.items().first()?.unwrap_or_else(to_script::none))),
    method("to_array", 0, |on, _| Ok(on.items().to_array()?.into())),
];

/// The methods that only queries have.
const QUERY_ONLY_METHODS: &[MethodEntry] = &[
    method("len", 0, |on, _| on.items().count().map(number)),
    method("is_empty", 0, |on, _| Ok(on.items().first()?.is_none().into())),
    method("contains", 1, |on, args| Ok(on.items().contains(&args[0])?.into())),
    method("reverse", 0, |on, _| on.query().reversed()?.into_script()),
    method("to_string", 0, |on, _| on.text()),
    method("to_debug", 0, |on, _| on.text()),
];

/// The methods that only live values have.
const HANDLE_METHODS: &[MethodEntry] = &[
    method("len", 0, |on, _| Ok(on.handle()?.len(&on.context.run)?.into())),
    method("is_empty", 0, |on, _| Ok((on.handle()?.len(&on.context.run)? == 0).into())),
    method("contains", 1, |on, args| on.contains(&args[0]).map(Dynamic::from)),
    method("keys", 0, |on, _| Ok(Dynamic::from(Query::live(on.handle()?.clone(), KeyOrItem::Key)))),
    method("values", 0, |on, _| Ok(Dynamic::from(Query::live(on.handle()?.clone(), KeyOrItem::Item)))),
    method("get", 1, |on, args| on.get(&args[0])),
    method("push", 1, |on, args| on.change(&CollectionEdit::Push(to_value(&args[0])?))),
    method("insert", 1, |on, args| on.change(&CollectionEdit::Push(to_value(&args[0])?))),
    method("insert", 2, |on, args| {
        on.change(&CollectionEdit::Insert(to_value(&args[0])?, to_value(&args[1])?))
    }),
    method("remove", 1, |on, args| on.change(&CollectionEdit::Remove(to_value(&args[0])?))),
    method("pop", 0, |on, _| on.change(&CollectionEdit::Pop)),
    method("truncate", 1, |on, args| on.change(&CollectionEdit::Truncate(on.count(args)?))),
    method("clear", 0, |on, _| on.change(&CollectionEdit::Clear)),
    method("update", 2, |on, args| on.update(&args[0], on.function(args)?)),
    method("snapshot", 0, |on, _| Ok(to_script(on.handle()?.snapshot(&on.context.run)?))),
    method("variant", 0, |on, _| on.variant()),
    method("to_string", 0, |on, _| on.text()),
    method("to_debug", 0, |on, _| on.text()),
];

/// The methods that the engine itself has for a script's arrays.
const ARRAY_METHODS: [&str; 7] = ["filter", "map", "find", "all", "for_each", "sort", "to_array"];

/// Returns whether live values have a method of the table with this name and number of arguments.
pub(crate) fn is_known(name: &str, arity: usize) -> bool {
    let mut methods = QUERY_METHODS.iter().chain(HANDLE_METHODS);
    methods.any(|method| method.name == name && method.arity == arity)
}

impl MethodEntry {
    /// Calls the method, or the method of the application that hides it.
    fn call(self, call: &NativeCallContext<'_>, kind: ReceiverKind<'_>, args: &[Dynamic]) -> EvalResult {
        let context = CallContext::of(call)?;
        match kind {
            ReceiverKind::Handle(handle)
                if context.program.symbols().has_method(self.name)
                    && handle.has_method(&context.run, self.name) =>
            {
                return super::namespace_bindings::call_method(call, handle, self.name, args);
            }
            _ => {}
        }
        (self.run)(&Receiver { context: &context, name: self.name, kind }, args)
    }
}

/// Adds all methods.
pub(crate) fn bind(module: &mut Module) {
    macro_rules! bind_methods {
        ($methods:expr, |$this:ident: $ty:ty| $kind:expr) => {
            for method in $methods.copied() {
                let (arity, name) = (method.arity, method.name);
                Signature { name, arity }.register_method(module, move |call, $this: &mut $ty, args| {
                    method.call(call, $kind, args)
                });
            }
        };
    }
    let for_arrays = QUERY_METHODS.iter().filter(|method| !ARRAY_METHODS.contains(&method.name));
    bind_methods!(QUERY_METHODS.iter().chain(HANDLE_METHODS), |this: Handle| ReceiverKind::Handle(this));
    bind_methods!(QUERY_METHODS.iter().chain(QUERY_ONLY_METHODS), |this: Query| ReceiverKind::Query(this));
    bind_methods!(for_arrays, |this: Array| ReceiverKind::Query(&Query::array(this.clone())));
    rhai::FuncRegistration::new_index_getter().set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Query, index: INT| -> EvalResult {
            let context = CallContext::of(&call)?;
            let item = usize::try_from(index).ok().map(|index| this.nth(&context, index)).transpose()?;
            item.flatten().ok_or_else(|| ScriptError::new(format!("there is no item {index}")).into())
        },
    );
}

fn number(count: usize) -> Dynamic {
    INT::try_from(count).unwrap_or(INT::MAX).into()
}

impl Receiver<'_> {
    fn query(&self) -> Query {
        match self.kind {
            ReceiverKind::Handle(handle) => Query::live(handle.clone(), KeyOrItem::Item),
            ReceiverKind::Query(query) => query.clone(),
        }
    }

    fn handle(&self) -> EvalResult<&Handle> {
        match self.kind {
            ReceiverKind::Handle(handle) => Ok(handle),
            ReceiverKind::Query(_) => {
                let message =
                    format!("cannot call `{}` on a query: it needs a value of the application", self.name);
                Err(ScriptError::new(message).into())
            }
        }
    }

    fn then(&self, stage: Stage) -> EvalResult {
        if let ReceiverKind::Handle(handle) = self.kind {
            // Checked here, and not when the query runs, for the position of the error.
            handle.len(&self.context.run)?;
        }
        self.query().then(stage).into_script()
    }

    fn items(&self) -> Aggregation<'_> {
        Aggregation::new(self.query(), self.context)
    }

    /// Returns the items that leave `stage`.
    fn with(&self, stage: Stage) -> Aggregation<'_> {
        Aggregation::new(self.query().then(stage), self.context)
    }

    /// Returns the last argument, which must be a function.
    fn function(&self, args: &[Dynamic]) -> EvalResult<FnPtr> {
        let function =
            args.last().and_then(|last| last.read_lock::<FnPtr>().map(|function| function.clone()));
        function.ok_or_else(|| {
            let help = format!("pass a closure: {}(|item| …)", self.name);
            ScriptError::new(format!("`{}` takes a function", self.name)).with_help(help).into()
        })
    }

    /// Returns the last argument, which must be a number of items.
    fn count(&self, args: &[Dynamic]) -> EvalResult<usize> {
        let count = args.last().and_then(|last| last.as_int().ok());
        count.and_then(|count| usize::try_from(count).ok()).ok_or_else(|| {
            ScriptError::new(format!("`{}` takes a number of items, 0 or more", self.name)).into()
        })
    }

    /// Returns whether the collection contains `item`: a map as a key, a list or set as an item.
    fn contains(&self, item: &Dynamic) -> EvalResult<bool> {
        let handle = self.handle()?;
        let info = handle.read(&self.context.run, |found| found.reflect().info())?;
        match strip_wrappers(info).kind {
            TypeKind::Map(key, _) => Comparison(self.context).check_possible("a key", key(), item)?,
            TypeKind::Set(inner) | TypeKind::List(inner) => {
                Comparison(self.context).check_possible("an item", inner(), item)?;
            }
            _ => {}
        }
        let key = from_script::key(&self.context.run, item)?;
        let known = handle.read(&self.context.run, |found| match found.reflect().into_shape() {
            Shape::Map(map) => Some(map.get(&key).is_some()),
            Shape::Set(set) if set.has_lookup() => Some(set.contains(&key)),
            _ => None,
        });
        match known? {
            Some(known) => Ok(known),
            None => self.items().contains(item),
        }
    }

    /// Returns the item at a position or under a key, or `None`.
    fn get(&self, key: &Dynamic) -> EvalResult {
        let handle = self.handle()?;
        // Fails if it is not a collection.
        handle.len(&self.context.run)?;
        let item = handle.join(step(key)?);
        if item.is_missing(&self.context.run) {
            Ok(to_script::none())
        } else {
            item.get(&self.context.run).map_err(Into::into)
        }
    }

    fn change(&self, change: &CollectionEdit<'_>) -> EvalResult {
        Ok(match self.handle()?.change(&self.context.run, change)? {
            Removed::Nothing => Dynamic::UNIT,
            Removed::Missing => to_script::none(),
            Removed::Item(item) => to_script(item),
        })
    }

    /// Updates a field: `update(gizmo, "count", |v| v + 1)`. Reads, computes without a lock, and writes if the value is
    /// still the same; otherwise tries again.
    fn update(&self, field: &Dynamic, function: FnPtr) -> EvalResult {
        const MAX_TRIES: usize = 64;
        let step = match field.read_lock::<ImmutableString>() {
            Some(name) => Step::Name(name.to_string().into()),
            None => step(field)?,
        };
        let target = self.handle()?.join(step);
        let callback = Callback::new(&CallbackContext::new(self.context)?, function, 1);
        for _ in 0..MAX_TRIES {
            let before = target.classify(&self.context.run)?;
            let (before, given) = match before {
                Lookup::Leaf(value) => (value.clone(), to_script(value)),
                Lookup::None => (Value::Unit, to_script::none()),
                Lookup::Composite => {
                    let message = format!("cannot update {}: it is not a single value", target.location());
                    let help = "update one of its fields, or assign a new value";
                    return Err(ScriptError::new(message).with_help(help).into());
                }
            };
            let new = callback.call(&mut [given])?;
            if target.replace(&self.context.run, &to_value(&new)?, &before)? {
                return Ok(new);
            }
        }
        let message =
            format!("cannot update {}: the application changed it {MAX_TRIES} times", target.location());
        Err(ScriptError::new(message).with_help("try again, or use a faster function").into())
    }

    /// Returns the name of an enum value's variant.
    fn variant(&self) -> EvalResult {
        let handle = self.handle()?;
        match handle.variant(&self.context.run)? {
            Some(name) => Ok(name.into()),
            None => Err(ScriptError::new(format!("{} is not an enum", handle.location())).into()),
        }
    }

    fn text(&self) -> EvalResult {
        let this = match self.kind {
            ReceiverKind::Handle(handle) => Dynamic::from(handle.clone()),
            ReceiverKind::Query(query) => Dynamic::from(query.clone()),
        };
        Ok(Formatter::new(self.context).text(&this)?.into())
    }
}
