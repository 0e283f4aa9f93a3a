//! Questions to collections: `filter`, `map`, `take`, `skip`, `sort_by`.
//!
//! A [`Query`] copies nothing and runs nothing: it is a collection and what is to be done with its items. It runs when it is
//! asked for something: when it is shown, gone through, counted or summed up. Then the items come by one after another, and the
//! script's functions are called while no lock is held.

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::Arc;

use rhai::{Dynamic, FnPtr, Module};

use super::callback::{Callback, CallbackContext};
use super::live_iter::{IterItem, LiveIter};
use crate::engine::live::{Handle, KeyOrItem, Query, Source, Stage, from_script};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, type_kinds};
use crate::reflect::Value;

/// How many items are kept at once to sort them.
const MOST_SORTED: usize = 100_000;

/// The items that come by.
pub(crate) type ItemStream = Box<dyn Iterator<Item = EvalResult<IterItem>>>;

impl Query {
    /// How many items come by, where that can be told without running.
    pub(crate) fn known_len(&self, context: &CallContext) -> Result<Option<usize>, ScriptError> {
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
        let caller = CallbackContext::new(context)?;
        let mut stages = self.stages.as_slice();
        let mut flow: ItemStream = match &self.source {
            Source::Live(handle, part) => {
                let mut items = LiveIter::new(handle.clone(), context.clone(), *part);
                if let [Stage::Skip(count), rest @ ..] = stages
                    && handle.is_list(&context.run)?
                {
                    items = items.starting_at(*count);
                    stages = rest;
                }
                Box::new(items.map(|entry| entry.map_err(Into::into)))
            }
            Source::Array(items) => {
                let items = Arc::clone(items);
                Box::new((0..items.len()).map_while(move |index| {
                    let item = items.get(index)?.clone();
                    Some(Ok(IterItem { item, key: Some(Value::from(index)) }))
                }))
            }
        };
        while let [stage, rest @ ..] = stages {
            flow = match stage {
                Stage::Sort { by, descending } => {
                    let wanted = wanted(rest);
                    sorted(flow, &caller, by.as_ref(), *descending, wanted)?
                }
                stage => pass(flow, &caller, stage),
            };
            stages = rest;
        }
        Ok(flow)
    }

    /// The item at `index`, counted as they come by.
    pub(crate) fn nth(&self, context: &CallContext, index: usize) -> EvalResult<Option<Dynamic>> {
        self.run(context)?.nth(index).map(|entry| entry.map(|entry| entry.item)).transpose()
    }
}

/// Calls a script's function for one item: with its key or position too, if the function takes both. Two are in the order of
/// Rust's own iterators over maps, the key first.
pub(crate) struct ItemCallback {
    function: Callback,
    with_key: bool,
}

impl ItemCallback {
    pub(crate) fn new(caller: &Arc<CallbackContext>, function: &FnPtr) -> Self {
        let with_key = caller.takes_key(function);
        Self { function: Callback::new(caller, function.clone(), 1 + usize::from(with_key)), with_key }
    }

    fn context(&self) -> &CallContext {
        self.function.context()
    }

