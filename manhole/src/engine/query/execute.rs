//! Running a query.
//!
//! A [`Query`] is a collection and a list of stages; it copies nothing. It runs when a command needs its items: to show, count or
//! sum them, or in a `for` loop. The items pass the stages one after another, and callbacks run while no lock is held.

use std::any::TypeId;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Dynamic, INT, Map, Module};

use super::functions::{Callback, CallbackContext, ItemCallback, ItemKey};
use super::item_check::ItemCheck;
use super::live_iter::{LiveIter, reversed_list};
use super::search::Search;
use super::sort::{SortOrder, collect, sort_by_comparison};
use super::stages::{self, filter_map};
use crate::engine::live::{
    CollectionKind, Handle, ItemFunction, ItemStream, IterItem, KeyOrItem, Label, Query, SortKey, Source,
    Stage,
};
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, ScriptResult, is_outcome, to_script, type_mark,
};
use crate::reflect::{Manhole, Value};

impl Query {
    /// Returns the query for the items of a script's value, or `None` if it is no collection.
    pub(crate) fn of(value: &Dynamic, context: &CallContext) -> EvalResult<Option<Self>> {
        if let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) {
            let kind = handle.collection_kind(&context.run)?;
            return Ok(kind.map(|_| Self::live(handle, KeyOrItem::Item)));
        }
        Ok(Self::of_script(value))
    }

    /// Returns the query for the items of a script's own value, or `None` if it is no collection.
    pub(crate) fn of_script(value: &Dynamic) -> Option<Self> {
        if let Some(query) = value.read_lock::<Self>() {
            return Some(query.clone());
        }
        let source = if let Some(items) = value.read_lock::<Array>() {
            Source::Array(Arc::new(items.clone()))
        } else if let Some(entries) = value.read_lock::<Map>() {
            Source::Map(Arc::new(entries.clone()))
        } else if let Some(value) = value.read_lock::<RustValue>() {
            let Value::Map(entries) = &value.value else { return None };
            Source::Entries(Arc::new(entries.clone()))
        } else if let Some(bytes) = value.read_lock::<rhai::Blob>() {
            Source::Array(Arc::new(
                bytes.iter().map(|byte| type_mark::mark(INT::from(*byte).into(), u8::type_info())).collect(),
            ))
        } else if let Some(range) = value.read_lock::<Range<INT>>() {
            Source::Range(range.start, range.end)
        } else if let Some(range) = value.read_lock::<RangeInclusive<INT>>() {
            Source::Range(*range.start(), range.end().saturating_add(1))
        } else {
            return None;
        };
        Some(Self::new(source))
    }

    /// Returns whether the items have the keys of a map.
    pub(crate) fn is_map(&self, context: &CallContext) -> ScriptResult<bool> {
        if !self.stages.iter().all(Stage::keeps_keys) {
            return Ok(false);
        }
        Ok(match &self.source {
            Source::Map(_) | Source::Entries(_) | Source::Groups(_) => true,
            Source::Live(handle, KeyOrItem::Item) => {
                handle.collection_kind(&context.run)? == Some(CollectionKind::Map)
            }
            Source::Live(_, KeyOrItem::Key) | Source::Array(_) | Source::Range(..) => false,
        })
    }

    /// Returns the number of items, or `None` if only a run can count them. `skips` returns whether a function need not be called.
    pub(crate) fn known_len(
        &self,
        context: &CallContext,
        skips: &dyn Fn(&ItemFunction) -> bool,
    ) -> ScriptResult<Option<usize>> {
        if let Some(summary) = &self.summary {
            return Ok(Some(summary.count));
        }
        let mut len = match &self.source {
            Source::Array(items) => items.len(),
            Source::Map(entries) => entries.len(),
            Source::Entries(entries) => entries.len(),
            Source::Range(start, end) => usize::try_from(end.saturating_sub(*start)).unwrap_or(0),
            Source::Groups(groups) => groups.groups.len(),
            Source::Live(handle, _) => match usize::try_from(handle.len(&context.run)?) {
                Ok(len) => len,
                Err(_) => return Ok(None),
            },
        };
        for stage in &self.stages {
            match stage {
                Stage::Take(count) => len = len.min(*count),
                Stage::Skip(count) => len = len.saturating_sub(*count),
                Stage::StepBy(count) => len = len.div_ceil(*count),
                Stage::Chunks(count) => len = len.div_ceil(*count),
                Stage::Windows(count) => len = (len + 1).saturating_sub(*count),
                Stage::Sort { .. }
                | Stage::Reverse
                | Stage::Cloned
                | Stage::Keys
                | Stage::Values
                | Stage::Enumerate
                | Stage::Pairs => {}
                Stage::Map(function) if skips(function) => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(len))
    }

    /// Runs the query.
    pub(crate) fn run(&self, context: &CallContext) -> EvalResult<ItemStream> {
        self.run_for(context, false)
    }

    /// Runs the query for the number of its items, which may be empty.
    pub(crate) fn run_to_count(&self, context: &CallContext) -> EvalResult<ItemStream> {
        self.run_for(context, true)
    }

    fn run_for(&self, context: &CallContext, only_count: bool) -> EvalResult<ItemStream> {
        let running =
            Running { context, caller: CallbackContext::new(context)?, check: ItemCheck::new(self, context) };
        let mut stages = self.stages.as_slice();
        let mut items: ItemStream = match &self.source {
            Source::Live(handle, part) => {
                let is_list = || -> ScriptResult<bool> {
                    Ok(handle.collection_kind(&context.run)? == Some(CollectionKind::List))
                };
                match stages {
                    [Stage::Skip(count), rest @ ..] if is_list()? => {
                        stages = rest;
                        LiveIter::new(handle.clone(), context.clone(), *part)
                            .starting_at(*count)
                            .into_stream()
                    }
                    [Stage::Reverse, rest @ ..] if *part == KeyOrItem::Item && is_list()? => {
                        stages = rest;
                        reversed_list(handle.clone(), context.clone())?
                    }
                    _ => {
                        let mut search = Search::new(LiveIter::new(handle.clone(), context.clone(), *part));
                        stages = running.search(&mut search, stages);
                        if only_count && stages.is_empty() {
                            search.only_count();
                        }
                        search.into_stream()
                    }
                }
            }
            Source::Array(array) => {
                let array = Arc::clone(array);
                let item = move |index: usize| Some(Ok(IterItem::new(array.get(index)?.clone(), None)));
                Box::new((0..).map_while(item))
            }
            Source::Map(entries) => {
                let keys: Vec<_> = entries.keys().cloned().collect();
                let entries = Arc::clone(entries);
                Box::new(keys.into_iter().filter_map(move |key| {
                    let item = entries.get(&key)?.clone();
                    Some(
                        Ok(IterItem::new(item, Some(Value::from(key.to_string()))).labeled(Label::Key(None))),
                    )
                }))
            }
            Source::Entries(entries) => {
                let entries = Arc::clone(entries);
                let item = move |index: usize| {
                    let (key, item) = entries.get(index)?;
                    let label = Label::Copied(key.clone());
                    Some(Ok(IterItem::new(to_script(item.clone()), None).labeled(label)))
                };
                Box::new((0..).map_while(item))
            }
            Source::Range(start, end) => {
                let item = |item: INT| Ok(IterItem::new(item.into(), None));
                match stages {
                    [Stage::Skip(count), rest @ ..] => {
                        stages = rest;
                        let passed = INT::try_from(*count).unwrap_or(INT::MAX);
                        Box::new((start.saturating_add(passed)..*end).map(item))
                    }
                    [Stage::Reverse, rest @ ..] => {
                        stages = rest;
                        Box::new((*start..*end).rev().map(item))
                    }
                    _ => Box::new((*start..*end).map(item)),
                }
            }
            Source::Groups(groups) => {
                let groups = Arc::clone(groups);
                Box::new((0..groups.groups.len()).map(move |index| {
                    let group = &groups.groups[index];
                    let item = Dynamic::from(groups.query.group(&groups.by, group));
                    // The key is no path.
                    Ok(IterItem::new(item, None).labeled(Label::Copied(group.key.clone())))
                }))
            }
        };
        items = in_steps(items, context.clone());
        while let [stage, rest @ ..] = stages {
            items = running.stage(items, stage, rest)?;
            stages = rest;
        }
        Ok(items)
    }

    /// Returns the item at `index` of those that leave the last stage.
    pub(crate) fn nth(&self, context: &CallContext, index: usize) -> EvalResult<Option<IterItem>> {
        let query = if index > 0 { self.then(Stage::Skip(index)) } else { self.clone() };
        query.run(context)?.next().transpose()
    }
}

