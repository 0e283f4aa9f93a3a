//! The functions of live values: `gizmo.items.filter(|x| x.id > 3)`, `gizmo.items.push(…)`, `len`, `keys`.
//!
//! All of them stand in one table. A method of the application goes before a function of the table that is called like it.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, Module, NativeCallContext};

use super::namespace_bindings::step;
use crate::engine::live::{Handle, KeyOrItem, Query, Stage, SymbolTable, from_script, to_value};
use crate::engine::query::{Aggregation, Callback, CallbackContext, mapped};
use crate::engine::show::format_result;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, by_arity, register, to_script};
use crate::reflect::{CollectionEdit, Lookup, Removed, Shape, Step, Value};

/// What a function is called on.
struct Receiver<'a> {
    context: &'a CallContext,
    name: &'static str,
    on: ReceiverKind<'a>,
}

enum ReceiverKind<'a> {
    Handle(&'a Handle),
    Query(&'a Query),
}

/// One function.
struct MethodEntry {
    name: &'static str,
    arity: usize,
    run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult,
}

impl MethodEntry {
    const fn new(name: &'static str, arity: usize, run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult) -> Self {
        Self { name, arity, run }
    }
}

/// What collections and queries are asked with.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method is not general enough in its lifetimes"
)]
const QUERY_METHODS: &[MethodEntry] = &[
    MethodEntry::new("filter", 1, |on, args| on.then(Stage::Filter(on.function(args)?))),
    MethodEntry::new("map", 1, |on, args| on.then(Stage::Map(on.function(args)?))),
    MethodEntry::new("take", 1, |on, args| on.then(Stage::Take(on.count(args)?))),
    MethodEntry::new("skip", 1, |on, args| on.then(Stage::Skip(on.count(args)?))),
    MethodEntry::new("sort", 0, |on, _| on.then(Stage::Sort { by: None, descending: false })),
    MethodEntry::new("sort_by", 1, |on, args| {
        on.then(Stage::Sort { by: Some(on.function(args)?), descending: false })
    }),
    MethodEntry::new("group_by", 1, |on, args| {
        let by = on.function(args)?;
        on.gather(|gather| gather.groups(&by).map(Dynamic::from))
    }),
    MethodEntry::new("count", 0, |on, _| on.gather(|gather| gather.count().map(number))),
    MethodEntry::new("count", 1, |on, args| {
        let query = on.query().then(Stage::Filter(on.function(args)?));
        Aggregation { query: &query, context: on.context }.count().map(number)
    }),
    MethodEntry::new("sum", 0, |on, _| on.gather(|gather| gather.sum())),
    MethodEntry::new("sum", 1, |on, args| on.of_each(args, |gather| gather.sum())),
    MethodEntry::new("min", 0, |on, _| on.gather(|gather| gather.extreme(None, Ordering::Less))),
    MethodEntry::new("min", 1, |on, args| on.of_each(args, |gather| gather.extreme(None, Ordering::Less))),
    MethodEntry::new("max", 0, |on, _| on.gather(|gather| gather.extreme(None, Ordering::Greater))),
    MethodEntry::new("max", 1, |on, args| on.of_each(args, |gather| gather.extreme(None, Ordering::Greater))),
    MethodEntry::new("min_by", 1, |on, args| {
        let by = on.function(args)?;
        on.gather(|gather| gather.extreme(Some(&by), Ordering::Less))
    }),
    MethodEntry::new("max_by", 1, |on, args| {
        let by = on.function(args)?;
        on.gather(|gather| gather.extreme(Some(&by), Ordering::Greater))
    }),
    MethodEntry::new("find", 1, |on, args| {
        let test = on.function(args)?;
        on.gather(|gather| gather.find(&test))
    }),
    MethodEntry::new("any", 1, |on, args| {
        let test = on.function(args)?;
        on.gather(|gather| gather.says(&test, true).map(Dynamic::from))
    }),
    MethodEntry::new("all", 1, |on, args| {
        let test = on.function(args)?;
        on.gather(|gather| gather.says(&test, false).map(|found| Dynamic::from(!found)))
    }),
    MethodEntry::new("for_each", 1, |on, args| {
        let function = on.function(args)?;
        on.gather(|gather| gather.for_each(&function).map(|()| Dynamic::UNIT))
    }),
    MethodEntry::new("first", 0, |on, _| {
        on.gather(|gather| Ok(gather.query.nth(on.context, 0)?.unwrap_or_else(to_script::none)))
    }),
    MethodEntry::new("to_array", 0, |on, _| on.gather(|gather| gather.array().map(Dynamic::from))),
];

