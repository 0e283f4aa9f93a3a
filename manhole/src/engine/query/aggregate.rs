//! Results of a query that a walk over its items finds: a count, an item, a bool.

use rhai::{Array, Dynamic, INT};

use super::comparison::Comparison;
use super::functions::{CallbackContext, ItemCallback};
use super::item_check::ItemCheck;
use crate::engine::live::{
    ItemFunction, ItemStream, IterItem, Query, SortKey, Source, Stage, from_script, key_text,
};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::MAX_COLLECTION_ITEMS;

/// A query, and the command that needs a result of it.
pub(crate) struct Aggregation<'a> {
    pub(super) query: Query,
    pub(super) context: &'a CallContext,
}

impl<'a> Aggregation<'a> {
    pub(crate) const fn new(query: Query, context: &'a CallContext) -> Self {
        Self { query, context }
    }

    pub(super) fn run(&self) -> EvalResult<ItemStream> {
        self.query.run(self.context)
    }

    pub(super) fn check(&self) -> ItemCheck {
        ItemCheck::new(&self.query, self.context)
    }

    pub(super) fn callback(&self, function: &ItemFunction) -> EvalResult<ItemCallback> {
        Ok(ItemCallback::new(&CallbackContext::new(self.context)?, function, &self.check()))
    }

    /// Returns the number of items.
    pub(crate) fn count(&self) -> EvalResult<usize> {
        if let Some(len) = self.query.known_len(self.context, &|_| false)? {
            return Ok(len);
        }
        let mut count = 0;
        for item in self.query.run_to_count(self.context)? {
            item.map(|_| count += 1)?;
        }
        Ok(count)
    }

    /// Returns the item at a position. A negative one counts from the end.
    pub(crate) fn nth(&self, index: INT) -> EvalResult<Option<IterItem>> {
        if let Ok(index) = usize::try_from(index) {
            return self.query.nth(self.context, index);
        }
        let from_end = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
        if self.query.stages.is_empty() && matches!(self.query.source, Source::Live(..)) {
            return match self.count()?.checked_sub(from_end) {
                Some(index) => self.query.nth(self.context, index),
                None => Ok(None),
            };
        }
        let mut last = std::collections::VecDeque::new();
        for item in self.run()? {
            last.push_back(item?);
            if last.len() > from_end.min(MAX_COLLECTION_ITEMS) {
                last.pop_front();
            }
        }
        Ok(if last.len() == from_end { last.pop_front() } else { None })
    }

    /// Returns the items as an array.
    ///
    /// # Errors
    ///
    /// If there are more than an array of a script may have.
    pub(crate) fn to_array(&self) -> EvalResult<Array> {
        Ok(self.to_items()?.iter().map(IterItem::whole).collect())
    }

    /// Returns all items.
    ///
    /// # Errors
    ///
    /// If there are more than an array of a script may have.
    pub(crate) fn to_items(&self) -> EvalResult<Vec<IterItem>> {
        let items: Vec<_> = self.run()?.take(MAX_COLLECTION_ITEMS + 1).collect::<Result<_, _>>()?;
        if items.len() > MAX_COLLECTION_ITEMS {
            let message = format!("cannot make an array of more than {MAX_COLLECTION_ITEMS} items");
            let help = "take some of them, or use a loop: for x in … { … }";
            return Err(ScriptError::new(message).with_help(help).of_limit().into());
        }
        Ok(items)
    }

    /// Returns the first item for which `function` returns true, and its position.
    pub(crate) fn find_position(&self, function: &ItemFunction) -> EvalResult<Option<(usize, IterItem)>> {
        let function = self.callback(function)?;
        for (position, item) in self.run()?.enumerate() {
            let item = item?;
            if function.test(&item)? == Some(true) {
                return Ok(Some((position, item)));
            }
        }
        Ok(None)
    }

    /// Returns the first item for which `function` returns true.
    pub(crate) fn find(&self, function: &ItemFunction) -> EvalResult<Option<IterItem>> {
        self.query.then(Stage::Filter(function.clone())).run(self.context)?.next().transpose()
    }

    /// Returns whether `function` returns true for an item.
    pub(crate) fn any(&self, function: &ItemFunction) -> EvalResult<bool> {
        let found = self.query.then(Stage::Filter(function.clone())).run_to_count(self.context)?.next();
        found.transpose().map(|found| found.is_some())
    }

