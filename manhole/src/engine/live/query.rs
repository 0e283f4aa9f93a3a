//! A query as a script holds it: a collection, and the stages that its items pass. Nothing runs here.

use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr};

use super::handle::Handle;
use super::value_count::check_value_count;
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::Value;

/// How many things may be done with the items of one query: each is a call inside of the next.
const MAX_STAGES: usize = 64;

/// The part of each item that a query takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOrItem {
    /// The key of a map's item, the position of a list's.
    Key,
    /// The item.
    Item,
}

/// A collection, and what is to be done with its items.
#[derive(Clone)]
pub(crate) struct Query {
    pub(crate) source: Source,
    pub(crate) stages: Vec<Stage>,
    /// What a grouping has seen of its group.
    pub(crate) seen: Option<Arc<GroupSummary>>,
}

/// What a grouping has seen of one group.
pub(crate) struct GroupSummary {
    pub(crate) count: usize,
    pub(crate) first: Vec<Dynamic>,
}

#[derive(Clone)]
pub(crate) enum Source {
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
    pub(crate) fn into_script(self) -> EvalResult<Dynamic> {
        if self.stages.len() > MAX_STAGES {
            return Err(ScriptError::new(format!("a query has {MAX_STAGES} steps at most")).into());
        }
        let query = Dynamic::from(self);
        check_value_count(&query)?;
        Ok(query)
    }
}
