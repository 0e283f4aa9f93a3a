//! Copies of collections: what `collect()`, `cloned()`, `to_vec()` and `next()` become.

use rhai::{Array, Dynamic, FnPtr, FuncRegistration, INT, Map, Module, NativeCallContext};

use super::option_methods;
use super::receiver::{bounds, number};
use crate::engine::live::{Handle, ItemFunction, Query, Stage, strip_wrappers, to_value};
use crate::engine::query::Aggregation;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, to_script};
use crate::reflect::{TypeKind, Value};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    register(module, "__collect", |call: Call<'_>, value: Dynamic, kind: &str| -> EvalResult {
        let context = CallContext::of(&call)?;
        if kind == "shown" && bounds(&value).is_none() {
            return Ok(value);
        }
        let Some(items) = items(&context, &value)? else { return Ok(value) };
        match kind {
            "map" => map(&call, items),
            "options" if items.iter().any(Dynamic::is_unit) => Ok(to_script::none()),
            "options" => Ok(to_script::some(items.into())),
            "set" => {
                let items = in_order(copied(&context, items)?)?;
                call.call_fn("__set", (items,))
            }
            _ => Ok(items.into()),
        }
    });
    register(module, "__collect", |call: Call<'_>, kind: &str, value: Dynamic| -> EvalResult {
        call.call_fn("__collect", (value, kind.to_owned()))
    });
    register(module, "__sorted_map", |call: Call<'_>, pairs: Array| map(&call, pairs));
    register(module, "__cloned", |call: Call<'_>, value: Dynamic| -> EvalResult {
        let context = CallContext::of(&call)?;
        if option_methods::is_option(&value, "map") {
            return clone_option(&context, value);
        }
        match Query::of(&value, &context)? {
            Some(query) => query.then(Stage::Cloned).into_script(),
            None => clone(&context, value),
        }
    });
    register(module, "__clone", |call: Call<'_>, value: Dynamic| -> EvalResult {
        let context = CallContext::of(&call)?;
        if option_methods::is_option(&value, "map") {
            clone_option(&context, value)
        } else {
            clone(&context, value)
        }
    });
    register(module, "__to_vec", |call: Call<'_>, value: Dynamic| -> EvalResult {
        let context = CallContext::of(&call)?;
        match items(&context, &value)? {
            Some(items) => Ok(copied(&context, items)?.into()),
            None => Ok(value),
        }
    });
    register(module, "__sum_options", |call: Call<'_>, value: Dynamic, method: &str| -> EvalResult {
        let Some(items) = items(&*CallContext::of(&call)?, &value)? else { return Ok(value) };
        if items.iter().any(Dynamic::is_unit) {
            return Ok(to_script::none());
        }
        call.call_fn(method, (items,))
    });
    register(module, "__as_str", |call: Call<'_>, value: Dynamic| -> EvalResult {
        // The rest of an iterator over characters.
        let text = value
            .read_lock::<Array>()
            .and_then(|items| items.iter().map(|item| item.as_char().ok()).collect::<Option<String>>());
        let is_collection = match value.read_lock::<Handle>().map(|handle| handle.clone()) {
            Some(handle) => handle.collection_kind(&CallContext::of(&call)?.run)?.is_some(),
            None => value.is_array() || value.is_map(),
        };
        // A value of JSON that is no text.
        let is_other = is_collection || value.is_int() || value.is_float() || value.is_bool();
        Ok(match text {
            Some(text) => text.into(),
            None if is_other => to_script::none(),
            None => value,
        })
    });
    bind_iterators(module);
    // It changes the variable on which it is called.
    FuncRegistration::new("__next").in_global_namespace().with_purity(false).set_into_module(
        module,
        |call: Call<'_>, this: &mut Dynamic| -> EvalResult {
            if !this.is_array() {
                let Some(items) = items(&*CallContext::of(&call)?, this)? else {
                    return Err(ScriptError::new("cannot call `next`: the value is no iterator").into());
                };
                *this = items.into();
            }
            let Some(mut items) = this.write_lock::<Array>() else { return Ok(to_script::none()) };
            Ok(if items.is_empty() { to_script::none() } else { to_script::some(items.remove(0)) })
        },
    );
}

