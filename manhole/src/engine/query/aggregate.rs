//! Results of a query: a count, a sum, an item, a bool, groups.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use rhai::{Array, Dynamic, FnPtr, Map};

use super::callback::CallbackContext;
use super::comparison::{Comparison, KeyCheck};
use super::execute::{ItemCallback, ItemKey};
use super::item_check::ItemCheck;
use super::live_iter::IterItem;
use crate::engine::live::{GroupSummary, Query};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::{MAX_COLLECTION_ITEMS, Value};

/// The number of items that a minimum or maximum is chosen from. The application may remove the best ones before it returns.
const MAX_CANDIDATES: usize = 8;

/// A query, and the command that needs a result of it.
pub(crate) struct Aggregation<'a> {
    query: Query,
    context: &'a CallContext,
}

impl<'a> Aggregation<'a> {
    pub(crate) const fn new(query: Query, context: &'a CallContext) -> Self {
        Self { query, context }
    }

    fn items(&self) -> EvalResult<impl Iterator<Item = EvalResult>> {
        Ok(self.query.run(self.context)?.map(|entry| entry.map(|entry| entry.item)))
    }

    fn check(&self) -> ItemCheck {
        ItemCheck::new(&self.query, self.context)
    }

    fn callback(&self, function: &FnPtr) -> EvalResult<ItemCallback> {
        Ok(ItemCallback::new(&CallbackContext::new(self.context)?, function, &self.check()))
    }

    /// Returns the number of items.
    pub(crate) fn count(&self) -> EvalResult<usize> {
        if let Some(len) = self.query.known_len(self.context)? {
            return Ok(len);
        }
        let mut count = 0;
        for item in self.items()? {
            item.map(|_| count += 1)?;
        }
        Ok(count)
    }

    /// Returns the first item.
    pub(crate) fn first(&self) -> EvalResult<Option<Dynamic>> {
        self.query.nth(self.context, 0)
    }

    /// Returns the items as an array.
    ///
    /// # Errors
    ///
    /// If there are more than an array of a script may have.
    pub(crate) fn to_array(&self) -> EvalResult<Array> {
        let items: Array = self.items()?.take(MAX_COLLECTION_ITEMS + 1).collect::<Result<_, _>>()?;
        if items.len() > MAX_COLLECTION_ITEMS {
            let message = format!("cannot make an array of more than {MAX_COLLECTION_ITEMS} items");
            let help = "take some of them, or use a loop: for x in … { … }";
            return Err(ScriptError::new(message).with_help(help).of_limit().into());
        }
        Ok(items)
    }

    /// Returns the first item for which `function` returns true.
    pub(crate) fn find(&self, function: &FnPtr) -> EvalResult<Option<Dynamic>> {
        let function = self.callback(function)?;
        for item in self.query.run(self.context)? {
            let item = item?;
            if function.test(&item)? == Some(true) {
                return Ok(Some(item.item));
            }
        }
        Ok(None)
    }

