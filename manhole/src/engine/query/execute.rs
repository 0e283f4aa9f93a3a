//! Running a query: the stages `filter`, `map`, `take`, `skip`, `sort_by`.
//!
//! A [`Query`] is a collection and a list of stages; it copies nothing. It runs when a command needs its items: to show, count or
//! sum them, or in a `for` loop. The items pass the stages one after another, and callbacks run while no lock is held.

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, FnPtr, Module};

use super::callback::{Callback, CallbackContext};
use super::comparison::KeyCheck;
use super::item_check::ItemCheck;
use super::live_iter::{IterItem, LiveIter};
use crate::engine::live::{Handle, KeyOrItem, Query, Source, Stage, from_script};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, type_kinds};
use crate::reflect::Value;

/// The maximum number of items that a sort keeps in memory.
const MAX_SORTED_ITEMS: usize = 100_000;

/// The items that leave a stage.
pub(crate) type ItemStream = Box<dyn Iterator<Item = EvalResult<IterItem>>>;

impl Query {
    /// Returns the number of items, or `None` if only a run can count them.
    pub(crate) fn known_len(&self, context: &CallContext) -> ScriptResult<Option<usize>> {
        if let Some(summary) = &self.summary {
            return Ok(Some(summary.count));
        }
        let mut len = match &self.source {
            Source::Array(items) => items.len(),
            Source::Live(handle, _) => match usize::try_from(handle.len(&context.run)?) {
                Ok(len) => len,
                Err(_) => return Ok(None),
            },
        };
        for stage in &self.stages {
            match stage {
                Stage::Take(count) => len = len.min(*count),
                Stage::Skip(count) => len = len.saturating_sub(*count),
                Stage::Sort { .. } => {}
                Stage::Filter(_) | Stage::Group(..) | Stage::Map(_) => return Ok(None),
            }
        }
        Ok(Some(len))
    }

    /// Runs the query.
    pub(crate) fn run(&self, context: &CallContext) -> EvalResult<ItemStream> {
        let (caller, check) = (CallbackContext::new(context)?, ItemCheck::new(self, context));
        let callback = |function: &FnPtr| ItemCallback::new(&caller, function, &check);
        let mut stages = self.stages.as_slice();
        let mut items: ItemStream = match &self.source {
            Source::Live(handle, part) => {
                let mut items = LiveIter::new(handle.clone(), context.clone(), *part);
                if let [Stage::Skip(count), rest @ ..] = stages {
                    if handle.is_list(&context.run)? {
                        items = items.starting_at(*count);
                        stages = rest;
                    }
                }
                Box::new(items.map(|item| item.map_err(Into::into)))
            }
            Source::Array(array) => {
                let array = Arc::clone(array);
                Box::new((0..array.len()).map_while(move |index| {
                    let item = array.get(index)?.clone();
                    Some(Ok(IterItem { item, key: Some(Value::from(index)) }))
                }))
            }
        };
        while let [stage, rest @ ..] = stages {
            items = match stage {
                Stage::Filter(function) => {
                    let function = callback(function);
                    filter_map(items, move |item| Ok(function.test(&item)?.unwrap_or(false).then_some(item)))
                }
                Stage::Group(function, key) => group(items, callback(function), key.clone()),
                Stage::Map(function) => {
                    let function = callback(function);
                    filter_map(items, move |item| {
                        Ok(function.call(&item)?.map(|mapped| IterItem { item: mapped, key: item.key }))
                    })
                }
                Stage::Take(count) => Box::new(items.take(*count)),
                Stage::Skip(count) => skip(items, *count),
                Stage::Sort { by, descending } => {
                    let key = ItemKey::new(by.as_ref().map(callback), &check);
                    let max_items = max_items_after_sort(rest);
                    SortOrder { key, descending: *descending, max_items }.sort(items)?
                }
            };
            stages = rest;
        }
        Ok(items)
    }

    /// Returns the item at `index` of those that leave the last stage.
    pub(crate) fn nth(&self, context: &CallContext, index: usize) -> EvalResult<Option<Dynamic>> {
        self.run(context)?.nth(index).map(|item| item.map(|item| item.item)).transpose()
    }
}

/// A script function that a query calls for each item. A function with two parameters gets the key or position first, as
/// closures on Rust's map iterators do.
pub(crate) struct ItemCallback {
    function: Callback,
    with_key: bool,
    check: ItemCheck,
}

impl ItemCallback {
    pub(crate) fn new(caller: &Arc<CallbackContext>, function: &FnPtr, check: &ItemCheck) -> Self {
        let with_key = caller.takes_key(function);
        let function = Callback::new(caller, function.clone(), 1 + usize::from(with_key));
        Self { function, with_key, check: check.clone() }
    }

    /// Returns the function's result for `item`, or `None` if the application has removed the item since.
    pub(crate) fn call(&self, item: &IterItem) -> EvalResult<Option<Dynamic>> {
        let value = item.item.clone();
        let result = if self.with_key {
            self.function.call(&mut [item.script_key(), value])
        } else {
            self.function.call(&mut [value])
        };
        self.check.skip_removed(item, result)
    }

    /// Returns the function's result for `item` as a key to sort or group by.
    pub(crate) fn key(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        let Some(returned) = self.call(item)? else { return Ok(None) };
        let key = from_script::key(&self.function.context().run, &returned);
        self.check.skip_removed(item, key).map_err(|error| self.function.locate(error))
    }

