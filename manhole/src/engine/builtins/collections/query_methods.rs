//! The methods that all collections share.

use std::any::TypeId;
use std::cmp::Ordering;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{
    Array, Dynamic, EvalAltResult, FLOAT, FnPtr, FuncRegistration, INT, ImmutableString, Map, Module,
    NativeCallContext, Position,
};

use super::list_methods::{self, SetOperation};
use super::option_methods;
use super::receiver::{MethodEntry, Receiver, call_method, item, method, number, slice};
use crate::engine::live::{Handle, Query, SortKey, Source, Stage, strip_wrappers};
use crate::engine::query::CallbackContext;
use crate::engine::query::Parameters;
use crate::engine::show::Formatter;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, RustValue, ScriptError, Signature, register, to_script};
use crate::reflect::{MAX_COLLECTION_ITEMS, Step, TypeKind};

type Call<'a> = NativeCallContext<'a>;

/// The methods of all collections.
pub(super) const METHODS: &[MethodEntry] = &[
    method("filter", 1, |on, args| on.then(Stage::Filter(on.function(args)?))),
    method("map", 1, |on, args| on.map(on.function(args)?)),
    method("filter_map", 1, |on, args| on.then(Stage::FilterMap(on.function(args)?))),
    method("flat_map", 1, |on, args| on.then(Stage::Flatten(Some(on.function(args)?)))),
    method("flatten", 0, |on, _| on.then(Stage::Flatten(None))),
    method("take", 1, |on, args| on.then(Stage::Take(on.count(args, 0)?))),
    method("skip", 1, |on, args| on.then(Stage::Skip(on.count(args, 0)?))),
    method("step_by", 1, |on, args| on.then(Stage::StepBy(on.count(args, 1)?))),
    method("take_while", 1, |on, args| on.then(Stage::TakeWhile(on.function(args)?))),
    method("skip_while", 1, |on, args| on.then(Stage::SkipWhile(on.function(args)?))),
    method("inspect", 1, |on, args| on.then(Stage::Inspect(on.function(args)?))),
    method("sort", 0, |on, _| on.then(Stage::Sort { by: SortKey::Item, descending: false })),
    method("sort_by", 1, |on, args| on.then(Stage::Sort { by: on.sort_key(args)?, descending: false })),
    method("sort_by_key", 1, |on, args| {
        on.then(Stage::Sort { by: SortKey::By(on.function(args)?), descending: false })
    }),
    method("rev", 0, |on, _| on.then(Stage::Reverse)),
    method("reverse", 0, |on, _| on.then(Stage::Reverse)),
    method("keys", 0, |on, _| on.then(Stage::Keys)),
    method("values", 0, |on, _| on.then(Stage::Values)),
    method("enumerate", 0, |on, _| on.then(Stage::Enumerate)),
    method("zip", 1, |on, args| on.then(Stage::Zip(Arc::new(on.other(args)?)))),
    method("chain", 1, |on, args| on.then(Stage::Chain(Arc::new(on.other(args)?)))),
    method("chunks", 1, |on, args| on.then(Stage::Chunks(on.count(args, 1)?))),
    method("windows", 1, |on, args| on.then(Stage::Windows(on.count(args, 1)?))),
    method("dedup", 0, |on, _| on.then(Stage::Dedup(None))),
    method("dedup_by_key", 1, |on, args| on.then(Stage::Dedup(Some(on.function(args)?)))),
    method("unique", 0, |on, _| on.then(Stage::Unique(None))),
    method("unique_by", 1, |on, args| on.then(Stage::Unique(Some(on.function(args)?)))),
    method("group_by", 1, |on, args| on.items().group_by(&on.function(args)?)),
    method("partition", 1, |on, args| on.items().partition(&on.function(args)?)),
    method("count", 0, |on, _| on.items().count().map(number)),
    method("count", 1, |on, args| on.with(Stage::Filter(on.function(args)?)).count().map(number)),
    method("sum", 0, |on, _| on.items().sum()),
    method("sum", 1, |on, args| on.with(Stage::Map(on.function(args)?)).sum()),
    method("product", 0, |on, _| on.items().product()),
    method("product", 1, |on, args| on.with(Stage::Map(on.function(args)?)).product()),
    method("avg", 0, |on, _| on.items().average()),
    method("avg", 1, |on, args| on.with(Stage::Map(on.function(args)?)).average()),
    method("min", 0, |on, _| Ok(item(on.items().min_or_max(None, Ordering::Less)?))),
    method("min", 1, |on, args| {
        Ok(item(on.with(Stage::Map(on.function(args)?)).min_or_max(None, Ordering::Less)?))
    }),
    method("max", 0, |on, _| Ok(item(on.items().min_or_max(None, Ordering::Greater)?))),
    method("max", 1, |on, args| {
        Ok(item(on.with(Stage::Map(on.function(args)?)).min_or_max(None, Ordering::Greater)?))
    }),
    method("min_by", 1, |on, args| on.extreme_by(args, Ordering::Less)),
    method("max_by", 1, |on, args| on.extreme_by(args, Ordering::Greater)),
    method("min_by_key", 1, |on, args| {
        Ok(item(on.items().min_or_max(Some(&on.function(args)?), Ordering::Less)?))
    }),
    method("max_by_key", 1, |on, args| {
        Ok(item(on.items().min_or_max(Some(&on.function(args)?), Ordering::Greater)?))
    }),
    method("find", 1, |on, args| Ok(item(on.items().find(&on.function(args)?)?))),
    method("find_map", 1, |on, args| {
        Ok(on.items().find_map(&on.function(args)?)?.map_or_else(to_script::none, to_script::some))
    }),
    method("position", 1, |on, args| {
        let found = on.items().find_position(&on.function(args)?)?;
        Ok(found.map_or_else(to_script::none, |(position, _)| number(position)))
    }),
    method("any", 1, |on, args| Ok(on.items().any(&on.function(args)?)?.into())),
    method("some", 1, |on, args| Ok(on.items().any(&on.function(args)?)?.into())),
    method("all", 1, |on, args| Ok(on.items().all(&on.function(args)?)?.into())),
    method("for_each", 1, |on, args| Ok(on.items().for_each(&on.function(args)?)?.into())),
    method("peek", 0, list_methods::peek),
    method("into_sorted_vec", 0, |on, _| on.then(Stage::Sort { by: SortKey::Item, descending: false })),
    method("get_index", 1, |on, args| Ok(item(on.items().nth(on.index(args)?)?))),
    method("starts_with", 1, |on, args| list_methods::has_end(on, args, Ordering::Less)),
    method("ends_with", 1, |on, args| list_methods::has_end(on, args, Ordering::Greater)),
    method("first", 0, |on, _| Ok(item(on.items().nth(0)?))),
    method("last", 0, |on, _| Ok(item(on.items().nth(-1)?))),
    method("nth", 1, |on, args| Ok(item(on.items().nth(on.index(args)?)?))),
    method("fold", 2, |on, args| {
        let folded = on.items().fold(args.first().cloned(), &on.function(args)?)?;
        Ok(folded.unwrap_or_else(to_script::none))
    }),
    method("reduce", 1, |on, args| {
        Ok(on.items().fold(None, &on.function(args)?)?.map_or_else(to_script::none, to_script::some))
    }),
    method("join", 0, |on, _| join(on, "")),
    method("join", 1, |on, args| {
        let separator = args[0].clone().into_immutable_string();
        let separator =
            separator.or_else(|_| args[0].as_char().map(|char| ImmutableString::from(char.to_string())));
        match separator {
            Ok(separator) => join(on, &separator),
            Err(_) => Err(ScriptError::new("`join` takes a string to put between the items").into()),
        }
    }),
    method("contains", 1, |on, args| Ok(on.contains(&args[0])?.into())),
    method("contains_key", 1, |on, args| Ok(on.find_key(&args[0])?.is_some().into())),
    method("get", 1, |on, args| on.get(&args[0])),
    method("len", 0, |on, _| on.items().count().map(number)),
    method("is_empty", 0, |on, _| Ok(on.items().nth(0)?.is_none().into())),
    method("retain", 1, |_, _| {
        let help = "call it on the list, map or set itself";
        Err(ScriptError::new("cannot remove items of a query").with_help(help).into())
    }),
    method("scan", 2, |on, args| Ok(on.items().scan(args[0].clone(), &on.function(args)?)?.into())),
    method("cycle", 0, |on, _| list_methods::cycle(on)),
    method("rchunks", 1, list_methods::rchunks),
    method("binary_search", 1, list_methods::binary_search),
    method("binary_search_by_key", 2, |on, args| {
        let keys = Receiver::of_script(on.context, on.name, &on.then(Stage::Map(on.function(args)?))?);
        keys.map_or_else(|| Ok(to_script::none()), |keys| list_methods::binary_search(&keys, args))
    }),
    method("partition_point", 1, list_methods::partition_point),
    method("map_while", 1, |on, args| Ok(on.items().map_while(&on.function(args)?)?.into())),
    method("try_fold", 2, |on, args| {
        let folded = on.items().fold(args.first().cloned(), &on.function(args)?)?;
        Ok(folded.map_or_else(to_script::none, to_script::some))
    }),
    method("concat", 0, |on, _| list_methods::concat(on)),
    method("chunk_by", 1, list_methods::chunk_by),
    method("chunks_exact", 1, list_methods::chunks_exact),
    method("rposition", 1, list_methods::rposition),
    method("split_at", 1, list_methods::split_at),
    method("split_first", 0, |on, _| list_methods::split_end(on, Ordering::Less)),
    method("split_last", 0, |on, _| list_methods::split_end(on, Ordering::Greater)),
    method("is_sorted", 0, |on, _| list_methods::is_sorted(&on.items(), on.context)),
    method("is_sorted_by_key", 1, |on, args| {
        list_methods::is_sorted(&on.with(Stage::Map(on.function(args)?)), on.context)
    }),
    method("range", 1, list_methods::range),
    method("union", 1, |on, args| list_methods::combine(on, args, SetOperation::Union)),
    method("intersection", 1, |on, args| list_methods::combine(on, args, SetOperation::Intersection)),
    method("difference", 1, |on, args| list_methods::combine(on, args, SetOperation::Difference)),
    method("symmetric_difference", 1, |on, args| {
        list_methods::combine(on, args, SetOperation::SymmetricDifference)
    }),
    method("is_subset", 1, |on, args| list_methods::compare_sets(on, args, Ordering::Less)),
    method("is_superset", 1, |on, args| list_methods::compare_sets(on, args, Ordering::Greater)),
    method("is_disjoint", 1, |on, args| list_methods::compare_sets(on, args, Ordering::Equal)),
    method("unzip", 0, |on, _| unzip(on)),
    method("to_array", 0, |on, _| Ok(on.items().to_array()?.into())),
    method("collect", 0, |on, _| on.itself()),
    method("iter", 0, |on, _| on.itself()),
    method("iter_mut", 0, |on, _| on.itself()),
    method("into_iter", 0, |on, _| on.itself()),
    method("cloned", 0, |on, _| on.itself()),
    method("copied", 0, |on, _| on.itself()),
    method("to_vec", 0, |on, _| on.itself()),
];

