//! A query as a script holds it: a collection, and the stages for its items. Nothing here runs a query.

use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr};

use super::handle::Handle;
use super::value_count::{check_value_count, children};
use crate::engine::value::{EvalResult, ScriptError, ScriptResult};
use crate::reflect::Value;

/// How many stages a query may have. Each is a call inside the next one.
const MAX_STAGES: usize = 64;

/// The part of each item that a query yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOrItem {
    /// The key of a map's item, or the index of a list's.
    Key,
    /// The item.
    Item,
}

/// A collection, and the stages for its items.
#[derive(Clone)]
pub(crate) struct Query {
    pub(crate) source: Source,
    pub(crate) stages: Vec<Stage>,
    /// The summary of the group, if this is one.
    pub(crate) summary: Option<Arc<GroupSummary>>,
}

/// The count and the first items of one group.
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

/// One stage of a query.
#[derive(Clone)]
pub(crate) enum Stage {
    /// Keeps the items for which the function returns `true`.
    Filter(FnPtr),
    /// Keeps the items for which the function returns this value.
    Group(FnPtr, Value<'static>),
    /// Replaces each item with the result of the function.
    Map(FnPtr),
    Take(usize),
    Skip(usize),
    /// Sorts the items by the result of the function, or by themselves without one.
    Sort {
        by: Option<FnPtr>,
        descending: bool,
    },
}

impl Query {
    /// Creates a query for all items of a collection of the application.
    pub(crate) fn live(handle: Handle, part: KeyOrItem) -> Self {
        Self { source: Source::Live(handle, part), stages: Vec::new(), summary: None }
    }

    /// Creates a query for all items of a script's array.
    pub(crate) fn array(items: Array) -> Self {
        Self { source: Source::Array(Arc::new(items)), stages: Vec::new(), summary: None }
    }

    /// Returns the query with one more stage.
    pub(crate) fn then(&self, stage: Stage) -> Self {
        let mut stages = self.stages.clone();
        stages.push(stage);
        Self { source: self.source.clone(), stages, summary: None }
    }

    /// Returns the query for one group of a grouping by the function `by`.
    pub(crate) fn group(&self, by: &FnPtr, key: Value<'static>, summary: GroupSummary) -> Self {
        let mut group = self.then(Stage::Group(by.clone(), key));
        group.summary = Some(Arc::new(summary));
        group
    }

    /// Returns the query in reverse order.
    ///
    /// # Errors
    ///
    /// If the query does not end with a sort.
    pub(crate) fn reversed(&self) -> ScriptResult<Self> {
        let mut query = self.clone();
        query.summary = None;
        match query.stages.last_mut() {
            Some(Stage::Sort { descending, .. }) => *descending = !*descending,
            _ => {
                return Err(ScriptError::new("cannot reverse the query: it is not sorted")
                    .with_help("sort it first: x.sort_by(|x| …).reverse()"));
            }
        }
        Ok(query)
    }

    /// Returns the script functions in the query.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &FnPtr> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::Filter(function) | Stage::Map(function) | Stage::Group(function, _) => Some(function),
            Stage::Sort { by, .. } => by.as_ref(),
            Stage::Take(_) | Stage::Skip(_) => None,
        })
    }

    /// Calls `visit` with each script value in the query, until that returns `false`.
    pub(crate) fn children(&self, visit: &mut dyn FnMut(&Dynamic) -> bool) {
        let source = if let Source::Array(items) = &self.source { items.as_slice() } else { &[] };
        let summary = self.summary.as_ref().map_or(&[][..], |summary| summary.first.as_slice());
        let captured = self.functions().flat_map(FnPtr::iter_curry);
        let _ = captured.chain(source).chain(summary).all(visit);
    }

    /// Returns the collection of the application, if that is the source.
    pub(crate) const fn collection(&self) -> Option<&Handle> {
        match &self.source {
            Source::Live(handle, _) => Some(handle),
            Source::Array(_) => None,
        }
    }

    /// Converts the query to a script's value.
    ///
    /// # Errors
    ///
    /// If it has too many stages or values.
    pub(crate) fn into_script(self) -> EvalResult<Dynamic> {
        if self.stages.len() > MAX_STAGES {
            return Err(ScriptError::new(format!(
                "cannot extend the query: expected at most {MAX_STAGES} stages"
            ))
            .into());
        }
        let query = Dynamic::from(self);
        check_value_count(&query)?;
        Ok(query)
    }
}

/// Returns whether `value` is a value of the application at `place` or below it, or has one inside.
pub(crate) fn is_inside(value: &Dynamic, place: &str) -> bool {
    if let Some(handle) = value.read_lock::<Handle>() {
        return handle.is_inside(place);
    }
    let query = value.read_lock::<Query>();
    let mut found =
        query.is_some_and(|query| query.collection().is_some_and(|source| source.is_inside(place)));
    if !value.is_shared() && !value.is_fnptr() {
        children(value, &mut |child| {
            found |= is_inside(child, place);
            !found
        });
    }
    found
}
