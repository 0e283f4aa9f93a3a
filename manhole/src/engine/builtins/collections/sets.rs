//! The methods of a script's own sets. A set is an array with a mark whose items are all different, and in order.

use std::any::TypeId;
use std::cmp::Ordering;
use std::mem::take;

use rhai::{Array, Dynamic, INT, Module};

use super::list_methods::{SetOperation, combine};
use super::raw_methods::bind_raw;
use super::receiver::Receiver;
use crate::engine::live::{CollectionKind, Handle, Query, from_script, to_value};
use crate::engine::query::Aggregation;
use crate::engine::state::{CallContext, Edit};
use crate::engine::value::{EvalResult, ScriptError, Signature, to_script};
use crate::reflect::{CollectionEdit, MAX_COLLECTION_ITEMS, Removed, Value};

/// The operators of sets.
const OPERATORS: [(&str, SetOperation); 4] = [
    ("-", SetOperation::Difference),
    ("&", SetOperation::Intersection),
    ("|", SetOperation::Union),
    ("^", SetOperation::SymmetricDifference),
];

/// Adds the methods, among them those that arrays have too.
pub(super) fn bind(module: &mut Module) {
    bind_items(module);
    bind_ends(module);
    let (array, live) = (TypeId::of::<Array>(), TypeId::of::<Handle>());
    for (symbol, operation) in OPERATORS {
        for types in [[array, array], [array, live], [live, array], [live, live]] {
            bind_raw(module, symbol, types, move |context, this, args| {
                operate(context, (symbol, operation), [this, args[0]])
            });
        }
    }
}

/// Adds the methods with an item of the set as argument, which is a position for other arrays.
fn bind_items(module: &mut Module) {
    let (array, any, int) = (TypeId::of::<Array>(), TypeId::of::<Dynamic>(), TypeId::of::<INT>());
    bind_raw(module, "insert", [array, any], |context, this, args| {
        change(this, |items, is_set| insert(context, (items, is_set), take(args[0])).map(Into::into))
    });
    bind_raw(module, "push", [array, any], |context, this, args| {
        let item = take(args[0]);
        change(this, |items, is_set| {
            if is_set {
                insert(context, (items, true), item)?;
            } else {
                items.push(item);
            }
            Ok(Dynamic::UNIT)
        })
    });
    bind_raw(module, "replace", [array, any], |context, this, args| {
        let item = take(args[0]);
        change(this, |items, is_set| {
            check_set(is_set, "replace", "change the item of a list: v[0] = x")?;
            Ok(match place_in(context, items, &item)? {
                Ok(at) => to_script::some(std::mem::replace(&mut items[at], item)),
                Err(at) => {
                    items.insert(at, item);
                    to_script::none()
                }
            })
        })
    });
    for item in [any, int] {
        bind_raw(module, "remove", [array, item], |context, this, args| {
            change(this, |items, is_set| {
                if is_set {
                    return Ok(place_in(context, items, args[0])?.map(|at| items.remove(at)).is_ok().into());
                }
                let Ok(index) = args[0].as_int() else {
                    let error = ScriptError::new("cannot remove the item: a list takes a position");
                    return Err(error
                        .with_help("remove it by its value: list.retain(|x| x != value)")
                        .into());
                };
                Ok(position(items, index).map_or_else(to_script::none, |index| items.remove(index)))
            })
        });
        bind_raw(module, "get", [array, item], |context, this, args| {
            let is_set = to_script::is_set(this);
            if let (false, Err(_), Some(list)) =
                (is_set, args[0].as_int(), Receiver::of_script(context, "get", this))
            {
                // A range of positions.
                return list.get(args[0]);
            }
            change(this, |items, _| {
                let index = match args[0].as_int() {
                    Ok(index) if !is_set => position(items, index),
                    _ => place_in(context, items, args[0])?.ok(),
                };
                let item = index.and_then(|index| items.get(index).cloned());
                Ok(item.map_or_else(to_script::none, to_script::some))
            })
        });
        bind_raw(module, "split_off", [array, item], |context, this, args| {
            change(this, |items, is_set| {
                if is_set {
                    let at = place_in(context, items, args[0])?.unwrap_or_else(|at| at);
                    return Ok(to_script::set(items.split_off(at)));
                }
                let at = args[0].as_int().ok().and_then(|at| usize::try_from(at).ok());
                let at = at.filter(|at| *at <= items.len()).ok_or_else(|| {
                    let (at, len) = (&*args[0], items.len());
                    ScriptError::new(format!("cannot use {at} as a position: the list has {len} items"))
                })?;
                Ok(items.split_off(at).into())
            })
        });
    }
    bind_raw(module, "__take_item", [array, any], |context, this, args| {
        change(this, |items, is_set| {
            check_set(is_set, "take", "the first items of a list are list.take(2)")?;
            let place = place_in(context, items, args[0])?;
            Ok(place.map_or_else(|_| to_script::none(), |at| to_script::some(items.remove(at))))
        })
    });
    let live_take = Signature { name: "__take_item", arity: 1 };
    live_take.register_method(module, |call, this: &mut Handle, args| {
        let context = CallContext::of(call)?;
        let is_set = this.collection_kind(&context.run)? == Some(CollectionKind::Set);
        check_set(is_set, "take", "the first items of a list are list.take(2)")?;
        context.iterations.before_edit(this, Edit::Anywhere)?;
        let removed = this.change(&context.run, &CollectionEdit::Remove(to_value(&args[0])?))?;
        let is_removed = matches!(removed, Removed::Item(Value::Bool(true)));
        Ok(if is_removed { to_script::some(args[0].clone()) } else { to_script::none() })
    });
    for items in [any, array] {
        bind_raw(module, "extend", [array, items], |context, this, args| extend(context, this, args[0]));
    }
}

/// Adds the methods that take the first and the last item out of a set.
fn bind_ends(module: &mut Module) {
    for (name, is_first, of_list) in [("pop_first", true, "pop_front"), ("pop_last", false, "pop")] {
        bind_raw(module, name, [TypeId::of::<Array>()], move |_, this, _| {
            change(this, |items, is_set| {
                check_set(is_set, name, &format!("a list has {of_list}()"))?;
                let item = if is_first && !items.is_empty() { Some(items.remove(0)) } else { items.pop() };
                Ok(item.map_or_else(to_script::none, to_script::some))
            })
        });
    }
}

/// Changes the items of an array, of which it is known whether it is a set.
fn change(this: &mut Dynamic, change: impl FnOnce(&mut Array, bool) -> EvalResult) -> EvalResult {
    let is_set = to_script::is_set(this);
    let Some(mut items) = this.write_lock::<Array>() else { return Ok(Dynamic::UNIT) };
    change(&mut items, is_set)
}

fn check_set(is_set: bool, method: &str, help: &str) -> EvalResult<()> {
    if is_set {
        return Ok(());
    }
    Err(ScriptError::new(format!("cannot call `{method}`: the value is no set")).with_help(help).into())
}

/// Returns the position of an item of a list. A negative one is counted from the end.
fn position(items: &Array, index: INT) -> Option<usize> {
    let index = if index < 0 { index.checked_add_unsigned(items.len() as u64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < items.len())
}

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
    let more = Aggregation::new(query, context).to_array()?;
    change(this, |items, is_set| {
        if items.len() + more.len() > MAX_COLLECTION_ITEMS {
            return Err(ScriptError::new("cannot extend the list: it would be too large").of_limit().into());
        }
        for item in more {
            if is_set {
                insert(context, (items, true), item)?;
            } else {
                items.push(item);
            }
        }
        Ok(Dynamic::UNIT)
    })
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
