//! Groups of a query's items.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;

use super::aggregate::Aggregation;
use super::sort::OrderedValue;
use crate::engine::live::{GroupSummary, Groups, ItemFunction, Query, Source};
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::MAX_COLLECTION_ITEMS;

/// The number of items that all groups together keep, to be shown without another walk.
const MAX_FIRST_ITEMS: usize = 2_048;

impl Aggregation<'_> {
    /// Groups the items by the result of `by`. Returns a map from each result to the query for its items.
    pub(crate) fn group_by(&self, by: &ItemFunction) -> EvalResult {
        let function = self.callback(by)?;
        let max_shown = self.context.run.limits.preview_limits().items;
        let mut left = MAX_FIRST_ITEMS;
        let mut groups: BTreeMap<OrderedValue, GroupSummary> = BTreeMap::new();
        for item in self.run()? {
            let item = item?;
            let Some(key) = function.key(&item)? else { continue };
            let key = OrderedValue(key);
            if !groups.contains_key(&key) && groups.len() == MAX_COLLECTION_ITEMS {
                let message = format!("cannot make more than {MAX_COLLECTION_ITEMS} groups");
                let help = "group by something with fewer values";
                return Err(ScriptError::new(message).with_help(help).of_limit().into());
            }
            let summary = groups.entry(key).or_insert_with_key(|key| GroupSummary {
                key: key.0.clone(),
                count: 0,
                first: Vec::new(),
            });
            // Without a gap: later items are no first ones.
            if summary.first.len() == summary.count && summary.count < max_shown && left > 0 {
                left -= 1;
                summary.first.push(item);
            }
            summary.count += 1;
        }
        let groups = groups.into_values().map(Arc::new).collect();
        let groups = Groups { query: self.query.clone(), by: by.clone(), groups };
        Query::new(Source::Groups(Arc::new(groups))).into_script()
    }

    /// Splits the items into those for which `function` returns true and the others.
    pub(crate) fn partition(&self, function: &ItemFunction) -> EvalResult {
        let function = self.callback(function)?;
        let mut parts = [rhai::Array::new(), rhai::Array::new()];
        for item in self.to_items()? {
            if let Some(is_in_first) = function.test(&item)? {
                parts[usize::from(!is_in_first)].push(item.entry());
            }
        }
        Ok(Dynamic::from_array(parts.map(Dynamic::from_array).into()))
    }
}