/// The methods that the script language has for its arrays or maps with a function as the argument. Its own have these types, and
/// it prefers them to one for all types.
const LANGUAGE_METHODS: &[&str] = &["filter", "map", "find", "find_map", "some", "all", "reduce"];

/// The methods that single values have too, with one argument: `min(1, 2)`, and `map` of an option.
const SINGLE_VALUE_METHODS: &[&str] = &["min", "max", "map"];

/// The types of collections.
fn collection_types() -> [TypeId; 8] {
    [
        TypeId::of::<Handle>(),
        TypeId::of::<Query>(),
        TypeId::of::<Array>(),
        TypeId::of::<Map>(),
        TypeId::of::<RustValue>(),
        TypeId::of::<rhai::Blob>(),
        TypeId::of::<Range<INT>>(),
        TypeId::of::<RangeInclusive<INT>>(),
    ]
}

fn join(on: &Receiver<'_>, separator: &str) -> EvalResult {
    let text = |value: &Dynamic| match value.read_lock::<ImmutableString>() {
        Some(text) => Ok(text.to_string()),
        None if value.is_char() => Ok(value.to_string()),
        None => Formatter::new(on.context).text(value),
    };
    Ok(on.items().join(separator, &text)?.into())
}

impl MethodEntry {
    /// Calls the method, or the method of the application that hides it.
    fn call(self, call: &Call<'_>, this: &Dynamic, args: &[Dynamic]) -> EvalResult {
        let context = CallContext::of(call)?;
        if let Some(handle) = this.read_lock::<Handle>().map(|handle| handle.clone()) {
            if option_methods::is_option(this, self.name) && !self.is_own(&context, &handle) {
                if let Some(result) = option_methods::call(call, self, (this, args)) {
                    return result;
                }
            }
            return self.call_live(call, &handle, args);
        }
        let receiver = match Receiver::of_script(&context, self.name, this) {
            Some(_) if option_methods::is_option(this, self.name) => None,
            receiver => receiver,
        };
        match receiver {
            Some(receiver) => (self.run)(&receiver, args),
            None => option_methods::call(call, self, (this, args))
                .unwrap_or_else(|| Err(self.not_found(call, this, args))),
        }
    }

