//! The items of a live collection that pass the first filters of a query.
//!
//! These functions are computed without the script engine where copies of fields suffice, so that an item that does not pass costs
//! little more than these copies.

use rhai::Dynamic;

use super::functions::ItemCallback;
use super::live_iter::LiveIter;
use crate::engine::live::{ItemStream, IterItem, Stage};
use crate::engine::value::{EvalResult, ScriptError};

/// After how many items the age of the copies is checked again. Nothing runs between these items.
const ITEMS_PER_CHECK: usize = 64;

pub(super) struct Search {
    items: LiveIter,
    filters: Vec<ItemCallback>,
    /// The function that replaces the items.
    map: Option<ItemCallback>,
    /// Whether the items are only counted.
    only_counts: bool,
    /// The number of items since the last check of the copies' age.
    since_check: usize,
    are_copies_current: bool,
}

impl Search {
    pub(super) fn new(items: LiveIter) -> Self {
        Self {
            items,
            filters: Vec::new(),
            map: None,
            only_counts: false,
            since_check: 0,
            are_copies_current: false,
        }
    }

    /// Returns the items as those of a query. Without functions they are those of the iteration.
    pub(super) fn into_stream(self) -> ItemStream {
        if self.filters.is_empty() && self.map.is_none() {
            return self.items.into_stream();
        }
        self.items.register();
        Box::new(self)
    }

    /// Adds a filter, or, behind them all, the function that replaces the items. Returns whether it can be computed from copies.
    pub(super) fn add(&mut self, stage: &Stage, function: ItemCallback) -> bool {
        let is_added = self.map.is_none() && function.prepare(self.items.fields());
        match stage {
            Stage::Filter(_) if is_added => self.filters.push(function),
            Stage::Map(_) if is_added => self.map = Some(function),
            _ => return false,
        }
        true
    }

    /// Lets the items be empty, which only count.
    pub(super) fn only_count(&mut self) {
        self.only_counts = true;
    }

    /// Returns what leaves the filters for the current item, or `None` if it does not pass them.
    fn passed(&mut self) -> EvalResult<Option<IterItem>> {
        let known = self.items.known(self.are_copies_current);
        let mut decided = 0;
        for filter in &self.filters {
            match filter.tested(known) {
                Some(true) => decided += 1,
                Some(false) => return Ok(None),
                None => break,
            }
        }
        let undecided = &self.filters[decided..];
        if undecided.is_empty() {
            if self.only_counts && self.map.is_none() {
                return Ok(Some(IterItem::new(Dynamic::UNIT, None)));
            }
            if let Some(value) = self.map.as_ref().and_then(|map| map.computed(known)) {
                return Ok(Some(IterItem::new(value, self.items.take_key())));
            }
        }
        let item = self.items.take_item();
        for filter in undecided {
            if filter.test(&item)? != Some(true) {
                return Ok(None);
            }
        }
        match &self.map {
            Some(map) => Ok(map.call(&item)?.map(|mapped| item.with(mapped))),
            None => Ok(Some(item)),
        }
    }
}

impl Iterator for Search {
    type Item = EvalResult<IterItem>;

    fn next(&mut self) -> Option<Self::Item> {
        // What took the last item may have needed some time.
        self.since_check = if self.only_counts { self.since_check } else { 0 };
        loop {
            match self.items.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error.into())),
            }
            if self.since_check % ITEMS_PER_CHECK == 0 || self.items.is_first_of_batch() {
                self.are_copies_current = self.items.are_copies_current();
            }
            self.since_check += 1;
            if let Some(result) = self.passed().transpose() {
                return Some(result);
            }
            if let Err(reason) = self.items.context().run.watchdog.tick() {
                return Some(Err(ScriptError::from(reason).into()));
            }
        }
    }
}
