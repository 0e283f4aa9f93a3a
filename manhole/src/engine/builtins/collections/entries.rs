//! The methods that change a script's own maps and sets: `insert`, `remove`, `entry`.
//!
//! A map with texts as keys is one of the engine. A map with other keys is a [`RustValue`].

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{
    Array, Dynamic, FnPtr, FuncRegistration, INT, ImmutableString, Map, Module, NativeCallContext, RhaiFunc,
    Shared,
};

use super::list_methods::{SetOperation, combine};
use super::receiver::Receiver;
use crate::engine::builtins::assignments::{change, modify};
use crate::engine::builtins::values::{default_value, new_value};
use crate::engine::live::{
    CollectionKind, Handle, Query, Recomputed, from_script, step, strip_wrappers, to_value,
};
use crate::engine::query::Aggregation;
use crate::engine::run::{MAX_TEXT_BYTES, RunControl};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, RustValue, ScriptError, ScriptResult, register, to_script};
use crate::reflect::{Lookup, MAX_COLLECTION_ITEMS, TypeKind, Value};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    macro_rules! bind {
        ($name:literal, |$call:ident, $this:ident $(, $arg:ident: $ty:ty)*| $body:expr) => {
            FuncRegistration::new($name).in_global_namespace().with_purity(false).set_into_module(
                module,
                |$call: Call<'_>, $this: &mut Dynamic $(, $arg: $ty)*| -> EvalResult { $body },
            );
        };
    }
    bind!("insert", |_call, this, key: Dynamic, value: Dynamic| {
        check_map(this, "insert")?;
        Ok(set(this, &key, value)?.unwrap_or_else(to_script::none))
    });
    bind!("__entry", |call, this, key: Dynamic, default: Dynamic| {
        check_map(this, "entry")?;
        entry(&call, (this, &key), &default, |_, value| Ok((value.clone(), value)))
    });
    bind!("__entry_modify", |call, this, key: Dynamic, default: Dynamic, operator: &str, value: Dynamic| {
        check_map(this, "entry")?;
        let default = if default.is_unit() { zero(&value) } else { default };
        entry(&call, (this, &key), &default, |call, mut old| {
            let new = call.call_native_fn_raw(operator, false, &mut [&mut old, &mut value.clone()])?;
            Ok((new, Dynamic::UNIT))
        })
    });
    bind!("__entry_update", |call, this, key: Dynamic, function: FnPtr, default: Dynamic| {
        check_map(this, "entry")?;
        let new = match get(this, &key)? {
            Some(old) => function.call_within_context(&call, (old,))?,
            None => default,
        };
        set(this, &key, new.clone())?;
        Ok(new)
    });
    bind!("__entry_change", |call, this, key: Dynamic, default: Dynamic, method: &str, args: Array| {
        check_map(this, "entry")?;
        let default = if default.is_unit() { empty(method, args.len()) } else { default };
        entry(&call, (this, &key), &default, |call, mut value| {
            let mut args = args.clone();
            let mut all: Vec<_> = std::iter::once(&mut value).chain(&mut args).collect();
            let result = call.call_fn_raw(method, true, true, &mut all)?;
            Ok((value, result))
        })
    });
    register(module, "remove", |this: &mut RustValue, key: Dynamic| -> EvalResult {
        let key = to_value(&key)?;
        let Value::Map(entries) = &mut this.value else { return Err(no_map("remove").into()) };
        let found = entries.iter().position(|(known, _)| known.same(&key));
        Ok(found.map_or_else(to_script::none, |at| to_script(entries.remove(at).1)))
    });
    bind_sets(module);
    for name in ["insert", "insert_str"] {
        register(module, name, |this: &mut ImmutableString, at: i64, text: Dynamic| -> EvalResult<()> {
            let at = usize::try_from(at).ok().filter(|at| *at <= this.chars().count());
            let at = at.ok_or_else(|| {
                ScriptError::new("cannot insert into the text: the position is beyond its end")
            })?;
            let text = text.to_string();
            if this.len() + text.len() > MAX_TEXT_BYTES {
                return Err(ScriptError::new("cannot insert into the text: it would be longer than 1 MiB")
                    .of_limit()
                    .into());
            }
            let rest: String = this.chars().skip(at).collect();
            let before: String = this.chars().take(at).collect();
            *this = format!("{before}{text}{rest}").into();
            Ok(())
        });
    }
    register(module, "swap", |this: &mut Array, a: i64, b: i64| -> EvalResult<()> {
        let len = this.len();
        let index = |index: i64| usize::try_from(index).ok().filter(|index| *index < len);
        match (index(a), index(b)) {
            (Some(a), Some(b)) => {
                this.swap(a, b);
                Ok(())
            }
            _ => Err(ScriptError::new(format!("cannot swap items {a} and {b}: the list has {len}")).into()),
        }
    });
    bind_live_entries(module);
}

