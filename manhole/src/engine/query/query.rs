//! Questions to collections: `filter`, `map`, `take`, `skip`, `sort_by`.
//!
//! A [`Query`] copies nothing and runs nothing: it is a collection and what is to be done with its items. It runs when it is
//! asked for something: when it is shown, gone through, counted or summed up. Then the items come by one after another, and the
//! script's functions are called while no lock is held.

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::Arc;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Module, Position};

use super::callback::{Callback, CallbackContext};
use super::live_iter::{IterItem, KeyOrItem, LiveIter};
use crate::engine::live::handle::Handle;
use crate::engine::state::closure_gc;
use crate::engine::state::session_state::CallContext;
use crate::engine::value::convert;
use crate::engine::value::script_error::ScriptError;
use crate::reflect::Value;

/// How many items are kept at once to sort them.
const MOST_SORTED: usize = 100_000;

/// How many things may be done with the items of one query: each is a call inside of the next.
const MOST_STAGES: usize = 64;

/// A collection, and what is to be done with its items.
#[derive(Clone)]
pub(crate) struct Query {
    source: Source,
    stages: Vec<Stage>,
    /// What a grouping has seen of its group.
    pub(crate) seen: Option<Arc<GroupSummary>>,
}

/// What a grouping has seen of one group.
pub(crate) struct GroupSummary {
    pub(crate) count: usize,
    pub(crate) first: Vec<Dynamic>,
}

#[derive(Clone)]
enum Source {
    /// A collection of the application.
    Live(Handle, KeyOrItem),
    /// A script's own array.
    Array(Arc<Array>),
}

/// One thing to be done with the items that come by.
#[derive(Clone)]
pub(crate) enum Stage {
    /// Lets only those pass for which the function says so.
    Filter(FnPtr),
    /// Lets only those pass for which the function gives this value.
    Group(FnPtr, Value<'static>),
    /// Passes on what the function makes of each.
    Map(FnPtr),
    Take(usize),
    Skip(usize),
    /// Passes them on in the order of what the function gives for each; of the items themselves without one.
    Sort {
        by: Option<FnPtr>,
        descending: bool,
    },
}

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// The items that come by.
pub(crate) type ItemStream = Box<dyn Iterator<Item = Outcome<IterItem>>>;

impl Query {
    /// All items of the collection that `handle` leads to.
    pub(crate) fn live(handle: Handle, part: KeyOrItem) -> Self {
        Self { source: Source::Live(handle, part), stages: Vec::new(), seen: None }
    }

    /// All items of a script's array.
    pub(crate) fn array(items: Array) -> Self {
        Self { source: Source::Array(Arc::new(items)), stages: Vec::new(), seen: None }
    }

    /// The query with one more thing to be done.
    pub(crate) fn then(&self, stage: Stage) -> Self {
        let mut stages = self.stages.clone();
        stages.push(stage);
        Self { source: self.source.clone(), stages, seen: None }
    }

    /// The query for one of the groups that a function makes.
    pub(crate) fn group(&self, by: &FnPtr, key: Value<'static>, seen: GroupSummary) -> Self {
        let mut group = self.then(Stage::Group(by.clone(), key));
        group.seen = Some(Arc::new(seen));
        group
    }

    /// The other way round, if it is sorted.
    pub(crate) fn reversed(&self) -> Result<Self, ScriptError> {
        let mut query = self.clone();
        query.seen = None;
        match query.stages.last_mut() {
            Some(Stage::Sort { descending, .. }) => *descending = !*descending,
            _ => {
                return Err(ScriptError::new(
                    "only what is sorted can be reversed: sort_by(|x| …).reverse()",
                ));
            }
        }
        Ok(query)
    }