    /// Returns whether the value has a method of the application with this name.
    fn is_own(self, context: &CallContext, handle: &Handle) -> bool {
        // Below a trait object only a read finds the methods.
        let may_be_own = context.program().symbols().has_method(self.name) || handle.static_type().is_none();
        may_be_own && handle.has_method(&context.run, self.name)
    }

    /// Calls the method of a live value.
    pub(super) fn call_live(self, call: &Call<'_>, handle: &Handle, args: &[Dynamic]) -> EvalResult {
        let context = CallContext::of(call)?;
        if self.is_own(&context, handle) {
            return call_method(call, handle, self.name, args);
        }
        if self.name == "is_empty" && is_field(&context, handle, "len") {
            let len = handle.join(Step::Name("len".into())).get(&context.run)?;
            return Ok((len.as_int() == Ok(0)).into());
        }
        if self.arity == 0 && self.name != "value" && is_field(&context, handle, self.name) {
            return Ok(handle.join(Step::Name(self.name.into())).get(&context.run)?);
        }
        if let Some(range) = handle.range(&context.run)? {
            let method = METHODS.iter().find(|method| (method.name, method.arity) == (self.name, self.arity));
            let receiver = Receiver::of_script(&context, self.name, &range);
            if let (Some(method), Some(receiver)) = (method, receiver) {
                return (method.run)(&receiver, args);
            }
        }
        (self.run)(&Receiver::live(&context, self.name, handle), args)
    }