/// Adds the methods that use up an iterator in a variable, which is an array of the items that are left.
fn bind_iterators(module: &mut Module) {
    fn left<T>(
        call: &Call<'_>,
        this: &mut Dynamic,
        act: impl FnOnce(&mut Array) -> EvalResult<T>,
    ) -> EvalResult<T> {
        if !this.is_array() {
            let Some(items) = items(&*CallContext::of(call)?, this)? else {
                return Err(ScriptError::new("cannot go on: the value is no iterator").into());
            };
            *this = items.into();
        }
        match this.write_lock::<Array>() {
            Some(mut items) => act(&mut items),
            None => act(&mut Array::new()),
        }
    }
    fn option(item: Option<Dynamic>) -> Dynamic {
        item.map_or_else(to_script::none, to_script::some)
    }
    fn changing(name: &str) -> FuncRegistration {
        FuncRegistration::new(name).in_global_namespace().with_purity(false)
    }
    changing("__next_back").set_into_module(module, |call: Call<'_>, this: &mut Dynamic| {
        left(&call, this, |items| Ok(option(items.pop())))
    });
    changing("__peek").set_into_module(module, |call: Call<'_>, this: &mut Dynamic| {
        left(&call, this, |items| Ok(option(items.first().cloned())))
    });
    changing("__nth").set_into_module(module, |call: Call<'_>, this: &mut Dynamic, index: INT| {
        left(&call, this, |items| {
            let index = usize::try_from(index).unwrap_or(usize::MAX).min(items.len());
            let item = items.get(index).cloned();
            items.drain(..items.len().min(index.saturating_add(1)));
            Ok(option(item))
        })
    });
    changing("__take").set_into_module(module, |call: Call<'_>, this: &mut Dynamic, count: INT| {
        left(&call, this, |items| {
            let count = usize::try_from(count).unwrap_or(0).min(items.len());
            Ok(Dynamic::from_array(items.drain(..count).collect()))
        })
    });
    changing("__take_while").set_into_module(
        module,
        |call: Call<'_>, this: &mut Dynamic, function: FnPtr| {
            left(&call, this, |items| {
                let context = CallContext::of(&call)?;
                let function = ItemFunction { function, method: "take_while" };
                let verdicts = Aggregation::new(Query::array(items.clone()), &context).verdicts(&function)?;
                let taken = verdicts.iter().position(|verdict| !verdict).unwrap_or(items.len());
                // As in Rust, the item that ends it is used up too.
                let rest = items.split_off(items.len().min(taken + 1));
                items.truncate(taken);
                Ok(Dynamic::from_array(std::mem::replace(items, rest)))
            })
        },
    );
    changing("__next_if_eq").set_into_module(module, |call: Call<'_>, this: &mut Dynamic, value: Dynamic| {
        left(&call, this, |items| {
            let Some(first) = items.first().cloned() else { return Ok(to_script::none()) };
            let is_equal: bool = call.call_fn("__equals", (first, value))?;
            Ok(if is_equal { option(Some(items.remove(0))) } else { to_script::none() })
        })
    });
    changing("__next_if").set_into_module(module, |call: Call<'_>, this: &mut Dynamic, function: FnPtr| {
        left(&call, this, |items| {
            let Some(first) = items.first().cloned() else { return Ok(to_script::none()) };
            let is_next = function.call_within_context::<bool>(&call, (first,))?;
            Ok(if is_next { option(Some(items.remove(0))) } else { to_script::none() })
        })
    });
    changing("__search").set_into_module(
        module,
        |call: Call<'_>, this: &mut Dynamic, method: &str, function: FnPtr| {
            left(&call, this, |items| search(&call, items, method, function))
        },
    );
}

