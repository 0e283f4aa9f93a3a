//! The methods that a script's own arrays and maps have besides those of all collections.
//!
//! They replace functions of the script language, which pass the position after the item, let the closure of a search write, and
//! swallow the error that stops a command. Its `sort` also panics when a comparison contradicts itself, which ends an application
//! that aborts on panics.

use rhai::{Array, Blob, Dynamic, FnPtr, INT, Map, Module, NativeCallContext};

use super::query_methods::parameters;
use super::receiver::{number, slice};
use crate::engine::live::{ItemFunction, Query, Source, Stage, from_script};
use crate::engine::query::{
    Aggregation, Callback, CallbackContext, KeyCheck, Parameters, compare_items, merge_sort,
};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, to_script};
use crate::reflect::MAX_COLLECTION_ITEMS;

type Call<'a> = NativeCallContext<'a>;

/// Replaces the engine's functions.
pub(super) fn bind(module: &mut Module) {
    bind_sorts(module);
    register(module, "len", |array: &mut Array| number(array.len()));
    register(module, "len", |bytes: &mut Blob| number(bytes.len()));
    register(module, "len", |map: &mut Map| number(map.len()));
    bind_options(module);
    bind_changes(module);
    bind_removals(module);
    bind_searches(module);
    register(module, "for_each", |call: Call<'_>, array: &mut Array, function: FnPtr| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        if parameters(&context, &function)? == Parameters::This {
            return array.iter_mut().try_for_each(|item| function.call_raw(&call, Some(item), []).map(drop));
        }
        items(&context, array).for_each(&ItemFunction { function, method: "for_each" })
    });
}

/// Adds the sorts. They change an array in place, and return it too.
fn bind_sorts(module: &mut Module) {
    for (name, order) in [("sort", Order::Ascending), ("sort_desc", Order::Descending)] {
        register(module, name, move |call: Call<'_>, array: &mut Array| -> EvalResult<Array> {
            *array = sorted(&call, array, order)?;
            Ok(array.clone())
        });
    }
    register(module, "reverse", |array: &mut Array| -> Array {
        array.reverse();
        array.clone()
    });
    for (name, order) in [("order", Order::Ascending), ("order_desc", Order::Descending)] {
        register(module, name, move |call: Call<'_>, array: &mut Array| sorted(&call, array, order));
    }
    for name in ["sort", "sort_by", "sort_by_key"] {
        register(
            module,
            name,
            move |call: Call<'_>, array: &mut Array, function: FnPtr| -> EvalResult<Array> {
                *array = sorted_by(&call, array, ItemFunction { function, method: name })?;
                Ok(array.clone())
            },
        );
    }
    for name in ["order", "order_by"] {
        register(module, name, move |call: Call<'_>, array: &mut Array, function: FnPtr| {
            sorted_by(&call, array, ItemFunction { function, method: name })
        });
    }
}

/// Adds what returns an item or `None`, where the engine returns `()`.
fn bind_options(module: &mut Module) {
    fn option(item: Option<Dynamic>) -> Dynamic {
        item.map_or_else(to_script::none, to_script::some)
    }
    register(module, "get", |map: &mut Map, key: &str| option(map.get(key).cloned()));
    register(module, "get", |bytes: &mut Blob, index: INT| {
        let index = if index < 0 { index.checked_add_unsigned(bytes.len() as u64) } else { Some(index) };
        let byte = index.and_then(|index| usize::try_from(index).ok()).and_then(|index| bytes.get(index));
        option(byte.map(|byte| INT::from(*byte).into()))
    });
    register(module, "remove", |map: &mut Map, key: &str| option(map.remove(key)));
    register(module, "pop", |array: &mut Array| option(array.pop()));
    register(module, "shift", |array: &mut Array| option((!array.is_empty()).then(|| array.remove(0))));
}