/// Adds the functions for maps of the application. A key that the application inserts at the same time keeps its value.
fn bind_live_entries(module: &mut Module) {
    register(
        module,
        "__entry",
        |call: Call<'_>, map: &mut Handle, key: Dynamic, default: Dynamic| -> EvalResult {
            let (item, _) = live_entry(&call, map, &key, &default)?;
            Ok(item.get(&CallContext::of(&call)?.run)?)
        },
    );
    register(
        module,
        "__entry_modify",
        |call: Call<'_>, map: &mut Handle, key: Dynamic, default: Dynamic, operator: &str, value: Dynamic| {
            let (item, _) = live_entry(&call, map, &key, &default)?;
            modify(&call, &item, operator, &value)
        },
    );
    register(
        module,
        "__entry_update",
        |call: Call<'_>, map: &mut Handle, key: Dynamic, function: FnPtr, default: Dynamic| -> EvalResult {
            let (item, is_new) = live_entry(&call, map, &key, &default)?;
            let run = &CallContext::of(&call)?.run;
            if is_new {
                return Ok(item.get(run)?);
            }
            if matches!(item.classify(run)?, Lookup::Composite) {
                // The function changes it in its place.
                let _: Dynamic = function.call_within_context(&call, (item.clone(),))?;
                return Ok(item.get(run)?);
            }
            let compute = |old: Dynamic| {
                let new = function.call_within_context::<Dynamic>(&call, (old,))?;
                Ok(Recomputed { value: Some(new), result: Dynamic::UNIT })
            };
            item.recompute(run, compute).map(drop)?;
            Ok(item.get(run)?)
        },
    );
    register(
        module,
        "__entry_change",
        |call: Call<'_>, map: &mut Handle, key: Dynamic, default: Dynamic, method: &str, args: Array| {
            let (item, _) = live_entry(&call, map, &key, &default)?;
            change(&call, item, method, args)
        },
    );
}

/// Returns the place of the item at `key`, which gets the value `default` if the map has no such key, and whether it is new.
fn live_entry(call: &Call<'_>, map: &Handle, key: &Dynamic, default: &Dynamic) -> EvalResult<(Handle, bool)> {
    let run = &CallContext::of(call)?.run;
    let item = map.join(step(key)?);
    let is_new = item.is_missing(run);
    if is_new {
        let default = match default.is_unit() && !to_script::is_none(default) {
            true => default_of(map, run)?,
            false => to_value(default)?,
        };
        map.insert_missing(run, &to_value(key)?, &default)?;
    }
    Ok((item, is_new))
}

/// Returns the default of the items of a map of the application.
fn default_of(map: &Handle, run: &RunControl) -> ScriptResult<Value<'static>> {
    let info = map.read(run, |found| found.reflect().info())?;
    let TypeKind::Map(_, item) = strip_wrappers(info).kind else { return Err(no_map("entry")) };
    default_value(item()).ok_or_else(|| {
        let error = ScriptError::new(format!("cannot make the default of a {}", item()));
        error.with_help("write the value: map.entry(key).or_insert(value)")
    })
}

fn no_map(method: &str) -> ScriptError {
    ScriptError::new(format!("cannot call `{method}`: the value is no map"))
}

/// Returns an error unless `this` is a map.
fn check_map(this: &Dynamic, method: &str) -> EvalResult<()> {
    let is_rust_map = this.read_lock::<RustValue>().is_some_and(|value| matches!(value.value, Value::Map(_)));
    if is_rust_map || this.is_map() { Ok(()) } else { Err(no_map(method).into()) }
}

fn get(this: &Dynamic, key: &Dynamic) -> EvalResult<Option<Dynamic>> {
    if let Some(map) = this.read_lock::<Map>() {
        let key = key.read_lock::<ImmutableString>().map(|key| key.clone());
        return Ok(key.and_then(|key| map.get(key.as_str()).cloned()));
    }
    let key = to_value(key)?;
    let Some(value) = this.read_lock::<RustValue>() else { return Ok(None) };
    let Value::Map(entries) = &value.value else { return Ok(None) };
    Ok(entries.iter().find(|(known, _)| known.same(&key)).map(|(_, item)| to_script(item.clone())))
}