    /// Returns the engine's error for a method that a value does not have.
    fn not_found(self, call: &Call<'_>, this: &Dynamic, args: &[Dynamic]) -> Box<EvalAltResult> {
        let types =
            std::iter::once(this).chain(args).map(|value| call.engine().map_type_name(value.type_name()));
        let types: Vec<_> = types.collect();
        EvalAltResult::ErrorFunctionNotFound(format!("{} ({})", self.name, types.join(", ")), Position::NONE)
            .into()
    }
}

/// Returns whether the value is no collection, but has a field called `name`: the `len` of a channel.
fn is_field(context: &CallContext, handle: &Handle, name: &str) -> bool {
    context.program().symbols().fields.contains(name)
        && handle.static_type().is_some_and(|info| {
            let info = strip_wrappers(info);
            matches!(info.kind, TypeKind::Struct(..)) && info.fields().iter().any(|field| field.name == name)
        })
}

/// Returns two lists: of the first parts of pairs, and of the second ones.
fn unzip(on: &Receiver<'_>) -> EvalResult {
    let (mut firsts, mut seconds) = (Array::new(), Array::new());
    for (position, item) in on.items().to_items()?.iter().enumerate() {
        if item.is_single() && item.pair(&on.context.run)?.is_none() {
            return Err(ScriptError::new("cannot unzip the items: they are no pairs").into());
        }
        let [first, second] = item.parts(position, &on.context.run)?;
        firsts.push(first);
        seconds.push(second);
    }
    Ok(Dynamic::from_array(vec![firsts.into(), seconds.into()]))
}