/// Adds what changes an array in its place.
fn bind_changes(module: &mut Module) {
    fn position(array: &Array, at: INT) -> EvalResult<usize> {
        let len = array.len();
        let position = usize::try_from(at).ok().filter(|at| *at <= len);
        position.ok_or_else(|| {
            ScriptError::new(format!("cannot use {at} as a position: the list has {len} items")).into()
        })
    }
    register(module, "rotate_left", |array: &mut Array, count: INT| -> EvalResult<()> {
        let count = position(array, count)?;
        array.rotate_left(count);
        Ok(())
    });
    register(module, "rotate_right", |array: &mut Array, count: INT| -> EvalResult<()> {
        let count = position(array, count)?;
        array.rotate_right(count);
        Ok(())
    });
    register(module, "swap_remove", |array: &mut Array, at: INT| -> EvalResult {
        let at = position(array, at)?;
        if at == array.len() {
            return Err(ScriptError::new(format!("cannot remove item {at}: the list has {at}")).into());
        }
        Ok(array.swap_remove(at))
    });
    register(module, "fill", |array: &mut Array, value: Dynamic| array.fill(value));
    register(module, "resize", |array: &mut Array, len: INT, value: Dynamic| -> EvalResult<()> {
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_COLLECTION_ITEMS);
        let len = len.ok_or_else(|| {
            ScriptError::new(format!("cannot resize the list: expected 0 to {MAX_COLLECTION_ITEMS} items"))
        })?;
        array.resize(len, value);
        Ok(())
    });
}

/// Adds what removes items. `retain` and `drain` return the removed ones.
fn bind_removals(module: &mut Module) {
    for (name, kept) in [("retain", true), ("drain", false)] {
        register(
            module,
            name,
            move |call: Call<'_>, array: &mut Array, function: FnPtr| -> EvalResult<Array> {
                let context = CallContext::of(&call)?;
                let function = ItemFunction { function, method: name };
                let mut verdicts = items(&context, array).verdicts(&function)?.into_iter();
                let (left, removed) =
                    std::mem::take(array).into_iter().partition(|_| verdicts.next() == Some(kept));
                *array = left;
                Ok(removed)
            },
        );
        register(module, name, move |call: Call<'_>, map: &mut Map, function: FnPtr| -> EvalResult<Map> {
            let context = CallContext::of(&call)?;
            let query = Query::new(Source::Map(map.clone().into()));
            let function = ItemFunction { function, method: name };
            let mut verdicts = Aggregation::new(query, &context).verdicts(&function)?.into_iter();
            let (left, removed) =
                std::mem::take(map).into_iter().partition(|_| verdicts.next() == Some(kept));
            *map = left;
            Ok(removed)
        });
    }
    register(module, "dedup", |call: Call<'_>, array: &mut Array| -> EvalResult<Array> {
        let run = &CallContext::of(&call)?.run;
        let keys = array.iter().map(|item| from_script::key(run, item)).collect::<Result<Vec<_>, _>>()?;
        let mut position = 0;
        array.retain(|_| {
            position += 1;
            position == 1 || !keys[position - 1].same(&keys[position - 2])
        });
        Ok(array.clone())
    });
    register(
        module,
        "dedup_by_key",
        |call: Call<'_>, array: &mut Array, function: FnPtr| -> EvalResult<Array> {
            let context = CallContext::of(&call)?;
            let stage = Stage::Dedup(Some(ItemFunction { function, method: "dedup_by_key" }));
            *array = Aggregation::new(Query::array(array.clone()).then(stage), &context).to_array()?;
            Ok(array.clone())
        },
    );
    for name in ["dedup", "dedup_by"] {
        register_dedup(module, name);
    }
}

/// Adds `dedup` with a function of two items.
fn register_dedup(module: &mut Module, name: &'static str) {
    register(module, name, move |call: Call<'_>, array: &mut Array, function: FnPtr| -> EvalResult<Array> {
        let same = pair_callback(&call, function, name)?;
        let mut left = Array::new();
        for item in array.iter() {
            let is_same = match left.last() {
                // As in Rust, the item before is the second one.
                Some(last) if name == "dedup_by" => is_true(&same.call(&mut [item.clone(), last.clone()])?)?,
                Some(last) => is_true(&same.call(&mut [last.clone(), item.clone()])?)?,
                None => false,
            };
            if !is_same {
                left.push(item.clone());
            }
        }
        *array = left;
        Ok(array.clone())
    });
}