/// What else a query can be asked.
const QUERY_ONLY_METHODS: &[MethodEntry] = &[
    MethodEntry::new("len", 0, |on, _| on.gather(|gather| gather.count().map(number))),
    MethodEntry::new("is_empty", 0, |on, _| {
        on.gather(|gather| Ok(gather.query.nth(on.context, 0)?.is_none().into()))
    }),
    MethodEntry::new("contains", 1, |on, args| {
        on.gather(|gather| gather.contains(&args[0]).map(Dynamic::from))
    }),
    MethodEntry::new("reverse", 0, |on, _| on.query().reversed()?.into_script()),
    MethodEntry::new("to_string", 0, |on, _| on.text()),
    MethodEntry::new("to_debug", 0, |on, _| on.text()),
];

/// What else a live value can be asked, and what changes which items it has.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method is not general enough in its lifetimes"
)]
const HANDLE_METHODS: &[MethodEntry] = &[
    MethodEntry::new("len", 0, |on, _| {
        on.handle()?.len(&on.context.run).map(Dynamic::from).map_err(Into::into)
    }),
    MethodEntry::new("is_empty", 0, |on, _| {
        on.handle()?.len(&on.context.run).map(|len| (len == 0).into()).map_err(Into::into)
    }),
    MethodEntry::new("contains", 1, |on, args| on.contains(&args[0]).map(Dynamic::from)),
    MethodEntry::new("keys", 0, |on, _| Ok(Dynamic::from(Query::live(on.handle()?.clone(), KeyOrItem::Key)))),
    MethodEntry::new("values", 0, |on, _| {
        Ok(Dynamic::from(Query::live(on.handle()?.clone(), KeyOrItem::Item)))
    }),
    MethodEntry::new("get", 1, |on, args| on.get(&args[0])),
    MethodEntry::new("push", 1, |on, args| on.change(&CollectionEdit::Push(value(&args[0])?))),
    MethodEntry::new("insert", 1, |on, args| on.change(&CollectionEdit::Push(value(&args[0])?))),
    MethodEntry::new("insert", 2, |on, args| {
        on.change(&CollectionEdit::Insert(value(&args[0])?, value(&args[1])?))
    }),
    MethodEntry::new("remove", 1, |on, args| on.change(&CollectionEdit::Remove(value(&args[0])?))),
    MethodEntry::new("pop", 0, |on, _| on.change(&CollectionEdit::Pop)),
    MethodEntry::new("truncate", 1, |on, args| on.change(&CollectionEdit::Truncate(on.count(args)?))),
    MethodEntry::new("clear", 0, |on, _| on.change(&CollectionEdit::Clear)),
    MethodEntry::new("update", 2, |on, args| on.update(args)),
    MethodEntry::new("snapshot", 0, |on, _| on.snapshot()),
    MethodEntry::new("variant", 0, |on, _| on.variant()),
    MethodEntry::new("to_string", 0, |on, _| on.text()),
    MethodEntry::new("to_debug", 0, |on, _| on.text()),
];

/// Whether a function of the table has that name and number of arguments.
pub(crate) fn is_known(name: &str, arity: usize) -> bool {
    QUERY_METHODS
        .iter()
        .chain(HANDLE_METHODS)
        .any(|function| function.name == name && function.arity == arity)
}

