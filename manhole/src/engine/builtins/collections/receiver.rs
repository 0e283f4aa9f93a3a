//! A collection on which a method is called, and what its methods need.

use std::ops::{Range, RangeInclusive};

use rhai::{Array, Dynamic, FnPtr, INT, Map, NativeCallContext};

use crate::engine::live::{
    CollectionKind, Handle, ItemFunction, IterItem, KeyOrItem, Query, SortKey, Stage, values,
};
use crate::engine::query::{Aggregation, Callback, CallbackContext, Parameters};
use crate::engine::show::{self, Formatter};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script, type_mark};
use crate::reflect::Manhole;

/// A collection on which a method is called.
pub(super) struct Receiver<'a> {
    pub(super) context: &'a CallContext,
    pub(super) name: &'static str,
    kind: ReceiverKind<'a>,
}

enum ReceiverKind<'a> {
    Handle(&'a Handle),
    Query(Query),
    /// A script's own array, whose stages run at once.
    Array(Query),
    /// A script's own map, whose stages run at once.
    Map(Query),
}

/// A method for one number of arguments.
#[derive(Clone, Copy)]
pub(super) struct MethodEntry {
    pub(super) name: &'static str,
    pub(super) arity: usize,
    pub(super) run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult,
}

pub(super) const fn method(
    name: &'static str,
    arity: usize,
    run: fn(&Receiver<'_>, &[Dynamic]) -> EvalResult,
) -> MethodEntry {
    MethodEntry { name, arity, run }
}

impl<'a> Receiver<'a> {
    pub(super) const fn live(context: &'a CallContext, name: &'static str, handle: &'a Handle) -> Self {
        Self { context, name, kind: ReceiverKind::Handle(handle) }
    }

    /// Returns the receiver of a method of a script's own value, or `None` if it is no collection.
    pub(super) fn of_script(context: &'a CallContext, name: &'static str, value: &Dynamic) -> Option<Self> {
        let query = Query::of_script(value)?;
        let kind = if value.is_array() {
            ReceiverKind::Array(query)
        } else if value.is_map() {
            ReceiverKind::Map(query)
        } else {
            ReceiverKind::Query(query)
        };
        Some(Self { context, name, kind })
    }

    pub(super) fn query(&self) -> Query {
        match &self.kind {
            ReceiverKind::Handle(handle) => Query::live((*handle).clone(), KeyOrItem::Item),
            ReceiverKind::Query(query) | ReceiverKind::Array(query) | ReceiverKind::Map(query) => {
                query.clone()
            }
        }
    }

    pub(super) fn handle(&self) -> EvalResult<&'a Handle> {
        match self.kind {
            ReceiverKind::Handle(handle) => Ok(handle),
            _ => {
                let message =
                    format!("cannot call `{}` on a query: it needs a value of the application", self.name);
                Err(ScriptError::new(message).into())
            }
        }
    }

    /// Returns the receiver itself.
    pub(super) fn itself(&self) -> EvalResult {
        Ok(match &self.kind {
            ReceiverKind::Handle(handle) => Dynamic::from((*handle).clone()),
            ReceiverKind::Query(query) => Dynamic::from(query.clone()),
            ReceiverKind::Array(_) => self.items().to_array()?.into(),
            ReceiverKind::Map(query) => self.to_map(query.clone())?,
        })
    }

    /// Returns the collection that leaves `stage`. That of a script's own collection runs at once, if it is one of these again.
    pub(super) fn then(&self, stage: Stage) -> EvalResult {
        let is_ordered = matches!(stage, Stage::Sort { .. } | Stage::Reverse | Stage::Chain(_));
        let is_paired = matches!(stage, Stage::Enumerate | Stage::Zip(_));
        let keeps_keys = stage.keeps_keys();
        match &self.kind {
            ReceiverKind::Handle(handle) => {
                // Checked here, and not when the query runs, for the position of the error.
                handle.len(&self.context.run)?;
                self.query().then(stage).into_script()
            }
            ReceiverKind::Query(query) => query.then(stage).into_script(),
            ReceiverKind::Array(query) | ReceiverKind::Map(query) if is_paired => {
                query.then(stage).into_script()
            }
            ReceiverKind::Map(query) if keeps_keys && is_ordered => query.then(stage).into_script(),
            ReceiverKind::Map(query) if keeps_keys => self.to_map(query.then(stage)),
            ReceiverKind::Array(_) | ReceiverKind::Map(_) => Ok(self.with(stage).to_array()?.into()),
        }
    }

    /// Returns the results of a function for all items; for an option that is no collection, its result for the value inside.
    pub(super) fn map(&self, function: ItemFunction) -> EvalResult {
        if let ReceiverKind::Handle(handle) = self.kind {
            if handle.collection_kind(&self.context.run)?.is_none() {
                let caller = CallbackContext::new(self.context)?;
                return Callback::of(&caller, &function, 1).call(&mut [self.itself()?]);
            }
        }
        self.then(Stage::Map(function))
    }

    fn to_map(&self, query: Query) -> EvalResult {
        let items = Aggregation::new(query, self.context).to_items()?;
        let entries = items.into_iter().filter_map(|item| {
            let key = item.first(0).into_immutable_string().ok()?;
            Some((key.as_str().into(), item.item()))
        });
        Ok(entries.collect::<Map>().into())
    }

    pub(super) fn items(&self) -> Aggregation<'a> {
        Aggregation::new(self.query(), self.context)
    }

    /// Returns the items that leave `stage`.
    pub(super) fn with(&self, stage: Stage) -> Aggregation<'a> {
        Aggregation::new(self.query().then(stage), self.context)
    }

    pub(super) fn is_map(&self) -> EvalResult<bool> {
        Ok(self.query().is_map(self.context)?)
    }

    /// Returns the last argument, which must be a function.
    pub(super) fn function(&self, args: &[Dynamic]) -> EvalResult<ItemFunction> {
        let function =
            args.last().and_then(|last| last.read_lock::<FnPtr>().map(|function| function.clone()));
        let function = function.ok_or_else(|| {
            let help = format!("pass a closure: {}(|item| …)", self.name);
            ScriptError::new(format!("`{}` takes a function", self.name)).with_help(help)
        })?;
        Ok(ItemFunction { function, method: self.name })
    }

    /// Returns the last argument, which must be a number of items.
    pub(super) fn count(&self, args: &[Dynamic], min: usize) -> EvalResult<usize> {
        let count = args.last().and_then(|last| last.as_int().ok());
        let count = count.and_then(|count| usize::try_from(count).ok()).filter(|count| *count >= min);
        count.ok_or_else(|| {
            ScriptError::new(format!("`{}` takes a number of items, {min} or more", self.name)).into()
        })
    }

    /// Returns the last argument, which must be an integer.
    pub(super) fn index(&self, args: &[Dynamic]) -> EvalResult<INT> {
        let index = args.last().and_then(|last| last.as_int().ok());
        index.ok_or_else(|| ScriptError::new(format!("`{}` takes an integer", self.name)).into())
    }

    /// Returns the last argument, which must be a collection.
    pub(super) fn other(&self, args: &[Dynamic]) -> EvalResult<Query> {
        let other = match args.last() {
            // The iterator over an option.
            Some(option) if is_single_option(option) => {
                let item = (!option.is_unit()).then(|| to_script::inside(option.clone()));
                Query::of_script(&item.into_iter().collect::<Array>().into())
            }
            Some(last) => Query::of(last, self.context)?,
            None => None,
        };
        other
            .ok_or_else(|| ScriptError::new(format!("`{}` takes a list, a map or a query", self.name)).into())
    }

    /// Returns what a function for a sort or an extreme compares: on a list, one with two parameters compares two items.
    pub(super) fn sort_key(&self, args: &[Dynamic]) -> EvalResult<SortKey> {
        let function = self.function(args)?;
        let caller = CallbackContext::new(self.context)?;
        let parameters = Parameters::of(&caller, &function.function);
        // Of a map, one that takes apart both of its parameters compares two entries, and one that calls `cmp` two values.
        let has_order = || caller.takes_entry(&function.function, 2) || caller.compares(&function.function);
        let compares = || EvalResult::Ok(!self.is_map()? || has_order());
        Ok(if parameters == Parameters::KeyAndItem && compares()? {
            SortKey::Comparison(function)
        } else {
            SortKey::By(function)
        })
    }

    /// Returns the smallest (`Less`) or largest (`Greater`) item by a function.
    pub(super) fn extreme_by(&self, args: &[Dynamic], order: std::cmp::Ordering) -> EvalResult {
        let found = match self.sort_key(args)? {
            SortKey::Comparison(function) => self.items().min_or_max_by_comparison(&function, order)?,
            SortKey::By(function) => self.items().min_or_max(Some(&function), order)?,
            SortKey::Item => self.items().min_or_max(None, order)?,
        };
        Ok(item(found))
    }

    /// Returns whether the collection contains `value`: a map as a key, a list or set as an item.
    pub(super) fn contains(&self, value: &Dynamic) -> EvalResult<bool> {
        if self.is_map()? {
            return Ok(self.items().entry(value)?.is_some());
        }
        self.items().contains(value)
    }

    /// Returns the item under a key or at a position, or the items of a range, or `None`.
    pub(super) fn get(&self, key: &Dynamic) -> EvalResult {
        if !self.is_map()? {
            if let Some(items) = self.items_in(key)? {
                return Ok(items);
            }
            self.index(std::slice::from_ref(key))?;
        }
        Ok(self.find_key(key)?.map_or_else(to_script::none, |found| to_script::some(found.whole())))
    }

    /// Returns the items in a range of positions, or `None` if it goes beyond the end. Returns no value if `range` is no range.
    pub(super) fn items_in(&self, range: &Dynamic) -> EvalResult<Option<Dynamic>> {
        let Some((start, end)) = bounds(range) else { return Ok(None) };
        let len = self.items().count()?;
        let position = |bound: INT| usize::try_from(bound).ok().filter(|bound| *bound <= len);
        // The end of `1..` is the end of the list.
        let end = if end == INT::MAX { Some(len) } else { position(end) };
        let found = position(start).zip(end).filter(|(start, end)| start <= end);
        let Some((start, end)) = found else { return Ok(Some(to_script::none())) };
        let query = self.query().then(Stage::Skip(start)).then(Stage::Take(end - start));
        let items = if matches!(self.kind, ReceiverKind::Handle(_)) {
            query.into_script()?
        } else {
            Aggregation::new(query, self.context).to_array()?.into()
        };
        Ok(Some(to_script::some(items)))
    }

    /// Returns the item under a key or at a position.
    pub(super) fn find_key(&self, key: &Dynamic) -> EvalResult<Option<IterItem>> {
        if self.is_map()? {
            return self.items().entry(key);
        }
        match key.as_int() {
            Ok(index) => self.items().nth(index),
            Err(_) => Ok(None),
        }
    }

    /// Returns whether the collection is a set of the application.
    pub(super) fn is_live_set(&self) -> EvalResult<bool> {
        Ok(match self.kind {
            ReceiverKind::Handle(handle) => {
                handle.collection_kind(&self.context.run)? == Some(CollectionKind::Set)
            }
            _ => false,
        })
    }

    pub(super) fn text(&self) -> EvalResult {
        let this = self.itself()?;
        Ok(Formatter::new(self.context).text(&this)?.into())
    }
}

