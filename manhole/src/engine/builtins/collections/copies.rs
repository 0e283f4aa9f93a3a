//! Copies of collections: what `collect()`, `cloned()`, `to_vec()` and `next()` become.

use rhai::{Array, Dynamic, FuncRegistration, Map, Module, NativeCallContext};

use super::option_methods;
use crate::engine::live::{Handle, Query, Stage, to_value};
use crate::engine::query::Aggregation;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, to_script};
use crate::reflect::Value;

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    register(module, "__collect", |call: Call<'_>, value: Dynamic, kind: &str| -> EvalResult {
        let context = CallContext::of(&call)?;
        let Some(items) = items(&context, &value)? else { return Ok(value) };
        match kind {
            "map" => map(&call, items),
            "options" if items.iter().any(Dynamic::is_unit) => Ok(to_script::none()),
            "set" => {
                let items = copied(&context, items)?.into_iter().map(|item| Ok((to_value(&item)?, item)));
                let mut items: Vec<_> = items.collect::<ScriptResult<_>>()?;
                items.sort_by(|(a, _), (b, _)| a.order(b));
                let items: Array = items.into_iter().map(|(_, item)| item).collect();
                call.call_fn("__set", (items,))
            }
            _ => Ok(items.into()),
        }
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
    Ok(handle.copy(&context.run)?)
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