/// Adds all functions; `symbols` tells which of them types of the application have too.
pub(crate) fn bind(module: &mut Module, symbols: &SymbolTable) {
    for function in QUERY_METHODS.iter().chain(HANDLE_METHODS) {
        let MethodEntry { name, arity, run } = *function;
        let shared = symbols.has_method(name);
        by_arity!(
            arity,
            [this: &mut Handle],
            |call, args| {
                let context = CallContext::of(call)?;
                if shared && this.has_method(&context.run, name) {
                    return super::namespace_bindings::call_method(call, this, name, args);
                }
                let subject = Receiver { context: &context, name, on: ReceiverKind::Handle(this) };
                placed(call, run(&subject, args))
            },
            &mut *module,
            name
        );
    }
    for function in QUERY_METHODS.iter().chain(QUERY_ONLY_METHODS) {
        let MethodEntry { name, arity, run } = *function;
        by_arity!(
            arity,
            [this: &mut Query],
            |call, args| {
                let context = CallContext::of(call)?;
                let subject = Receiver { context: &context, name, on: ReceiverKind::Query(this) };
                placed(call, run(&subject, args))
            },
            &mut *module,
            name
        );
    }
    bind_arrays(module);
    rhai::FuncRegistration::new_index_getter().set_into_module(
        module,
        |call: NativeCallContext<'_>, this: &mut Query, index: INT| {
            let context = CallContext::of(&call)?;
            let item = usize::try_from(index).ok().map(|index| this.nth(&context, index)).transpose();
            let missing = || ScriptError::new(format!("there is no item {index}")).into();
            placed(&call, item.and_then(|item| item.flatten().ok_or_else(missing)))
        },
    );
}

/// What a script's own arrays lack of the questions.
fn bind_arrays(module: &mut Module) {
    const OWN: [&str; 7] = ["filter", "map", "find", "all", "for_each", "sort", "to_array"];
    for function in QUERY_METHODS.iter().filter(|function| !OWN.contains(&function.name)) {
        let MethodEntry { name, arity, run } = *function;
        by_arity!(
            arity,
            [this: &mut Array],
            |call, args| {
                let context = CallContext::of(call)?;
                let query = Query::array(this.clone());
                let subject = Receiver { context: &context, name, on: ReceiverKind::Query(&query) };
                placed(call, run(&subject, args))
            },
            &mut *module,
            name
        );
    }
}

/// An error without a place happened where the function was called.
fn placed<T>(call: &NativeCallContext<'_>, outcome: EvalResult<T>) -> EvalResult<T> {
    outcome.map_err(|mut error| {
        if error.position().is_none() {
            error.set_position(call.call_position());
        }
        error
    })
}

fn number(count: usize) -> Dynamic {
    INT::try_from(count).unwrap_or(INT::MAX).into()
}

fn value(given: &Dynamic) -> EvalResult<Value<'static>> {
    to_value(given).map_err(Into::into)
}