/// Searches in the items that are left of an iterator, and removes them up to the one that was found.
fn search(call: &Call<'_>, items: &mut Array, method: &str, function: FnPtr) -> EvalResult {
    let context = CallContext::of(call)?;
    let method: &'static str =
        ["all", "any", "find", "position"].into_iter().find(|known| *known == method).unwrap_or("find");
    let is_all = method == "all";
    let query = Aggregation::new(Query::array(items.clone()), &context);
    let function = ItemFunction { function, method };
    let found = if is_all {
        let verdicts = query.verdicts(&function)?;
        verdicts.iter().position(|verdict| !verdict).map(|position| (position, Dynamic::UNIT))
    } else {
        query.find_position(&function)?.map(|(position, found)| (position, found.item()))
    };
    let end = found.as_ref().map_or(items.len(), |(position, _)| position + 1);
    items.drain(..end);
    Ok(match method {
        "all" => found.is_none().into(),
        "any" => found.is_some().into(),
        "position" => found.map_or_else(to_script::none, |(position, _)| number(position)),
        _ => found.map_or_else(to_script::none, |(_, item)| to_script::some(item)),
    })
}

/// Returns the items of a collection; of a map, the pairs of its keys and items. `None` if the value is no collection.
fn items(context: &CallContext, value: &Dynamic) -> EvalResult<Option<Array>> {
    let Some(query) = Query::of(value, context)? else { return Ok(None) };
    let query = if query.is_map(context)? { query.then(Stage::Pairs) } else { query };
    Aggregation::new(query, context).to_array().map(Some)
}

/// Returns copies of the items.
fn copied(context: &CallContext, items: Array) -> EvalResult<Array> {
    items.into_iter().map(|item| clone(context, item)).collect()
}

/// Returns a copy of a value of the application, and any other value as it is.
pub(super) fn clone(context: &CallContext, value: Dynamic) -> EvalResult {
    let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else { return Ok(value) };
    let copy = handle.copy(&context.run)?;
    let info = handle.static_type().map(strip_wrappers);
    let is_set = info.is_some_and(|info| matches!(info.kind, TypeKind::Set(_)) && info.name.ends_with("Set"));
    match copy.try_cast_result::<Array>() {
        Ok(items) if is_set => Ok(to_script::set(in_order(items)?)),
        Ok(items) => Ok(items.into()),
        Err(copy) => Ok(copy),
    }
}

/// Returns the items of a set in their order.
fn in_order(items: Array) -> ScriptResult<Array> {
    let items = items.into_iter().map(|item| Ok((to_value(&item)?, item)));
    let mut items: Vec<_> = items.collect::<ScriptResult<_>>()?;
    items.sort_by(|(a, _), (b, _)| a.order(b));
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// Returns a copy of an option, which is one too.
fn clone_option(context: &CallContext, value: Dynamic) -> EvalResult {
    clone(context, value).map(to_script::some)
}

/// Makes a map of pairs, of which the last one for a key counts. With texts as keys, its items stay those of the application.
fn map(call: &Call<'_>, pairs: Array) -> EvalResult {
    let context = CallContext::of(call)?;
    let pairs: Vec<(Dynamic, Dynamic)> = pairs
        .into_iter()
        .map(|pair| match pair.into_array().map(<[Dynamic; 2]>::try_from) {
            Ok(Ok([key, item])) => Ok((key, item)),
            _ => Err(ScriptError::new("cannot collect a map: its items are no pairs of a key and a value")
                .with_help("make pairs: items.map(|x| (x.id, x))")),
        })
        .collect::<ScriptResult<_>>()?;
    if pairs.iter().all(|(key, _)| key.is_string()) {
        let entries = pairs
            .into_iter()
            .filter_map(|(key, item)| Some((key.into_immutable_string().ok()?.as_str().into(), item)));
        return Ok(entries.collect::<Map>().into());
    }
    let pairs = pairs.into_iter().map(|(key, item)| Ok((to_value(&key)?, key, clone(&context, item)?)));
    let mut pairs: Vec<(Value<'_>, Dynamic, Dynamic)> = pairs.collect::<EvalResult<_>>()?;
    pairs.sort_by(|(a, ..), (b, ..)| a.order(b));
    let pairs = pairs.into_iter().map(|(_, key, item)| Dynamic::from_array(vec![key, item]));
    call.call_fn("__map", (pairs.collect::<Array>(),))
}