/// A query that runs.
struct Running<'a> {
    context: &'a CallContext,
    caller: Arc<CallbackContext>,
    check: ItemCheck,
}

impl Running<'_> {
    /// Adds the first stages to `search`, as far as it can run them. Returns the others.
    fn search<'s>(&self, search: &mut Search, stages: &'s [Stage]) -> &'s [Stage] {
        let mut rest = stages;
        while let [stage @ (Stage::Filter(function) | Stage::Map(function)), behind @ ..] = rest {
            if !search.add(stage, self.callback(function)) {
                break;
            }
            rest = behind;
        }
        rest
    }

    fn callback(&self, function: &ItemFunction) -> ItemCallback {
        ItemCallback::new(&self.caller, function, &self.check)
    }

    fn key(&self, by: Option<&ItemFunction>) -> ItemKey {
        ItemKey::new(by.map(|by| self.callback(by)), &self.check)
    }

    /// Returns the items that leave `stage`. Those behind it are `rest`.
    fn stage(&self, items: ItemStream, stage: &Stage, rest: &[Stage]) -> EvalResult<ItemStream> {
        Ok(match stage {
            Stage::Filter(function) => {
                let function = self.callback(function);
                filter_map(items, move |item| Ok(function.test(&item)?.unwrap_or(false).then_some(item)))
            }
            Stage::Group(function, key) => stages::group(items, self.callback(function), key.clone()),
            Stage::Map(function) => {
                let function = self.callback(function);
                filter_map(items, move |item| Ok(function.call(&item)?.map(|mapped| item.with(mapped))))
            }
            Stage::FilterMap(function) => {
                let function = self.callback(function);
                filter_map(items, move |item| {
                    let mapped = function.call(&item)?.filter(|mapped| !mapped.is_unit());
                    Ok(mapped.map(|mapped| item.with(to_script::inside(mapped))))
                })
            }
            Stage::Flatten(function) => {
                let items = match function.as_ref().map(|function| self.callback(function)) {
                    Some(function) => filter_map(items, move |item| match function.call(&item) {
                        Ok(mapped) => Ok(mapped.map(|mapped| item.with(mapped))),
                        // As in Rust, an `Err` has no items.
                        Err(error) if is_outcome(&error) => Ok(None),
                        Err(error) => Err(error),
                    }),
                    None => items,
                };
                stages::flatten(items, self.context.clone())
            }
            Stage::Take(count) => Box::new(items.take(*count)),
            Stage::Skip(count) => stages::skip(items, *count),
            Stage::StepBy(count) => stages::step_by(items, *count),
            Stage::TakeWhile(function) => stages::take_while(items, self.callback(function)),
            Stage::SkipWhile(function) => stages::skip_while(items, self.callback(function)),
            Stage::Inspect(function) => {
                let function = self.callback(function);
                filter_map(items, move |item| Ok(function.call(&item)?.map(|_| item)))
            }
            Stage::Sort { by, descending } => {
                let by = match by {
                    SortKey::Comparison(function) => {
                        let compare = Callback::of(&self.caller, function, 2);
                        return sort_by_comparison(items, &compare, *descending);
                    }
                    SortKey::By(by) => Some(by),
                    SortKey::Item => None,
                };
                let max_items = max_items_after_sort(rest);
                SortOrder { key: self.key(by), descending: *descending, max_items }.sort(items)?
            }
            Stage::Reverse => Box::new(collect(items, "reverse")?.into_iter().rev().map(Ok)),
            Stage::Cloned => {
                let context = self.context.clone();
                filter_map(items, move |item| {
                    Ok(Some(match item.handle() {
                        Some(handle) => {
                            IterItem::new(handle.copy(&context.run)?, item.key).labeled(item.label)
                        }
                        None => item,
                    }))
                })
            }
            Stage::Keys => stages::keys(items),
            Stage::Values => stages::map(items, |_, item| {
                let whole = item.whole();
                item.with(whole)
            }),
            Stage::Enumerate => stages::map(items, |position, mut item| {
                if item.entry_key().is_some() {
                    item.label = Label::First(item.first(position));
                }
                let position = Dynamic::from(INT::try_from(position).unwrap_or(INT::MAX));
                let label = Label::First(type_mark::mark(position, usize::type_info()));
                IterItem::new(item.whole(), item.key).labeled(label)
            }),
            Stage::Pairs => stages::pairs(items, self.context.clone()),
            Stage::Zip(other) => {
                let mut others = other.run(self.context)?;
                filter_map(items, move |item| {
                    let Some(other) = others.next() else { return Ok(None) };
                    let (first, item_key) = (item.entry(), item.key);
                    Ok(Some(IterItem::new(other?.entry(), item_key).labeled(Label::First(first))))
                })
            }
            Stage::Chain(other) => Box::new(items.chain(other.run(self.context)?)),
            Stage::Chunks(count) => stages::chunks(items, *count),
            Stage::Windows(count) => stages::windows(items, *count),
            Stage::Dedup(by) => stages::dedup(items, self.key(by.as_ref())),
            Stage::Unique(by) => stages::unique(items, self.key(by.as_ref())),
        })
    }
}