impl Receiver<'_> {
    fn query(&self) -> Query {
        match self.on {
            ReceiverKind::Handle(handle) => Query::live(handle.clone(), KeyOrItem::Item),
            ReceiverKind::Query(query) => query.clone(),
        }
    }

    fn handle(&self) -> EvalResult<&Handle> {
        match self.on {
            ReceiverKind::Handle(handle) => Ok(handle),
            ReceiverKind::Query(_) => {
                Err(ScriptError::new(format!("`{}` is for what belongs to the program", self.name)).into())
            }
        }
    }

    fn then(&self, stage: Stage) -> EvalResult {
        if let ReceiverKind::Handle(handle) = self.on {
            // Here and not when it runs: the place of the mistake is here.
            handle.len(&self.context.run)?;
        }
        self.query().then(stage).into_script()
    }

    fn gather<T>(&self, ask: impl FnOnce(&Aggregation<'_>) -> EvalResult<T>) -> EvalResult<T> {
        ask(&Aggregation { query: &self.query(), context: self.context })
    }

    /// Asks about what a function gives for each item.
    fn of_each<T>(
        &self,
        args: &[Dynamic],
        ask: impl FnOnce(&Aggregation<'_>) -> EvalResult<T>,
    ) -> EvalResult<T> {
        let query = mapped(&self.query(), Some(&self.function(args)?));
        ask(&Aggregation { query: &query, context: self.context })
    }

    /// The function that was given as the last argument.
    fn function(&self, args: &[Dynamic]) -> EvalResult<FnPtr> {
        let function =
            args.last().and_then(|last| last.read_lock::<FnPtr>().map(|function| function.clone()));
        function.ok_or_else(|| {
            ScriptError::new(format!("`{}` takes a function", self.name))
                .with_help(format!("{}(|x| …)", self.name))
                .into()
        })
    }

    /// The number that was given as the last argument.
    fn count(&self, args: &[Dynamic]) -> EvalResult<usize> {
        let count = args.last().and_then(|last| last.as_int().ok());
        count.and_then(|count| usize::try_from(count).ok()).ok_or_else(|| {
            ScriptError::new(format!("`{}` takes a number of items, 0 or more", self.name)).into()
        })
    }

    /// Whether the collection contains `item`: a map as a key, a list or set as an item.
    fn contains(&self, item: &Dynamic) -> EvalResult<bool> {
        let handle = self.handle()?;
        let wanted = from_script::key(&self.context.run, item)?;
        let known = handle.read(&self.context.run, |found| match found.reflect().into_shape() {
            Shape::Map(map) => Some(map.get(&wanted).is_some()),
            Shape::Set(set) => Some(set.contains(&wanted)),
            _ => None,
        });
        match known? {
            Some(known) => Ok(known),
            None => self.gather(|gather| gather.contains(item)),
        }
    }

    /// The item at a position or under a key, or nothing.
    fn get(&self, key: &Dynamic) -> EvalResult {
        let handle = self.handle()?;
        // What is no collection is an error all the same.
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

    /// `update(gizmo, "count", |v| v + 1)`: reads, computes without a lock, and writes only if nobody else has written
    /// meanwhile; otherwise again.
    fn update(&self, args: &[Dynamic]) -> EvalResult {
        const TRIES: usize = 64;
        let function = self.function(args)?;
        let step = match args[0].read_lock::<ImmutableString>() {
            Some(name) => Step::Name(name.to_string().into()),
            None => step(&args[0])?,
        };
        let target = self.handle()?.join(step);
        let callback = Callback::new(&CallbackContext::new(self.context)?, function, 1);
        for _ in 0..TRIES {
            let before = target.classify(&self.context.run)?;
            let (before, given) = match before {
                Lookup::Leaf(value) => (value.clone(), to_script(value)),
                Lookup::None => (Value::Unit, to_script::none()),
                Lookup::Composite => {
                    let message = format!("{} is not one value", target.location());
                    let help = "update one value in it, or assign a whole one";
                    return Err(ScriptError::new(message).with_help(help).into());
                }
            };
            let new = callback.call(&mut [given])?;
            if target.replace(&self.context.run, &value(&new)?, &before)? {
                return Ok(new);
            }
        }
        let message = format!("{} changed {TRIES} times while it was to be updated", target.location());
        Err(ScriptError::new(message).with_help("try again, or with a quicker function").into())
    }

    fn snapshot(&self) -> EvalResult {
        self.handle()?.snapshot(&self.context.run).map(to_script).map_err(Into::into)
    }

    /// The name of an enum value's variant.
    fn variant(&self) -> EvalResult {
        let handle = self.handle()?;
        match handle.variant(&self.context.run)? {
            Some(name) => Ok(name.into()),
            None => Err(ScriptError::new(format!("{} is no enum", handle.location())).into()),
        }
    }

    fn text(&self) -> EvalResult {
        let this = match self.on {
            ReceiverKind::Handle(handle) => Dynamic::from(handle.clone()),
            ReceiverKind::Query(query) => Dynamic::from(query.clone()),
        };
        let shown = format_result::show(&this, self.context, self.context.run.limits.preview_limits())?;
        Ok(shown.unwrap_or_default().into())
    }
}

/// Comparing live values: with one another they are the same if they are the same place, and an enum value is the same as the
/// name of its variant.
pub(crate) fn bind_comparisons(module: &mut Module) {
    fn is_variant(call: &NativeCallContext<'_>, handle: &Handle, name: &str) -> EvalResult<bool> {
        let context = CallContext::of(call)?;
        let variant = handle.variant(&context.run)?;
        Ok(variant == Some(name))
    }
    for (symbol, equal) in [("==", true), ("!=", false)] {
        register(module, symbol, move |a: Handle, b: Handle| a.is_same_place(&b) == equal);
        register(
            module,
            symbol,
            move |call: NativeCallContext<'_>, a: Handle, b: ImmutableString| -> EvalResult<bool> {
                Ok(is_variant(&call, &a, &b)? == equal)
            },
        );
        register(
            module,
            symbol,
            move |call: NativeCallContext<'_>, a: ImmutableString, b: Handle| -> EvalResult<bool> {
                Ok(is_variant(&call, &b, &a)? == equal)
            },
        );
    }
}
