//! A query as a script holds it: a collection, and the stages for its items. Nothing here runs a query.

use std::sync::Arc;

use rhai::{Array, Dynamic, FnPtr, INT, Map};

use super::handle::Handle;
use super::iter_item::IterItem;
use super::value_count::{check_value_count, children};
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::Value;

/// How many stages a query may have, with those of the queries in it. Each is a call inside the next one.
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
    pub(crate) key: Value<'static>,
    pub(crate) count: usize,
    pub(crate) first: Vec<IterItem>,
}

/// The groups of a query's items, in the order of their keys.
pub(crate) struct Groups {
    pub(crate) query: Query,
    pub(crate) by: ItemFunction,
    pub(crate) groups: Vec<Arc<GroupSummary>>,
}

#[derive(Clone)]
pub(crate) enum Source {
    /// A collection of the application.
    Live(Handle, KeyOrItem),
    /// A script's own array.
    Array(Arc<Array>),
    /// A script's own map.
    Map(Arc<Map>),
    /// A map in Rust's notation.
    Entries(Arc<Vec<(Value<'static>, Value<'static>)>>),
    /// The integers from the first one to the one before the second one.
    Range(INT, INT),
    /// A map from each key to a query for its items.
    Groups(Arc<Groups>),
}

/// A script's function, and the method that calls it for each item.
#[derive(Clone)]
pub(crate) struct ItemFunction {
    pub(crate) function: FnPtr,
    pub(crate) method: &'static str,
}

impl ItemFunction {
    /// Returns whether the function only reads.
    pub(crate) fn is_search(&self) -> bool {
        !matches!(self.method, "map" | "for_each")
    }
}

/// One stage of a query.
#[derive(Clone)]
pub(crate) enum Stage {
    /// Keeps the items for which the function returns `true`.
    Filter(ItemFunction),
    /// Keeps the items for which the function returns this value.
    Group(ItemFunction, Value<'static>),
    /// Replaces each item with the result of the function.
    Map(ItemFunction),
    /// Replaces each item with the result of the function, and leaves out those that are `None` or `()`.
    FilterMap(ItemFunction),
    /// Replaces each item with the items inside it, or inside the result of the function.
    Flatten(Option<ItemFunction>),
    Take(usize),
    Skip(usize),
    /// Keeps the first item, and each one this far behind the one before.
    StepBy(usize),
    /// Keeps the items before the first one for which the function returns `false`.
    TakeWhile(ItemFunction),
    /// Keeps the items from the first one for which the function returns `false`.
    SkipWhile(ItemFunction),
    /// Calls the function for each item.
    Inspect(ItemFunction),
    Sort {
        by: SortKey,
        descending: bool,
    },
    Reverse,
    /// Replaces each value of the application with a copy.
    Cloned,
    Keys,
    Values,
    /// Pairs each item with its position.
    Enumerate,
    /// Replaces each item with an array of its key or position and itself. An item that is a pair stays as it is.
    Pairs,
    /// Pairs each item with one of another query.
    Zip(Arc<Query>),
    /// Adds the items of another query.
    Chain(Arc<Query>),
    /// Makes arrays of this many items.
    Chunks(usize),
    /// Makes an array of each item and the ones behind it, with this many items.
    Windows(usize),
    /// Leaves out the items that are the same as the one before.
    Dedup(Option<ItemFunction>),
    /// Leaves out the items that are the same as an earlier one.
    Unique(Option<ItemFunction>),
}

/// What a sort compares.
#[derive(Clone)]
pub(crate) enum SortKey {
    /// The items.
    Item,
    /// The results of the function.
    By(ItemFunction),
    /// The function compares two items.
    Comparison(ItemFunction),
}

impl Stage {
    /// Returns the function of the stage.
    fn function(&self) -> Option<&ItemFunction> {
        match self {
            Self::Filter(function)
            | Self::Group(function, _)
            | Self::Map(function)
            | Self::FilterMap(function)
            | Self::TakeWhile(function)
            | Self::SkipWhile(function)
            | Self::Inspect(function)
            | Self::Sort { by: SortKey::By(function) | SortKey::Comparison(function), .. } => Some(function),
            Self::Flatten(function) | Self::Dedup(function) | Self::Unique(function) => function.as_ref(),
            _ => None,
        }
    }

    /// Returns the query inside the stage.
    fn query(&self) -> Option<&Arc<Query>> {
        match self {
            Self::Zip(query) | Self::Chain(query) => Some(query),
            _ => None,
        }
    }