/// Adds the searches with arguments that other collections do not have.
fn bind_searches(module: &mut Module) {
    register(module, "index_of", |call: Call<'_>, array: &mut Array, function: FnPtr| {
        index_of(&call, array, (function, 0))
    });
    register(module, "index_of", |call: Call<'_>, array: &mut Array, function: FnPtr, start: INT| {
        index_of(&call, array, (function, start))
    });
    register(
        module,
        "find",
        |call: Call<'_>, array: &mut Array, function: FnPtr, start: INT| -> EvalResult {
            let context = CallContext::of(&call)?;
            let function = ItemFunction { function, method: "find" };
            let found = items(&context, &slice(array, first_index(array, start), array.len()))
                .find_position(&function)?;
            Ok(found.map_or_else(to_script::none, |(_, found)| found.item()))
        },
    );
    register(
        module,
        "find_map",
        |call: Call<'_>, array: &mut Array, function: FnPtr, start: INT| -> EvalResult {
            let context = CallContext::of(&call)?;
            let function = ItemFunction { function, method: "find_map" };
            let found =
                items(&context, &slice(array, first_index(array, start), array.len())).find_map(&function)?;
            Ok(found.unwrap_or_else(to_script::none))
        },
    );
    for (name, is_reversed) in [("reduce", false), ("reduce_rev", true)] {
        register(module, name, move |call: Call<'_>, array: &mut Array, function: FnPtr, init: Dynamic| {
            reduce(&call, (array, is_reversed), &ItemFunction { function, method: name }, Some(init))
        });
    }
    register(module, "reduce_rev", |call: Call<'_>, array: &mut Array, function: FnPtr| {
        reduce(&call, (array, true), &ItemFunction { function, method: "reduce_rev" }, None)
    });
    register(
        module,
        "zip",
        |call: Call<'_>, array: &mut Array, other: Array, function: FnPtr| -> EvalResult<Array> {
            let zip = pair_callback(&call, function, "zip")?;
            let pairs = array.iter().zip(other);
            pairs.map(|(first, second)| zip.call(&mut [first.clone(), second])).collect()
        },
    );
}

/// Returns the items of an array, for a method.
fn items<'a>(context: &'a CallContext, array: &Array) -> Aggregation<'a> {
    Aggregation::new(Query::array(array.clone()), context)
}

/// Returns a function of two items.
fn pair_callback(call: &Call<'_>, function: FnPtr, method: &'static str) -> EvalResult<Callback> {
    let caller = CallbackContext::new(&*CallContext::of(call)?)?;
    Ok(Callback::of(&caller, &ItemFunction { function, method }, 2))
}

fn is_true(returned: &Dynamic) -> EvalResult<bool> {
    returned.as_bool().map_err(|_| ScriptError::new("the function must return true or false").into())
}

/// Returns the index at which a search starts. A negative one counts from the end.
fn first_index(array: &Array, start: INT) -> usize {
    let from_start = if start < 0 { start.saturating_add_unsigned(array.len() as u64).max(0) } else { start };
    usize::try_from(from_start).unwrap_or(usize::MAX)
}

fn index_of(call: &Call<'_>, array: &Array, (function, start): (FnPtr, INT)) -> EvalResult<INT> {
    let context = CallContext::of(call)?;
    let start = first_index(array, start);
    let function = ItemFunction { function, method: "index_of" };
    let found = items(&context, &slice(array, start, array.len())).find_position(&function)?;
    Ok(found.and_then(|(position, _)| INT::try_from(start + position).ok()).unwrap_or(-1))
}

fn reduce(
    call: &Call<'_>,
    (array, is_reversed): (&Array, bool),
    function: &ItemFunction,
    init: Option<Dynamic>,
) -> EvalResult {
    let context = CallContext::of(call)?;
    let mut array = array.clone();
    if is_reversed {
        array.reverse();
    }
    Ok(items(&context, &array).fold(init, function)?.unwrap_or_else(to_script::none))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// Returns the items in the order of their values.
fn sorted(call: &Call<'_>, array: &Array, order: Order) -> EvalResult<Array> {
    let context = CallContext::of(call)?;
    let keys = array.iter().map(|item| from_script::sort_key(&context.run, item));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut known = KeyCheck::default();
    keys.iter().try_for_each(|key| known.check(key))?;
    merge_sort(array, &mut |a, b| {
        let ascending = keys[a].order(&keys[b]);
        Ok(if order == Order::Ascending { ascending } else { ascending.reverse() })
    })
}

/// Returns the items in the order of a script's function: one with two parameters compares two items, another one returns what is
/// compared.
fn sorted_by(call: &Call<'_>, array: &Array, function: ItemFunction) -> EvalResult<Array> {
    let context = CallContext::of(call)?;
    if parameters(&context, &function.function)? == Parameters::KeyAndItem && function.method != "sort_by_key"
    {
        let compare = pair_callback(call, function.function, function.method)?;
        return merge_sort(array, &mut |a, b| compare_items(&compare, &array[a], &array[b]));
    }
    items(&context, array).sorted(&function)
}