    /// Returns whether `function` returns true for every item.
    pub(crate) fn all(&self, function: &FnPtr) -> EvalResult<bool> {
        let function = self.callback(function)?;
        for item in self.query.run(self.context)? {
            if function.test(&item?)? == Some(false) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Calls `function` for each item.
    pub(crate) fn for_each(&self, function: &FnPtr) -> EvalResult<()> {
        let function = self.callback(function)?;
        for item in self.query.run(self.context)? {
            function.call(&item?)?;
        }
        Ok(())
    }

    /// Returns whether an item equals `value`.
    pub(crate) fn contains(&self, value: &Dynamic) -> EvalResult<bool> {
        let found = Comparison(self.context).position(value, self.items()?)?;
        Ok(found.is_some())
    }

    /// Returns the sum of the items, which must be numbers or durations.
    pub(crate) fn sum(&self) -> EvalResult {
        let (mut sum, check) = (Sum::None, self.check());
        for item in self.query.run(self.context)? {
            let Some(value) = check.value(&item?)? else { continue };
            sum = sum.plus(&value).map_err(ScriptError::new)?;
        }
        Ok(match sum {
            Sum::None => to_script::integer(0),
            Sum::Int(sum) => to_script::integer(sum),
            Sum::Float(sum) => sum.into(),
            Sum::Duration(sum) => Dynamic::from(sum),
        })
    }

    /// Returns the minimum (`Less`) or maximum (`Greater`) of the items, by the result of `by` if there is one.
    pub(crate) fn min_or_max(&self, by: Option<&FnPtr>, order: Ordering) -> EvalResult {
        let (check, by) = (self.check(), by.map(|by| self.callback(by)).transpose()?);
        let key = ItemKey::new(by, &check);
        let mut best: Vec<(Value<'static>, IterItem)> = Vec::new();
        let mut known = KeyCheck::default();
        for item in self.query.run(self.context)? {
            let item = item?;
            let Some(key) = key.of(&item)? else { continue };
            known.check(&key)?;
            let position = best.partition_point(|(known, _)| key.order(known) != order);
            if position < MAX_CANDIDATES {
                best.truncate(MAX_CANDIDATES - 1);
                best.insert(position, (key, item));
            }
        }
        for (_, item) in best {
            if check.exists(&item)? {
                return Ok(item.item);
            }
        }
        Ok(to_script::none())
    }

    /// Groups the items by the result of `by`. Returns a map from each result to the query for its items.
    pub(crate) fn group_by(&self, by: &FnPtr) -> EvalResult<Map> {
        let function = self.callback(by)?;
        let max_kept = self.context.run.limits.preview_limits().items;
        let mut groups: HashMap<String, (Value<'static>, GroupSummary)> = HashMap::new();
        for item in self.query.run(self.context)? {
            let item = item?;
            let Some(key) = function.key(&item)? else { continue };
            let name = if let Value::Text(text) = &key { text.to_string() } else { key.to_string() };
            if !groups.contains_key(&name) && groups.len() == MAX_COLLECTION_ITEMS {
                let message = format!("cannot make more than {MAX_COLLECTION_ITEMS} groups");
                let help = "group by something with fewer values";
                return Err(ScriptError::new(message).with_help(help).of_limit().into());
            }
            let summary = || (key, GroupSummary { count: 0, first: Vec::new() });
            let (_, summary) = groups.entry(name).or_insert_with(summary);
            summary.count += 1;
            if summary.first.len() < max_kept {
                summary.first.push(item.item);
            }
        }
        let groups = groups.into_iter().map(|(name, (key, summary))| {
            Ok((name.into(), self.query.group(by, key, summary).into_script()?))
        });
        groups.collect()
    }

    /// Returns the first items, at most `max`, and the number of further ones. Runs the query to its end, so that the effects
    /// of its functions reach every item.
    pub(crate) fn first_items(&self, max: usize) -> EvalResult<(Vec<Dynamic>, usize)> {
        if let Some(seen) = &self.query.summary {
            let first: Vec<_> = seen.first.iter().take(max).cloned().collect();
            let more = seen.count - first.len();
            return Ok((first, more));
        }
        let known = self.query.known_len(self.context)?;
        let mut first = Vec::new();
        let mut more = 0;
        for item in self.items()? {
            let item = item?;
            if first.len() < max {
                first.push(item);
            } else if let Some(len) = known {
                return Ok((first, len.saturating_sub(max)));
            } else {
                more += 1;
            }
        }
        Ok((first, more))
    }
}

/// The sum of the items so far.
enum Sum {
    None,
    Int(i128),
    Float(f64),
    Duration(Duration),
}

impl Sum {
    fn plus(self, value: &Value<'_>) -> Result<Self, String> {
        const TOO_LARGE: &str = "cannot sum the items: the sum does not fit into 128 bits";
        Ok(match (self, value) {
            (sum, Value::Unit) => sum,
            (Self::None, Value::Int(value)) => Self::Int(*value),
            (Self::Int(sum), Value::Int(value)) => Self::Int(sum.checked_add(*value).ok_or(TOO_LARGE)?),
            (Self::None, Value::Duration(value)) => Self::Duration(*value),
            (Self::Duration(sum), Value::Duration(value)) => Self::Duration(
                sum.checked_add(*value)
                    .ok_or("cannot sum the items: the sum exceeds the longest duration")?,
            ),
            (_, Value::Uint(_)) => return Err(TOO_LARGE.to_owned()),
            (sum @ (Self::None | Self::Int(_) | Self::Float(_)), value) if value.as_float().is_some() => {
                let before = match sum {
                    Self::Int(sum) => sum as f64,
                    Self::Float(sum) => sum,
                    Self::None | Self::Duration(_) => 0.0,
                };
                Self::Float(before + value.as_float().unwrap_or_default())
            }
            (_, value) => return Err(format!("cannot sum the items: {} is among them", value.kind())),
        })
    }
}