/// Adds the methods, as one function each.
pub(super) fn bind(module: &mut Module) {
    bind_ranges(module);
    for method in METHODS.iter().copied() {
        let signature = Signature { name: method.name, arity: method.arity };
        let run = move |call: &Call<'_>, this: &mut Dynamic, args: &[Dynamic]| method.call(call, this, args);
        let is_single = method.arity == 1 && SINGLE_VALUE_METHODS.contains(&method.name);
        if !is_single {
            signature.register_method_of_any(module, run);
        }
        if is_single || method.arity == 1 && LANGUAGE_METHODS.contains(&method.name) {
            for collection in collection_types() {
                signature.register_method_for(module, &[collection, TypeId::of::<FnPtr>()], run);
            }
        }
    }
    FuncRegistration::new_index_getter().set_into_module(
        module,
        |call: Call<'_>, this: &mut Query, key: Dynamic| -> EvalResult {
            let context = CallContext::of(&call)?;
            let receiver = Receiver::of_script(&context, "[]", &Dynamic::from(this.clone()));
            receiver.map_or_else(|| Ok(to_script::none()), |receiver| item_at(&receiver, &key))
        },
    );
    for name in ["to_string", "to_debug"] {
        register(module, name, |call: Call<'_>, this: &mut Query| -> EvalResult<String> {
            Formatter::new(&*CallContext::of(&call)?).text(&Dynamic::from(this.clone()))
        });
    }
    // The language's own functions print the name of the type in place of an error.
    for name in ["print", "debug"] {
        register(module, name, |call: Call<'_>, query: Query| -> EvalResult<()> {
            let context = CallContext::of(&call)?;
            context.run.print(&(Formatter::new(&context).text(&Dynamic::from(query))? + "\n"));
            Ok(())
        });
    }
    // Otherwise the language's own function of this name returns the query as it is.
    register(module, "take", |query: &mut Query| -> EvalResult { Err(no_count(query)) });
    register(module, "take", |handle: &mut Handle| -> EvalResult { Err(no_count(handle)) });
    register(module, "__pairs", |call: Call<'_>, value: Dynamic| -> EvalResult {
        let context = CallContext::of(&call)?;
        let value = option_methods::items(&call, value)?;
        match Query::of(&value, &context)? {
            Some(query) => query.then(Stage::Pairs).into_script(),
            None => Ok(value),
        }
    });
    register(module, "__items", |call: Call<'_>, value: Dynamic| option_methods::items(&call, value));
    register(module, "__slice", |call: Call<'_>, value: Dynamic, start: Dynamic, end: Dynamic| {
        slice_of(&*CallContext::of(&call)?, &value, (&start, &end))
    });
}

/// Adds the ranges with a step, in place of the engine's, which are no collections.
fn bind_ranges(module: &mut Module) {
    fn stepped((start, end): (INT, INT), step: INT) -> EvalResult {
        let count = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        let query = match step {
            0 => return Err(ScriptError::new("cannot make the range: its step is 0").into()),
            1.. => Query::new(Source::Range(start, end)),
            _ => {
                let (first, last) = (end.saturating_add(1), start.saturating_add(1));
                Query::new(Source::Range(first, last)).then(Stage::Reverse)
            }
        };
        query.then(Stage::StepBy(count)).into_script()
    }
    register(module, "range", |start: INT, end: INT, step: INT| stepped((start, end), step));
    register(module, "range", |range: Range<INT>, step: INT| stepped((range.start, range.end), step));
    register(module, "range", |range: RangeInclusive<INT>, step: INT| {
        stepped((*range.start(), range.end().saturating_add(1)), step)
    });
    register(module, "range", |start: FLOAT, end: FLOAT, step: FLOAT| -> EvalResult<Array> {
        let count = ((end - start) / step).ceil();
        if !count.is_finite() || count > MAX_COLLECTION_ITEMS as FLOAT {
            let message = format!("cannot make the range: expected at most {MAX_COLLECTION_ITEMS} items");
            return Err(ScriptError::new(message).into());
        }
        let next = |item: &FLOAT| Some(item + step);
        let is_inside = |item: &FLOAT| if step > 0.0 { *item < end } else { *item > end };
        Ok(std::iter::successors(Some(start), next).take_while(is_inside).map(Dynamic::from).collect())
    });
}