/// Counts each item as a step of the command, which stops or pauses there. The functions of a query count their own, but not every
/// query has one.
fn in_steps(items: ItemStream, context: CallContext) -> ItemStream {
    Box::new(items.map(move |item| {
        context.run.watchdog.tick().map_err(ScriptError::from)?;
        item
    }))
}

/// Returns how many sorted items the stages after a sort pass on; `None` for all of them.
fn max_items_after_sort(stages: &[Stage]) -> Option<usize> {
    match stages {
        [Stage::Take(count), ..] => Some(*count),
        [Stage::Skip(skipped), Stage::Take(count), ..] => Some(skipped.saturating_add(*count)),
        _ => None,
    }
}

/// Returns the module that makes `for` iterate over live collections and queries in one session.
pub(crate) fn module(context: &CallContext) -> Module {
    fn iterate(context: &CallContext, query: Option<Query>) -> Box<dyn Iterator<Item = EvalResult<Dynamic>>> {
        match query.map(|query| query.run(context)) {
            Some(Ok(items)) => Box::new(items.map(|item| item.map(|item| item.whole()))),
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
    let values = context.clone();
    module
        .set_iter_result(TypeId::of::<RustValue>(), move |value| iterate(&values, Query::of_script(&value)));
    module.set_iter_result(TypeId::of::<Query>(), move |query| iterate(&queries, query.try_cast::<Query>()));
    module
}