/// Puts `value` at `key`. Returns the value before. A map gets other keys than texts only while it is empty.
fn set(this: &mut Dynamic, key: &Dynamic, value: Dynamic) -> EvalResult<Option<Dynamic>> {
    let text = key.read_lock::<ImmutableString>().map(|key| key.clone());
    if let Some(mut map) = this.write_lock::<Map>() {
        match text {
            Some(key) => return Ok(map.insert(key.as_str().into(), value)),
            None if map.is_empty() => {}
            None => {
                let error = ScriptError::new("cannot insert the key: the other keys of the map are texts");
                return Err(error.with_help("use texts for all keys: key.to_string()").into());
            }
        }
    }
    if this.is_map() {
        *this = Dynamic::from(RustValue { value: Value::Map(Vec::new()) });
    }
    let (key, value) = (to_value(key)?, to_value(&value)?);
    let Some(mut entries) =
        this.read_lock::<RustValue>().and_then(|map| map.entries().ok().map(<[_]>::to_vec))
    else {
        return Ok(None);
    };
    let old = match entries.iter_mut().find(|(known, _)| known.same(&key)) {
        Some((_, item)) => Some(to_script(std::mem::replace(item, value))),
        None => {
            // In the order of the keys, as it is shown.
            let at = entries.partition_point(|(known, _)| known.order(&key).is_lt());
            entries.insert(at, (key, value));
            None
        }
    };
    *this = new_value(Value::Map(entries))?;
    Ok(old)
}