    /// Returns whether the items of a map keep their keys.
    pub(crate) const fn keeps_keys(&self) -> bool {
        match self {
            Self::Filter(_)
            | Self::Group(..)
            | Self::Take(_)
            | Self::Skip(_)
            | Self::StepBy(_)
            | Self::TakeWhile(_)
            | Self::SkipWhile(_)
            | Self::Inspect(_)
            | Self::Sort { .. }
            | Self::Reverse
            | Self::Cloned
            | Self::Chain(_)
            | Self::Dedup(_)
            | Self::Unique(_) => true,
            Self::Map(_)
            | Self::FilterMap(_)
            | Self::Flatten(_)
            | Self::Keys
            | Self::Values
            | Self::Enumerate
            | Self::Pairs
            | Self::Zip(_)
            | Self::Chunks(_)
            | Self::Windows(_) => false,
        }
    }
}

impl Query {
    /// Creates a query for all items of a source.
    pub(crate) const fn new(source: Source) -> Self {
        Self { source, stages: Vec::new(), summary: None }
    }

    /// Creates a query for all items of a collection of the application.
    pub(crate) const fn live(handle: Handle, part: KeyOrItem) -> Self {
        Self::new(Source::Live(handle, part))
    }

    /// Creates a query for all items of a script's array.
    pub(crate) fn array(items: Array) -> Self {
        Self::new(Source::Array(Arc::new(items)))
    }

    /// Returns the query with one more stage.
    pub(crate) fn then(&self, stage: Stage) -> Self {
        let mut query = Self { source: self.source.clone(), stages: self.stages.clone(), summary: None };
        match (query.stages.last_mut(), stage) {
            (Some(Stage::Sort { descending, .. }), Stage::Reverse) => *descending = !*descending,
            (_, stage) => query.stages.push(stage),
        }
        query
    }

    /// Returns the query for one of its groups.
    pub(crate) fn group(&self, by: &ItemFunction, summary: &Arc<GroupSummary>) -> Self {
        let mut group = self.then(Stage::Group(by.clone(), summary.key.clone()));
        group.summary = Some(Arc::clone(summary));
        group
    }

    /// Calls `visit` with each script function in the query.
    pub(crate) fn visit_functions(&self, visit: &mut dyn FnMut(&FnPtr)) {
        for stage in &self.stages {
            if let Some(function) = stage.function() {
                visit(&function.function);
            }
            if let Some(query) = stage.query() {
                query.visit_functions(visit);
            }
        }
        if let Source::Groups(groups) = &self.source {
            visit(&groups.by.function);
            groups.query.visit_functions(visit);
        }
    }

    /// Calls `visit` with each script value in the query, until that returns `false`. Returns whether it never did.
    pub(crate) fn children(&self, visit: &mut dyn FnMut(&Dynamic) -> bool) -> bool {
        let is_visited = match &self.source {
            Source::Array(items) => items.iter().all(&mut *visit),
            Source::Map(entries) => entries.values().all(&mut *visit),
            Source::Groups(groups) => {
                groups.query.children(visit)
                    && groups.by.function.iter_curry().all(&mut *visit)
                    && groups.groups.iter().all(|group| group.first.iter().all(|first| visit(&first.item())))
            }
            Source::Live(..) | Source::Entries(_) | Source::Range(..) => true,
        };
        let mut stages = self.stages.iter();
        let first = self.summary.as_ref().map_or(&[][..], |summary| summary.first.as_slice());
        is_visited
            && stages.all(|stage| {
                stage.function().is_none_or(|function| function.function.iter_curry().all(&mut *visit))
                    && stage.query().is_none_or(|query| query.children(visit))
            })
            && first.iter().all(|first| visit(&first.item()))
    }

    /// Returns the collection of the application, if that is the source.
    pub(crate) fn collection(&self) -> Option<&Handle> {
        match &self.source {
            Source::Live(handle, _) => Some(handle),
            Source::Groups(groups) => groups.query.collection(),
            Source::Array(_) | Source::Map(_) | Source::Entries(_) | Source::Range(..) => None,
        }
    }

    /// Returns the number of stages, with those of the queries in it.
    pub(crate) fn stage_count(&self) -> usize {
        let inner =
            if let Source::Groups(groups) = &self.source { groups.query.stage_count() + 1 } else { 0 };
        let stages = self.stages.iter().map(|stage| 1 + stage.query().map_or(0, |query| query.stage_count()));
        stages.fold(inner, usize::saturating_add)
    }

    /// Converts the query to a script's value.
    ///
    /// # Errors
    ///
    /// If it has too many stages or values.
    pub(crate) fn into_script(self) -> EvalResult<Dynamic> {
        if self.stage_count() > MAX_STAGES {
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
