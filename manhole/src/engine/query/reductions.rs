//! Results of a query that combine its items: sums, extremes, `fold`, `join`.

use std::cmp::Ordering;
use std::time::Duration;

use rhai::{Array, Dynamic};

use super::aggregate::Aggregation;
use super::comparison::KeyCheck;
use super::functions::{Callback, CallbackContext, ItemKey};
use super::sort::compare_items;
use crate::engine::live::{ItemFunction, IterItem};
use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::{MAX_COLLECTION_ITEMS, Value};

/// The number of items that a minimum or maximum is chosen from. The application may remove the best ones before it returns.
const MAX_CANDIDATES: usize = 8;

impl Aggregation<'_> {
    /// Returns the sum of the items, which must be numbers or durations.
    pub(crate) fn sum(&self) -> EvalResult {
        Ok(self.total()?.0.into_script())
    }

    /// Returns the average of the items, which must be numbers or durations, or `None` without items.
    pub(crate) fn average(&self) -> EvalResult {
        let (sum, count) = self.total()?;
        if count == 0 {
            return Ok(to_script::none());
        }
        Ok(match sum {
            Sum::None => to_script::none(),
            Sum::Int(sum) => (sum as f64 / count as f64).into(),
            Sum::Float(sum) => (sum / count as f64).into(),
            Sum::Duration(sum) => Dynamic::from(sum.div_f64(count as f64)),
        })
    }

    /// Returns the sum of the items, and their number.
    fn total(&self) -> EvalResult<(Sum, usize)> {
        let (mut sum, mut count, check) = (Sum::None, 0, self.check());
        for item in self.run()? {
            let Some(value) = check.value(&item?)? else { continue };
            count += usize::from(value != Value::Unit);
            sum = sum.plus(&value).map_err(ScriptError::new)?;
        }
        Ok((sum, count))
    }

    /// Returns the product of the items, which must be numbers.
    pub(crate) fn product(&self) -> EvalResult {
        let (mut product, check) = (Value::from(1), self.check());
        for item in self.run()? {
            let Some(value) = check.value(&item?)? else { continue };
            product = match (&product, &value) {
                (_, Value::Unit) => product,
                (Value::Int(a), Value::Int(b)) => Value::Int(
                    a.checked_mul(*b)
                        .ok_or("cannot multiply the items: the product does not fit into 128 bits")?,
                ),
                (a, b) => match (a.as_float(), b.as_float()) {
                    (Some(a), Some(b)) => Value::Float(a * b),
                    _ => {
                        let message = format!("cannot multiply the items: {} is among them", value.kind());
                        return Err(ScriptError::new(message).into());
                    }
                },
            };
        }
        Ok(to_script(product))
    }

    /// Returns the minimum (`Less`) or maximum (`Greater`) of the items, by the result of `by` if there is one.
    pub(crate) fn min_or_max(
        &self,
        by: Option<&ItemFunction>,
        order: Ordering,
    ) -> EvalResult<Option<IterItem>> {
        let (check, by) = (self.check(), by.map(|by| self.callback(by)).transpose()?);
        let key = ItemKey::new(by, &check);
        let mut best: Vec<(Value<'static>, IterItem)> = Vec::new();
        let mut known = KeyCheck::default();
        for item in self.run()? {
            let item = item?;
            let Some(key) = key.of(&item)? else { continue };
            known.check(&key)?;
            // As in Rust, the first of several minima, and the last of several maxima.
            let position = best.partition_point(|(known, _)| match key.order(known) {
                Ordering::Equal => order == Ordering::Less,
                found => found != order,
            });
            if position < MAX_CANDIDATES {
                best.truncate(MAX_CANDIDATES - 1);
                best.insert(position, (key, item));
            }
        }
        for (_, item) in best {
            if check.exists(&item)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// Returns the minimum (`Less`) or maximum (`Greater`) of the items, by a function that compares two of them.
    pub(crate) fn min_or_max_by_comparison(
        &self,
        compare: &ItemFunction,
        order: Ordering,
    ) -> EvalResult<Option<IterItem>> {
        let compare = Callback::of(&CallbackContext::new(self.context)?, compare, 2);
        let mut best: Option<IterItem> = None;
        for item in self.run()? {
            let item = item?;
            let is_better = match &best {
                Some(best) => match compare_items(&compare, &item.entry(), &best.entry())? {
                    Ordering::Equal => order == Ordering::Greater,
                    found => found == order,
                },
                None => true,
            };
            if is_better {
                best = Some(item);
            }
        }
        Ok(best)
    }

    /// Combines the items with `function`, which gets the result so far and the item. Begins with `init`, or with the first item.
    pub(crate) fn fold(&self, init: Option<Dynamic>, function: &ItemFunction) -> EvalResult<Option<Dynamic>> {
        let caller = CallbackContext::new(self.context)?;
        // The function of a script's own language has a third parameter, the position.
        let with_pair = caller.takes_pair(&function.function, 1);
        let with_position =
            !with_pair && !caller.takes(&function.function, 2) && caller.takes(&function.function, 3);
        let args = if with_pair { 4 } else { 2 + usize::from(with_position) };
        let whole = if caller.takes_entry(&function.function, 2) { IterItem::entry } else { IterItem::whole };
        let ends_at_none = function.method == "try_fold";
        let function = Callback::of(&caller, function, args);
        let check = self.check();
        let mut result = init.or_else(|| with_position.then_some(Dynamic::UNIT));
        for (position, item) in self.run()?.enumerate() {
            let item = item?;
            let Some(before) = result.clone() else {
                result = Some(whole(&item));
                continue;
            };
            let returned = if with_pair {
                let [first, second] = item.parts(position, &self.context.run)?;
                function.call(&mut [before, first, second, Dynamic::UNIT])
            } else if with_position {
                function.call(&mut [before, item.whole(), to_script(Value::from(position))])
            } else {
                function.call(&mut [before, whole(&item)])
            };
            if let Some(returned) = check.skip_removed(&item, returned)? {
                if ends_at_none && returned.is_unit() {
                    return Ok(None);
                }
                result = Some(returned);
            }
        }
        Ok(result)
    }

    /// Returns the results of `function` up to the first one that is `None`.
    pub(crate) fn map_while(&self, function: &ItemFunction) -> EvalResult<Array> {
        let function = self.callback(function)?;
        let mut results = Array::new();
        for item in self.run()? {
            match function.call(&item?)? {
                Some(result) if result.is_unit() => break,
                Some(_) if results.len() == MAX_COLLECTION_ITEMS => {
                    let message = format!("cannot make an array of more than {MAX_COLLECTION_ITEMS} items");
                    return Err(ScriptError::new(message).of_limit().into());
                }
                Some(result) => results.push(to_script::inside(result)),
                None => {}
            }
        }
        Ok(results)
    }

    /// Returns the results of `function` up to the first one that is `None`. It gets `state`, which it may change, and the item.
    pub(crate) fn scan(&self, state: Dynamic, function: &ItemFunction) -> EvalResult<Array> {
        let function = Callback::of(&CallbackContext::new(self.context)?, function, 2);
        let mut state = state;
        let mut results = Array::new();
        for item in self.run()? {
            let returned = function.call(&mut [state, item?.whole()])?;
            let parts = returned.into_array().ok().and_then(|parts| <[Dynamic; 2]>::try_from(parts).ok());
            // Without the state: `?` or `return` ended the function.
            let Some([result, next]) = parts else { break };
            state = next;
            if result.is_unit() {
                break;
            }
            if results.len() == MAX_COLLECTION_ITEMS {
                let message = format!("cannot make an array of more than {MAX_COLLECTION_ITEMS} items");
                return Err(ScriptError::new(message).of_limit().into());
            }
            results.push(to_script::inside(result));
        }
        Ok(results)
    }

    /// Returns the texts of the items with `separator` between them. `text` returns the text of an item.
    pub(crate) fn join(
        &self,
        separator: &str,
        text: &dyn Fn(&Dynamic) -> EvalResult<String>,
    ) -> EvalResult<String> {
        let mut joined = String::new();
        for (position, item) in self.run()?.enumerate() {
            if position > 0 {
                joined += separator;
            }
            joined += &text(&item?.whole())?;
            if joined.len() > MAX_TEXT_BYTES {
                let message = "cannot join the items: the text would be longer than 1 MiB";
                return Err(ScriptError::new(message)
                    .with_help("take some of them: take(100)")
                    .of_limit()
                    .into());
            }
        }
        Ok(joined)
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
    fn into_script(self) -> Dynamic {
        match self {
            Self::None => to_script::integer(0),
            Self::Int(sum) => to_script::integer(sum),
            Self::Float(sum) => sum.into(),
            Self::Duration(sum) => Dynamic::from(sum),
        }
    }

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