/// Returns the item that a method has found, or `None`. One of a map has its key.
pub(super) fn item(found: Option<IterItem>) -> Dynamic {
    found.map_or_else(to_script::none, |found| to_script::some(found.entry()))
}

/// Returns the first integer of a range, and the one behind its last.
pub(super) fn bounds(range: &Dynamic) -> Option<(INT, INT)> {
    if let Some(range) = range.read_lock::<Range<INT>>() {
        return Some((range.start, range.end));
    }
    let range = range.read_lock::<RangeInclusive<INT>>()?;
    Some((*range.start(), range.end().saturating_add(1)))
}

pub(super) fn number(count: usize) -> Dynamic {
    type_mark::mark(INT::try_from(count).unwrap_or(INT::MAX).into(), usize::type_info())
}

/// Returns the part of an array from `start` to before `end`.
pub(super) fn slice(array: &Array, start: usize, end: usize) -> Array {
    let end = end.min(array.len());
    array.get(start.min(end)..end).unwrap_or_default().to_vec()
}

/// Calls a method of `this`.
pub(crate) fn call_method(
    call: &NativeCallContext<'_>,
    this: &Handle,
    name: &str,
    args: &[Dynamic],
) -> EvalResult {
    show::call_method(&*CallContext::of(call)?, this, name, &values(args)?)
}

/// Returns whether `value` is an option, as a script wrote it or a method returned it, around no collection.
fn is_single_option(value: &Dynamic) -> bool {
    to_script::is_none(value)
        || to_script::is_some(value) && !value.is_array() && !value.is_map() && !value.is::<Handle>()
}