    /// Returns whether the function returns true for `item`, or `None` if the application has removed the item since.
    pub(crate) fn test(&self, item: &IterItem) -> EvalResult<Option<bool>> {
        let Some(returned) = self.call(item)? else { return Ok(None) };
        returned.as_bool().map(Some).map_err(|found| {
            let found = type_kinds(found);
            let message =
                format!("the function must return true or false for each item: expected bool, found {found}");
            self.function.locate(ScriptError::new(message))
        })
    }
}

/// The value by which an item is compared: the result of a script's function, or the item.
pub(crate) struct ItemKey {
    by: Option<ItemCallback>,
    check: ItemCheck,
}

impl ItemKey {
    pub(crate) fn new(by: Option<ItemCallback>, check: &ItemCheck) -> Self {
        Self { by, check: check.clone() }
    }

    /// Adds the position of the function to an error about a key.
    fn locate(&self, error: ScriptError) -> Box<EvalAltResult> {
        match &self.by {
            Some(by) => by.function.locate(error),
            None => error.into(),
        }
    }

    /// Returns the key of `item`, or `None` if the application has removed the item since.
    pub(crate) fn of(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        match &self.by {
            Some(by) => by.key(item),
            None => self.check.value(item),
        }
    }
}

/// Passes on the items that `transform` returns.
fn filter_map(
    items: ItemStream,
    mut transform: impl FnMut(IterItem) -> EvalResult<Option<IterItem>> + 'static,
) -> ItemStream {
    Box::new(items.filter_map(move |item| item.and_then(&mut transform).transpose()))
}

/// Passes on all items but the first `count`. Errors are passed on, too.
fn skip(items: ItemStream, count: usize) -> ItemStream {
    let mut left = count;
    filter_map(items, move |item| {
        let is_skipped = left > 0;
        left -= usize::from(is_skipped);
        Ok((!is_skipped).then_some(item))
    })
}

/// Passes on the items for which `function` returns `key`.
fn group(items: ItemStream, function: ItemCallback, key: Value<'static>) -> ItemStream {
    filter_map(items, move |item| {
        Ok(function.key(&item)?.is_some_and(|returned| returned.same(&key)).then_some(item))
    })
}

/// Returns how many sorted items the stages after a sort pass on; `None` for all of them.
fn max_items_after_sort(stages: &[Stage]) -> Option<usize> {
    match stages {
        [Stage::Take(count), ..] => Some(*count),
        [Stage::Skip(skipped), Stage::Take(count), ..] => Some(skipped.saturating_add(*count)),
        _ => None,
    }
}

/// An item with its sort key.
struct Keyed {
    key: Value<'static>,
    position: usize,
    item: IterItem,
}

/// The order of a sort, and the number of items that later stages need.
struct SortOrder {
    key: ItemKey,
    descending: bool,
    max_items: Option<usize>,
}

impl SortOrder {
    /// Sorts the items. Keeps only the first ones where later stages need no more, so that the first ten of a million are cheap.
    fn sort(self, items: ItemStream) -> EvalResult<ItemStream> {
        let compare = |a: &Keyed, b: &Keyed| -> Ordering {
            let order = a.key.order(&b.key);
            // Equal items keep their order.
            (if self.descending { order.reverse() } else { order }).then(a.position.cmp(&b.position))
        };
        let mut kept = Vec::new();
        let mut known = KeyCheck::default();
        for (position, item) in items.enumerate() {
            let item = item?;
            let Some(key) = self.key.of(&item)? else { continue };
            known.check(&key).map_err(|error| self.key.locate(error))?;
            kept.push(Keyed { key, position, item });
            match self.max_items.filter(|max| *max <= MAX_SORTED_ITEMS) {
                Some(max) if kept.len() >= 2 * max.max(512) => {
                    kept.select_nth_unstable_by(max, compare);
                    kept.truncate(max);
                }
                None if kept.len() > MAX_SORTED_ITEMS => {
                    let message = format!("cannot sort more than {MAX_SORTED_ITEMS} items");
                    let help = "keep the first ones only: sort_by(|x| …).take(20)";
                    return Err(ScriptError::new(message).with_help(help).into());
                }
                _ => {}
            }
        }
        kept.sort_unstable_by(compare);
        Ok(Box::new(kept.into_iter().map(|keyed| Ok(keyed.item))))
    }
}

/// Returns the module that makes `for` iterate over live collections and queries in one session.
pub(crate) fn module(context: &CallContext) -> Module {
    fn iterate(context: &CallContext, query: Option<Query>) -> Box<dyn Iterator<Item = EvalResult<Dynamic>>> {
        match query.map(|query| query.run(context)) {
            Some(Ok(items)) => Box::new(items.map(|item| item.map(|item| item.item))),
            Some(Err(error)) => Box::new(std::iter::once(Err(error))),
            None => Box::new(std::iter::empty()),
        }
    }
    let mut module = Module::new();
    let handles = context.clone();
    module.set_iter_result(TypeId::of::<Handle>(), move |collection| {
        iterate(&handles, collection.try_cast::<Handle>().map(|handle| Query::live(handle, KeyOrItem::Item)))
    });
    let queries = context.clone();
    module.set_iter_result(TypeId::of::<Query>(), move |query| iterate(&queries, query.try_cast::<Query>()));
    module
}