/// Replaces the value at `key`, or `default` if there is none, by the first result of `change`. Returns the second one.
fn entry(
    call: &Call<'_>,
    (this, key): (&mut Dynamic, &Dynamic),
    default: &Dynamic,
    change: impl FnOnce(&Call<'_>, Dynamic) -> EvalResult<(Dynamic, Dynamic)>,
) -> EvalResult {
    let old = get(this, key)?.unwrap_or_else(|| default.clone());
    let (new, result) = change(call, old).map_err(|mut error| {
        error.clear_position();
        error
    })?;
    set(this, key, new)?;
    Ok(result)
}

/// Returns the default of the type of `value`.
fn zero(value: &Dynamic) -> Dynamic {
    if value.is_float() {
        0.0.into()
    } else if value.is_string() || value.is_char() {
        "".into()
    } else {
        0.into()
    }
}

/// Returns the empty collection that has this method.
fn empty(method: &str, args: usize) -> Dynamic {
    match (method, args) {
        ("push_str", _) => "".into(),
        ("insert", 2) => Dynamic::from_map(Map::new()),
        _ => Dynamic::from_array(Array::new()),
    }
}

/// Adds the methods of sets. A set is an array whose items are all different, and in order.
fn bind_sets(module: &mut Module) {
    let (array, any, int) = (TypeId::of::<Array>(), TypeId::of::<Dynamic>(), TypeId::of::<INT>());
    bind_raw(module, "insert", [array, any], |context, this, item| {
        let is_set = to_script::is_set(this);
        let Some(mut items) = this.write_lock::<Array>() else { return Ok(Dynamic::UNIT) };
        insert(context, (&mut items, is_set), item).map(Dynamic::from)
    });
    for item in [any, int] {
        bind_raw(module, "remove", [array, item], |context, this, item| {
            let is_set = to_script::is_set(this);
            let Some(mut items) = this.write_lock::<Array>() else { return Ok(Dynamic::UNIT) };
            if is_set {
                let found = place_in(context, &items, &item)?;
                return Ok(found.map(|at| items.remove(at)).is_ok().into());
            }
            let Ok(index) = item.as_int() else {
                let error = ScriptError::new("cannot remove the item: a list takes a position");
                return Err(error.with_help("remove it by its value: list.retain(|x| x != value)").into());
            };
            let index =
                if index < 0 { index + INT::try_from(items.len()).unwrap_or(INT::MAX) } else { index };
            let index = usize::try_from(index).ok().filter(|index| *index < items.len());
            Ok(index.map_or_else(to_script::none, |index| items.remove(index)))
        });
    }
    let live = TypeId::of::<Handle>();
    for (symbol, operation) in SET_OPERATORS {
        for types in [[array, array], [array, live], [live, array], [live, live]] {
            bind_raw(module, symbol, types, move |context, this, other| {
                operate(context, (symbol, operation), [this, &other])
            });
        }
    }
    bind_raw(module, "extend", [array, any], |context, this, items| extend(context, this, &items));
    bind_raw(module, "extend", [array, array], |context, this, items| extend(context, this, &items));
}

/// The operators of sets.
const SET_OPERATORS: [(&str, SetOperation); 4] = [
    ("-", SetOperation::Difference),
    ("&", SetOperation::Intersection),
    ("|", SetOperation::Union),
    ("^", SetOperation::SymmetricDifference),
];

/// Returns the set that an operator makes of two sets.
fn operate(
    context: &CallContext,
    (symbol, operation): (&'static str, SetOperation),
    sets: [&Dynamic; 2],
) -> EvalResult {
    for set in sets {
        let is_set = match set.read_lock::<Handle>() {
            Some(handle) => handle.collection_kind(&context.run)? == Some(CollectionKind::Set),
            None => to_script::is_set(set),
        };
        if !is_set {
            let error = ScriptError::new(format!("cannot use `{symbol}` on a value that is no set"));
            return Err(error.with_help("make sets first: list.iter().collect::<BTreeSet<_>>()").into());
        }
    }
    let [this, other] = sets;
    let handle = this.read_lock::<Handle>().map(|handle| handle.clone());
    let receiver = match &handle {
        Some(handle) => Some(Receiver::live(context, symbol, handle)),
        None => Receiver::of_script(context, symbol, this),
    };
    let Some(receiver) = receiver else { return Ok(Dynamic::UNIT) };
    let items = combine(&receiver, std::slice::from_ref(other), operation)?;
    Ok(items.into_array().map_or(Dynamic::UNIT, to_script::set))
}

fn extend(context: &CallContext, this: &mut Dynamic, items: &Dynamic) -> EvalResult {
    let query =
        Query::of(items, context)?.ok_or_else(|| ScriptError::new("`extend` takes a list of items"))?;
    let items = Aggregation::new(query, context).to_array()?;
    let is_set = to_script::is_set(this);
    let Some(mut list) = this.write_lock::<Array>() else { return Ok(Dynamic::UNIT) };
    if list.len() + items.len() > MAX_COLLECTION_ITEMS {
        return Err(ScriptError::new("cannot extend the list: it would be too large").of_limit().into());
    }
    for item in items {
        if is_set {
            insert(context, (&mut list, true), item)?;
        } else {
            list.push(item);
        }
    }
    Ok(Dynamic::UNIT)
}

/// Adds an item to a set. Returns whether it is new.
fn insert(context: &CallContext, (items, is_set): (&mut Array, bool), item: Dynamic) -> EvalResult<bool> {
    let place = place_in(context, items, &item)?;
    if let Err(at) = place {
        let at = if is_set { at } else { items.len() };
        items.insert(at, item);
    }
    Ok(place.is_err())
}

/// Returns the position of an item in a set, or that where it belongs. A list that is no set may have another order.
fn place_in(context: &CallContext, items: &Array, item: &Dynamic) -> EvalResult<Result<usize, usize>> {
    let wanted = from_script::key(&context.run, item)?;
    let mut place = items.len();
    for (at, known) in items.iter().enumerate() {
        match from_script::key(&context.run, known)?.order(&wanted) {
            Ordering::Equal => return Ok(Ok(at)),
            Ordering::Greater => place = place.min(at),
            Ordering::Less => {}
        }
    }
    Ok(Err(place))
}

/// Adds a method that sees the mark of the array on which it is called.
fn bind_raw(
    module: &mut Module,
    name: &str,
    types: [TypeId; 2],
    run: impl Fn(&CallContext, &mut Dynamic, Dynamic) -> EvalResult + Send + Sync + 'static,
) {
    let func = move |call: Option<Call<'_>>, args: &mut [&mut Dynamic]| match (call, args) {
        (Some(call), [this, item]) => run(&*CallContext::of(&call)?, this, std::mem::take(item)),
        _ => Err(ScriptError::new("cannot call the method: expected one argument").into()),
    };
    // An operator changes nothing, and may be used on a root, which is a constant.
    let is_pure = !name.starts_with(char::is_alphabetic);
    let func = RhaiFunc::Method { func: Shared::new(func), has_context: true, is_pure, is_volatile: false };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}