    /// What the function gives for `entry`; `None` if the item was taken away by the program meanwhile.
    pub(crate) fn call(&self, entry: &IterItem) -> EvalResult<Option<Dynamic>> {
        let item = entry.item.clone();
        let result = if self.with_key {
            self.function.call(&mut [entry.script_key(), item])
        } else {
            self.function.call(&mut [item])
        };
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.is_missing(&entry.item) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the function says yes.
    pub(crate) fn test(&self, entry: &IterItem) -> EvalResult<bool> {
        match self.call(entry)? {
            None => Ok(false),
            Some(value) => value.as_bool().map_err(|kind| {
                let kind = type_kinds(kind);
                ScriptError::new(format!("the function must give true or false for each item, not {kind}"))
                    .into()
            }),
        }
    }

    fn is_missing(&self, item: &Dynamic) -> bool {
        let context = self.function.context();
        let gone = item.read_lock::<Handle>().is_some_and(|handle| handle.is_missing(&context.run));
        if gone {
            context.run.watchdog.send_note("items were taken away meanwhile and are left out");
        }
        gone
    }
}

fn pass(flow: ItemStream, caller: &Arc<CallbackContext>, stage: &Stage) -> ItemStream {
    match stage {
        Stage::Take(count) => Box::new(flow.take(*count)),
        Stage::Skip(count) => {
            let mut left = *count;
            Box::new(flow.filter(move |entry| {
                // An error is not passed over.
                let skipped = left > 0 && entry.is_ok();
                left -= usize::from(skipped);
                !skipped
            }))
        }
        Stage::Filter(function) => {
            let function = ItemCallback::new(caller, function);
            Box::new(flow.filter_map(move |entry| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => return Some(Err(error)),
                };
                match function.test(&entry) {
                    Ok(true) => Some(Ok(entry)),
                    Ok(false) => None,
                    Err(error) => Some(Err(error)),
                }
            }))
        }
        Stage::Group(function, wanted) => {
            let (function, wanted) = (ItemCallback::new(caller, function), wanted.clone());
            Box::new(flow.filter_map(move |entry| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => return Some(Err(error)),
                };
                match function.call(&entry) {
                    Ok(Some(key)) => {
                        let key = from_script::key(&function.context().run, &key).ok()?;
                        key.same(&wanted).then_some(Ok(entry))
                    }
                    Ok(None) => None,
                    Err(error) => Some(Err(error)),
                }
            }))
        }
        Stage::Map(function) => {
            let function = ItemCallback::new(caller, function);
            Box::new(flow.filter_map(move |entry| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => return Some(Err(error)),
                };
                let made = function.call(&entry).transpose()?;
                Some(made.map(|item| IterItem { item, key: entry.key }))
            }))
        }
        Stage::Sort { .. } => flow,
    }
}

/// How many of the first items the stages after a sorting want; `None` for all.
fn wanted(stages: &[Stage]) -> Option<usize> {
    match stages {
        [Stage::Take(count), ..] => Some(*count),
        [Stage::Skip(skipped), Stage::Take(count), ..] => Some(skipped.saturating_add(*count)),
        _ => None,
    }
}

/// An item with what it is sorted by.
struct Keyed {
    key: Value<'static>,
    position: usize,
    entry: IterItem,
}

/// The items in order. Of more than are wanted only the first are kept, so that a million can be asked for their first ten.
fn sorted(
    flow: ItemStream,
    caller: &Arc<CallbackContext>,
    by: Option<&FnPtr>,
    descending: bool,
    wanted: Option<usize>,
) -> EvalResult<ItemStream> {
    let by = by.map(|by| ItemCallback::new(caller, by));
    let compare = move |a: &Keyed, b: &Keyed| -> Ordering {
        let order = a.key.order(&b.key);
        // What is equal stays in the order in which it came.
        (if descending { order.reverse() } else { order }).then(a.position.cmp(&b.position))
    };
    let mut kept = Vec::new();
    for (position, entry) in flow.enumerate() {
        let entry = entry?;
        let key = match &by {
            Some(by) => match by.call(&entry)? {
                Some(key) => key,
                None => continue,
            },
            None => entry.item.clone(),
        };
        let key = from_script::key(&caller.context().run, &key)?;
        kept.push(Keyed { key, position, entry });
        match wanted.filter(|wanted| *wanted <= MOST_SORTED) {
            Some(wanted) if kept.len() >= 2 * wanted.max(512) => {
                kept.select_nth_unstable_by(wanted, compare);
                kept.truncate(wanted);
            }
            None if kept.len() > MOST_SORTED => {
                let message = format!("there are more than {MOST_SORTED} items to sort");
                let help = "take the first ones only: sort_by(|x| …).take(20)";
                return Err(ScriptError::new(message).with_help(help).into());
            }
            _ => {}
        }
    }
    kept.sort_unstable_by(compare);
    Ok(Box::new(kept.into_iter().map(|keyed| Ok(keyed.entry))))
}

/// A module with which `for` goes through live collections and queries in one session.
pub(crate) fn module(context: &CallContext) -> Module {
    fn iterate(context: &CallContext, query: Option<Query>) -> Box<dyn Iterator<Item = EvalResult<Dynamic>>> {
        match query.map(|query| query.run(context)) {
            Some(Ok(flow)) => Box::new(flow.map(|entry| entry.map(|entry| entry.item))),
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
