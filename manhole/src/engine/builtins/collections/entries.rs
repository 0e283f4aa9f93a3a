//! The methods that change a script's own maps: `insert`, `remove`, `entry`.
//!
//! A map with texts as keys is one of the engine. A map with other keys is a [`RustValue`].

use std::any::TypeId;

use rhai::{Array, Dynamic, FnPtr, FuncRegistration, ImmutableString, Map, Module, NativeCallContext};

use super::raw_methods::bind_raw;
use crate::engine::builtins::assignments::{change, modify};
use crate::engine::builtins::values::{default_value, new_value};
use crate::engine::live::{Handle, ItemFunction, Query, Recomputed, Stage, step, strip_wrappers, to_value};
use crate::engine::query::Aggregation;
use crate::engine::run::{MAX_TEXT_BYTES, RunControl};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, RustValue, ScriptError, ScriptResult, register, to_script};
use crate::reflect::{Lookup, TypeKind, Value};

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
    bind_whole_entries(module);
}

/// Adds the methods that take or return keys with their values.
fn bind_whole_entries(module: &mut Module) {
    let (any, array) = (TypeId::of::<Dynamic>(), TypeId::of::<Array>());
    for map in [TypeId::of::<Map>(), TypeId::of::<RustValue>()] {
        for (name, is_first) in [("pop_first", true), ("pop_last", false)] {
            bind_raw(module, name, [map], move |_, this, _| {
                let mut keys = keys(this)?;
                let key = if is_first { keys.drain(..).next() } else { keys.pop() };
                key.map_or_else(|| Ok(to_script::none()), |key| take_entry(this, &key))
            });
        }
        bind_raw(module, "remove_entry", [map, any], |_, this, args| take_entry(this, args[0]));
        bind_raw(module, "get_key_value", [map, any], |_, this, args| {
            Ok(get(this, args[0])?.map_or_else(to_script::none, |value| pair(args[0].clone(), value)))
        });
        for items in [any, array, map] {
            bind_raw(module, "extend", [map, items], |context, this, args| {
                let items = Query::of(args[0], context)?;
                let items =
                    items.ok_or_else(|| ScriptError::new("`extend` takes a map, or a list of pairs"))?;
                let items = if args[0].is_array() { items } else { items.then(Stage::Pairs) };
                for item in Aggregation::new(items, context).to_array()? {
                    let pair = item.into_array().map(<[Dynamic; 2]>::try_from);
                    let Ok(Ok([key, value])) = pair else {
                        return Err(ScriptError::new("`extend` takes a map, or a list of pairs").into());
                    };
                    set(this, &key, value)?;
                }
                Ok(Dynamic::UNIT)
            });
        }
        bind_raw(module, "split_off", [map, any], |_, this, args| {
            let start = to_value(args[0])?;
            let mut split = Dynamic::from_map(Map::new());
            for key in keys(this)? {
                if !to_value(&key)?.order(&start).is_lt() {
                    if let Some(value) = get(this, &key)? {
                        set(&mut split, &key, value)?;
                        let _: Dynamic = take_entry(this, &key)?;
                    }
                }
            }
            Ok(split)
        });
    }
    let map = TypeId::of::<RustValue>();
    bind_raw(module, "retain", [map, TypeId::of::<FnPtr>()], |context, this, args| {
        let function = args[0].read_lock::<FnPtr>().map(|function| function.clone());
        let (Some(function), Some(query)) = (function, Query::of(this, context)?) else {
            return Err(no_map("retain").into());
        };
        let function = ItemFunction { function, method: "retain" };
        let verdicts = Aggregation::new(query, context).verdicts(&function)?;
        for (key, is_kept) in keys(this)?.into_iter().zip(verdicts) {
            if !is_kept {
                let _: Dynamic = take_entry(this, &key)?;
            }
        }
        Ok(Dynamic::UNIT)
    });
    bind_raw(module, "clear", [map], |_, this, _| {
        check_map(this, "clear")?;
        *this = Dynamic::from_map(Map::new());
        Ok(Dynamic::UNIT)
    });
}

/// Returns the keys in their order.
fn keys(this: &Dynamic) -> EvalResult<Vec<Dynamic>> {
    if let Some(map) = this.read_lock::<Map>() {
        return Ok(map.keys().map(|key| key.as_str().into()).collect());
    }
    let Some(value) = this.read_lock::<RustValue>() else { return Ok(Vec::new()) };
    Ok(value.entries()?.iter().map(|(key, _)| to_script(key.clone())).collect())
}

/// Removes the value at `key`. Returns it with the key, or `None`.
fn take_entry(this: &mut Dynamic, key: &Dynamic) -> EvalResult {
    let Some(value) = get(this, key)? else { return Ok(to_script::none()) };
    if let (Some(mut map), Some(key)) = (this.write_lock::<Map>(), key.read_lock::<ImmutableString>()) {
        map.remove(key.as_str());
    } else if let Some(mut map) = this.write_lock::<RustValue>() {
        let key = to_value(key)?;
        if let Value::Map(entries) = &mut map.value {
            entries.retain(|(known, _)| !known.same(&key));
        }
    }
    Ok(pair(key.clone(), value))
}

fn pair(key: Dynamic, value: Dynamic) -> Dynamic {
    to_script::some(Dynamic::from_array(vec![key, value]))
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