    /// Returns the first result of `function` that is neither `None` nor `()`.
    pub(crate) fn find_map(&self, function: &ItemFunction) -> EvalResult<Option<Dynamic>> {
        let function = self.callback(function)?;
        for item in self.run()? {
            if let Some(found) = function.call(&item?)?.filter(|found| !found.is_unit()) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Returns whether `function` returns true for every item.
    pub(crate) fn all(&self, function: &ItemFunction) -> EvalResult<bool> {
        let function = self.callback(function)?;
        for item in self.run()? {
            if function.test(&item?)? == Some(false) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns what `function` returns for each item: true for one that the application has removed.
    pub(crate) fn verdicts(&self, function: &ItemFunction) -> EvalResult<Vec<bool>> {
        let function = self.callback(function)?;
        self.run()?.map(|item| Ok(function.test(&item?)?.unwrap_or(true))).collect()
    }

    /// Returns the items in the order of the results of `function`.
    pub(crate) fn sorted(&self, function: &ItemFunction) -> EvalResult<Array> {
        let by = SortKey::By(function.clone());
        Self::new(self.query.then(Stage::Sort { by, descending: false }), self.context).to_array()
    }

    /// Calls `function` for each item.
    pub(crate) fn for_each(&self, function: &ItemFunction) -> EvalResult<()> {
        let function = self.callback(function)?;
        for item in self.run()? {
            function.call(&item?)?;
        }
        Ok(())
    }

    /// Returns whether an item equals `value`.
    pub(crate) fn contains(&self, value: &Dynamic) -> EvalResult<bool> {
        let items = self.run()?.map(|item| item.map(|item| item.whole()));
        let found = Comparison(self.context).position(value, items)?;
        Ok(found.is_some())
    }

    /// Returns the entry of a map at `key`.
    pub(crate) fn entry(&self, key: &Dynamic) -> EvalResult<Option<IterItem>> {
        let key = from_script::key(&self.context.run, key)?;
        for item in self.run()? {
            let item = item?;
            if item.entry_key().is_some_and(|known| known.same(&key)) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// Returns the keys of all entries, without those of a map's values.
    pub(crate) fn first_keys(&self, max: usize) -> EvalResult<Vec<String>> {
        let keys = self.query.then(Stage::Take(max)).run(self.context)?;
        keys.map(|item| Ok(item?.entry_key().map_or_else(String::new, key_text))).collect()
    }

    /// Adds the first items to `first`, at most `max`, and returns the number of further ones. Runs the query to its end, so that
    /// the effects of its functions reach every item, unless the number of items is known and no function has effects.
    ///
    /// After an error, `first` has the items before it.
    pub(crate) fn first_items(&self, max: usize, first: &mut Vec<IterItem>) -> EvalResult<usize> {
        if let Some(seen) = &self.query.summary {
            if seen.first.len() >= max.min(seen.count) {
                first.extend(seen.first.iter().take(max).cloned());
                return Ok(seen.count - first.len());
            }
        }
        let caller = CallbackContext::new(self.context)?;
        let known = self.query.known_len(self.context, &|function| caller.is_harmless(&function.function))?;
        let mut more = 0;
        for item in self.run()? {
            let item = item?;
            if first.len() < max {
                first.push(item);
            } else if let Some(len) = known {
                return Ok(len.saturating_sub(max));
            } else {
                more += 1;
            }
        }
        self.note_effects(&caller, max, more)?;
        Ok(more)
    }

    /// Notes that a function with effects has run for items that are not shown.
    fn note_effects(&self, caller: &CallbackContext, shown: usize, more: usize) -> EvalResult<()> {
        let is_mapped = || -> EvalResult<bool> {
            Ok(self
                .query
                .known_len(self.context, &|function| !caller.is_harmless(&function.function))?
                .is_some())
        };
        if more > 0 && is_mapped()? {
            let all = crate::reflect::thousands(shown + more);
            self.context.run.watchdog.send_note(&format!(
                "the function of `map` may change or call something, so it ran for all {all} items, not for {shown} of them"
            ));
        }
        Ok(())
    }
}