/// The number of keys that an error shows.
const MAX_SHOWN_KEYS: usize = 5;

/// Returns the item under a key or at a position, or an error that says what there is.
fn item_at(on: &Receiver<'_>, key: &Dynamic) -> EvalResult {
    if let Some(found) = on.find_key(key)? {
        return Ok(found.whole());
    }
    let shown = Formatter::new(on.context).text(key)?;
    let error = if on.is_map()? {
        let keys = on.items().first_keys(MAX_SHOWN_KEYS)?;
        let help = if keys.is_empty() {
            "it has no keys".to_owned()
        } else {
            format!("its keys begin with {}; by position: nth(0), first()", keys.join(", "))
        };
        ScriptError::new(format!("there is no key {shown}")).with_help(help)
    } else if let Ok(name) = key.clone().into_immutable_string() {
        let help = match super::arities(&name).first() {
            None => format!("for each of its items: map(|x| x.{name})"),
            Some(0) => format!("call it: {name}()"),
            Some(_) => format!("call it: {name}(…)"),
        };
        ScriptError::new(format!("a query has no field `{name}`")).with_help(help)
    } else if key.is_int() {
        ScriptError::new(format!("there is no item {shown}"))
    } else {
        ScriptError::new(format!("the index of a query is an integer, not {shown}"))
    };
    Err(error.into())
}

/// Returns the items from one position to before another. Each may be `()`, which is the beginning or the end.
fn slice_of(context: &CallContext, value: &Dynamic, (start, end): (&Dynamic, &Dynamic)) -> EvalResult {
    let position = |bound: &Dynamic, default: usize| -> EvalResult<usize> {
        if bound.is_unit() {
            return Ok(default);
        }
        let position = bound.as_int().ok().and_then(|bound| usize::try_from(bound).ok());
        position.ok_or_else(|| {
            ScriptError::new("the bounds of a slice are integers, 0 or more")
                .with_help("for the last items: x.rev().take(2).rev()")
                .into()
        })
    };
    let (start, end) = (position(start, 0)?, position(end, usize::MAX)?);
    if end < start {
        return Err(ScriptError::new(format!(
            "cannot slice from {start} to {end}: the end is before the start"
        ))
        .into());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return Ok(slice(&items, start, end).into());
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        let text: String = text.chars().skip(start).take(end - start).collect();
        return Ok(text.into());
    }
    if let Some(bytes) = value.read_lock::<rhai::Blob>() {
        let end = end.min(bytes.len());
        return Ok(Dynamic::from_blob(bytes.get(start.min(end)..end).unwrap_or_default().to_vec()));
    }
    let query = Query::of(value, context)?;
    let query = query.ok_or_else(|| ScriptError::new("only a list, a string or a query has slices"))?;
    let query = if start > 0 { query.then(Stage::Skip(start)) } else { query };
    let query = if end < usize::MAX { query.then(Stage::Take(end - start)) } else { query };
    query.into_script()
}

/// Returns the error of `take` without an argument.
fn no_count<T>(_: &T) -> Box<EvalAltResult> {
    ScriptError::new("cannot call `take`: expected 1 argument, found 0")
        .with_help("call it: x.take(10)")
        .into()
}

/// Returns the parameters of a function, as items are passed to it.
pub(super) fn parameters(context: &CallContext, function: &FnPtr) -> EvalResult<Parameters> {
    Ok(Parameters::of(&*CallbackContext::new(context)?, function))
}
