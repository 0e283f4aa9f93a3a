//! Leaves out the items that the application has removed since a query took them.

use rhai::{Dynamic, EvalAltResult};

use crate::engine::live::{Handle, IterItem, Query, from_script, is_inside};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, missing_place};
use crate::reflect::{Step, Value};

/// Recognizes removed items of one query by the errors that they cause.
#[derive(Clone)]
pub(crate) struct ItemCheck {
    context: CallContext,
    collection: Option<Handle>,
}

impl ItemCheck {
    pub(crate) fn new(query: &Query, context: &CallContext) -> Self {
        Self { context: context.clone(), collection: query.collection().cloned() }
    }

    /// Returns whether the query is for a collection of the application.
    pub(crate) const fn is_live(&self) -> bool {
        self.collection.is_some()
    }

    /// Returns the value of `item` by which a script compares it, or `None` if the application has removed the item.
    pub(crate) fn value(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        self.skip_removed(item, from_script::key(&self.context.run, &item.whole()))
    }

    /// Returns the value by which `item` is sorted, or `None` if the application has removed the item.
    pub(crate) fn sort_key(&self, item: &IterItem) -> EvalResult<Option<Value<'static>>> {
        // Each entry of a map has another key, so that the items do not count.
        let value = if item.entry_key().is_some() { item.first(0) } else { item.whole() };
        self.skip_removed(item, from_script::sort_key(&self.context.run, &value))
    }

    /// Returns whether the application still has `item`. Counts it otherwise.
    pub(crate) fn exists(&self, item: &IterItem) -> EvalResult<bool> {
        let Some(handle) = item.handle() else { return Ok(true) };
        Ok(self.skip_removed(item, handle.classify(&self.context.run))?.is_some())
    }

    /// Returns the result for `item`, or `None` if the application has removed the item, which it counts.
    pub(crate) fn skip_removed<T, E: Into<Box<EvalAltResult>>>(
        &self,
        item: &IterItem,
        result: Result<T, E>,
    ) -> EvalResult<Option<T>> {
        skip_removed(&self.context, result.map_err(Into::into), |place| {
            let origin = self.collection.as_ref().zip(item.key.clone());
            origin.is_some_and(|(collection, key)| collection.join(Step::Key(key)).is_inside(place))
                || is_inside(&item.item(), place)
        })
    }
}

/// Returns the result for a value that a list shows, or `None` if the application has removed the value, which it counts.
pub(crate) fn skip_removed_value<T>(
    context: &CallContext,
    value: &Dynamic,
    result: EvalResult<T>,
) -> EvalResult<Option<T>> {
    skip_removed(context, result, |place| is_inside(value, place))
}

/// Returns `None` in place of the error that a place does not exist, if `is_removed` returns true for the place.
fn skip_removed<T>(
    context: &CallContext,
    result: EvalResult<T>,
    is_removed: impl FnOnce(&str) -> bool,
) -> EvalResult<Option<T>> {
    match result {
        Err(error) if missing_place(&error).is_some_and(|place| is_removed(&place)) => {
            context.missing_items.add();
            Ok(None)
        }
        result => result.map(Some),
    }
}
