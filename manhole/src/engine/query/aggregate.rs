//! What a query is asked for: a number, an item, yes or no, groups.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use rhai::{Array, Dynamic, FnPtr, Map};

use super::callback::CallbackContext;
use super::execute::ItemCallback;
use super::live_iter::IterItem;
use crate::engine::live::{GroupSummary, Query, Stage, from_script};
use crate::engine::run::MAX_ITEMS;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::Value;

/// A query that is asked for something.
pub(crate) struct Aggregation<'a> {
    pub(crate) query: &'a Query,
    pub(crate) context: &'a CallContext,
}

impl Aggregation<'_> {
    fn items(&self) -> EvalResult<impl Iterator<Item = EvalResult>> {
        Ok(self.query.run(self.context)?.map(|entry| entry.map(|entry| entry.item)))
    }

    fn per_item(&self, function: &FnPtr) -> EvalResult<ItemCallback> {
        Ok(ItemCallback::new(&CallbackContext::new(self.context)?, function))
    }

    /// How many items there are.
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

    /// The items as an array, if that is not more than an array can have.
    pub(crate) fn array(&self) -> EvalResult<Array> {
        let items: Array = self.items()?.take(MAX_ITEMS + 1).collect::<Result<_, _>>()?;
        if items.len() > MAX_ITEMS {
            let message = format!("there are more than {MAX_ITEMS} items, too many for an array");
            let help = "take some of them, or go through them: for x in … { … }";
            return Err(ScriptError::new(message).with_help(help).of_limit().into());
        }
        Ok(items)
    }

    /// The first item for which `function` says yes.
    pub(crate) fn find(&self, function: &FnPtr) -> EvalResult {
        let function = self.per_item(function)?;
        for entry in self.query.run(self.context)? {
            let entry = entry?;
            if function.test(&entry)? {
                return Ok(entry.item);
            }
        }
        Ok(to_script::none())
    }

    /// Whether `function` says `sought` for one item.
    pub(crate) fn says(&self, function: &FnPtr, sought: bool) -> EvalResult<bool> {
        let function = self.per_item(function)?;
        for entry in self.query.run(self.context)? {
            if function.test(&entry?)? == sought {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Calls `function` for each item.
    pub(crate) fn for_each(&self, function: &FnPtr) -> EvalResult<()> {
        let function = self.per_item(function)?;
        for entry in self.query.run(self.context)? {
            function.call(&entry?)?;
        }
        Ok(())
    }

    /// Whether one item is the same as `wanted`.
    pub(crate) fn contains(&self, wanted: &Dynamic) -> EvalResult<bool> {
        let wanted = from_script::key(&self.context.run, wanted)?;
        for item in self.items()? {
            if from_script::key(&self.context.run, &item?).is_ok_and(|item| item.same(&wanted)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The sum of the items, which must be numbers or durations.
    pub(crate) fn sum(&self) -> EvalResult {
        let mut sum = Sum::None;
        for item in self.items()? {
            let item = item?;
            let value = from_script::key(&self.context.run, &item)?;
            sum = sum.plus(&value).map_err(ScriptError::new)?;
        }
        Ok(match sum {
            Sum::None => to_script::integer(0),
            Sum::Int(sum) => to_script::integer(sum),
            Sum::Float(sum) => sum.into(),
            Sum::Duration(sum) => Dynamic::from(sum),
        })
    }

    /// The item that comes first or last in the order of what `by` gives, or of the items themselves.
    pub(crate) fn extreme(&self, by: Option<&FnPtr>, sought: Ordering) -> EvalResult {
        let by = by.map(|by| self.per_item(by)).transpose()?;
        let mut best: Option<(Value<'static>, Dynamic)> = None;
        for entry in self.query.run(self.context)? {
            let entry = entry?;
            let key = match &by {
                Some(by) => match by.call(&entry)? {
                    Some(key) => key,
                    None => continue,
                },
                None => entry.item.clone(),
            };
            let key = from_script::key(&self.context.run, &key)?;
            if best.as_ref().is_none_or(|(best, _)| key.order(best) == sought) {
                best = Some((key, entry.item));
            }
        }
        Ok(best.map_or_else(to_script::none, |(_, item)| item))
    }

    /// A map from what `by` gives to the items for which it does: each a query of its own.
    pub(crate) fn groups(&self, by: &FnPtr) -> EvalResult<Map> {
        let function = self.per_item(by)?;
        let shown = self.context.run.limits.preview_limits().items;
        let mut groups: BTreeMap<String, (Value<'static>, GroupSummary)> = BTreeMap::new();
        for entry in self.query.run(self.context)? {
            let entry: IterItem = entry?;
            let Some(key) = function.call(&entry)? else { continue };
            let key = from_script::key(&self.context.run, &key)?;
            let name = if let Value::Text(text) = &key { text.to_string() } else { key.to_string() };
            if !groups.contains_key(&name) && groups.len() == MAX_ITEMS {
                let message = format!("there are more than {MAX_ITEMS} groups");
                let help = "group by something that has fewer values";
                return Err(ScriptError::new(message).with_help(help).of_limit().into());
            }
            let (_, seen) =
                groups.entry(name).or_insert_with(|| (key, GroupSummary { count: 0, first: Vec::new() }));
            seen.count += 1;
            if seen.first.len() < shown {
                seen.first.push(entry.item);
            }
        }
        let groups = groups
            .into_iter()
            .map(|(name, (key, seen))| Ok((name.into(), self.query.group(by, key, seen).into_script()?)));
        groups.collect()
    }

    /// The first items up to `most`, and how many more there are. Runs to the end, so that a function that does something does
    /// it for every item.
    pub(crate) fn shown(&self, most: usize) -> EvalResult<(Vec<Dynamic>, usize)> {
        if let Some(seen) = &self.query.summary {
            let first: Vec<_> = seen.first.iter().take(most).cloned().collect();
            let more = seen.count - first.len();
            return Ok((first, more));
        }
        let known = self.query.known_len(self.context)?;
        let mut first = Vec::new();
        let mut more = 0;
        for item in self.items()? {
            let item = item?;
            if first.len() < most {
                first.push(item);
            } else if let Some(len) = known {
                return Ok((first, len.saturating_sub(most)));
            } else {
                more += 1;
            }
        }
        Ok((first, more))
    }
}

/// A sum on its way.
enum Sum {
    None,
    Int(i128),
    Float(f64),
    Duration(Duration),
}

impl Sum {
    fn plus(self, value: &Value<'_>) -> Result<Self, String> {
        const TOO_LARGE: &str = "the sum does not fit into 128 bits";
        Ok(match (self, value) {
            (sum, Value::Unit) => sum,
            (Self::None, Value::Int(value)) => Self::Int(*value),
            (Self::Int(sum), Value::Int(value)) => Self::Int(sum.checked_add(*value).ok_or(TOO_LARGE)?),
            (Self::None, Value::Duration(value)) => Self::Duration(*value),
            (Self::Duration(sum), Value::Duration(value)) => {
                Self::Duration(sum.checked_add(*value).ok_or("the sum is longer than any duration")?)
            }
            (_, Value::Uint(_)) => return Err(TOO_LARGE.to_owned()),
            (sum @ (Self::None | Self::Int(_) | Self::Float(_)), value) if value.as_float().is_some() => {
                let before = match sum {
                    Self::Int(sum) => sum as f64,
                    Self::Float(sum) => sum,
                    Self::None | Self::Duration(_) => 0.0,
                };
                Self::Float(before + value.as_float().unwrap_or_default())
            }
            (_, value) => return Err(format!("{} cannot be summed up with the others", value.kind())),
        })
    }
}

/// The query with one more thing to be done, for functions that ask for something of what a function makes of each item.
pub(crate) fn mapped(query: &Query, function: Option<&FnPtr>) -> Query {
    function.map_or_else(|| query.clone(), |function| query.then(Stage::Map(function.clone())))
}