    /// The functions of the script that the query holds.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &FnPtr> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::Filter(function) | Stage::Map(function) | Stage::Group(function, _) => Some(function),
            Stage::Sort { by, .. } => by.as_ref(),
            Stage::Take(_) | Stage::Skip(_) => None,
        })
    }

    /// Hands the script's values that the query holds to `look`, for as long as that wants more.
    pub(crate) fn parts(&self, look: &mut dyn FnMut(&Dynamic) -> bool) {
        let source = if let Source::Array(items) = &self.source { items.as_slice() } else { &[] };
        let seen = self.seen.as_ref().map_or(&[][..], |seen| seen.first.as_slice());
        let captured = self.functions().flat_map(FnPtr::iter_curry);
        let _ = captured.chain(source).chain(seen).all(look);
    }

    /// The query as a script's value, if it is not made of too much.
    pub(crate) fn into_script(self) -> Outcome<Dynamic> {
        if self.stages.len() > MOST_STAGES {
            return Err(raise(ScriptError::new(format!("a query has {MOST_STAGES} steps at most"))));
        }
        let query = Dynamic::from(self);
        closure_gc::check_weight(&query)?;
        Ok(query)
    }

    /// How many items come by, where that can be told without running.
    pub(crate) fn known_len(&self, context: &CallContext) -> Result<Option<usize>, ScriptError> {
        if let Some(seen) = &self.seen {
            return Ok(Some(seen.count));
        }
        let mut len = match &self.source {
            Source::Array(items) => items.len(),
            Source::Live(handle, _) => match usize::try_from(handle.len(context)?) {
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
    pub(crate) fn run(&self, context: &CallContext) -> Outcome<ItemStream> {
        let caller = CallbackContext::new(context)?;
        let mut stages = self.stages.as_slice();
        let mut flow: ItemStream = match &self.source {
            Source::Live(handle, part) => {
                let mut items = LiveIter::new(handle.clone(), context.clone(), *part);
                if let [Stage::Skip(count), rest @ ..] = stages
                    && handle.is_list(context).map_err(raise)?
                {
                    items = items.starting_at(*count);
                    stages = rest;
                }
                Box::new(items.map(|entry| entry.map_err(raise)))
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
    pub(crate) fn nth(&self, context: &CallContext, index: usize) -> Outcome<Option<Dynamic>> {
        self.run(context)?.nth(index).map(|entry| entry.map(|entry| entry.item)).transpose()
    }
}

/// The engine's error for a fault outside of any text.
pub(crate) fn raise(fault: ScriptError) -> Box<EvalAltResult> {
    fault.at(Position::NONE)
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
    pub(crate) fn call(&self, entry: &IterItem) -> Outcome<Option<Dynamic>> {
        let item = entry.item.clone();
        let result = if self.with_key {
            self.function.call(&mut [entry.script_key(), item])
        } else {
            self.function.call(&mut [item])
        };
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.is_gone(&entry.item) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the function says yes.
    pub(crate) fn test(&self, entry: &IterItem) -> Outcome<bool> {
        match self.call(entry)? {
            None => Ok(false),
            Some(value) => value.as_bool().map_err(|kind| {
                let kind = crate::engine::value::diagnostic::plain_types(kind);
                raise(ScriptError::new(format!(
                    "the function must give true or false for each item, not {kind}"
                )))
            }),
        }
    }

    fn is_gone(&self, item: &Dynamic) -> bool {
        let context = self.function.context();
        let gone = item.read_lock::<Handle>().is_some_and(|handle| handle.is_gone(context));
        if gone {
            context.0.watchdog.note("items were taken away meanwhile and are left out");
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
                        let key = convert::key(function.context(), &key).ok()?;
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
) -> Outcome<ItemStream> {
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
        let key = convert::key(caller.context(), &key).map_err(raise)?;
        kept.push(Keyed { key, position, entry });
        match wanted.filter(|wanted| *wanted <= MOST_SORTED) {
            Some(wanted) if kept.len() >= 2 * wanted.max(512) => {
                kept.select_nth_unstable_by(wanted, compare);
                kept.truncate(wanted);
            }
            None if kept.len() > MOST_SORTED => {
                let message = format!("there are more than {MOST_SORTED} items to sort");
                let help = Some("take the first ones only: sort_by(|x| …).take(20)".to_owned());
                return Err(raise(ScriptError::new(message).with_help(help)));
            }
            _ => {}
        }
    }
    kept.sort_unstable_by(compare);
    Ok(Box::new(kept.into_iter().map(|keyed| Ok(keyed.entry))))
}

/// A module with which `for` goes through live collections and queries in one session.
pub(crate) fn module(context: &CallContext) -> Module {
    fn iterate(context: &CallContext, query: Option<Query>) -> Box<dyn Iterator<Item = Outcome<Dynamic>>> {
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
