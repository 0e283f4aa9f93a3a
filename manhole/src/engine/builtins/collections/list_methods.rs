//! The methods of Rust's slices and sets that make a list at once.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, EvalAltResult, INT};

use super::receiver::{Receiver, bounds, item, number};
use crate::engine::live::{Handle, IterItem, SortKey, Stage, from_script, strip_wrappers};
use crate::engine::query::{Aggregation, Callback, CallbackContext, Comparison};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::{MAX_COLLECTION_ITEMS, Value};

/// Returns the items of the lists inside, or the text that the texts make.
pub(super) fn concat(on: &Receiver<'_>) -> EvalResult {
    if on.items().nth(0)?.is_some_and(|first| first.item().is_string()) {
        return Ok(on.items().join("", &|text| Ok(text.to_string()))?.into());
    }
    on.then(Stage::Flatten(None))
}

/// Splits the items where the function returns false for two neighbours.
pub(super) fn chunk_by(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let together = Callback::of(&CallbackContext::new(on.context)?, &on.function(args)?, 2);
    let mut chunks: Vec<Array> = Vec::new();
    for item in on.items().to_array()? {
        match chunks.last_mut() {
            Some(chunk) => {
                let last = chunk.last().cloned().unwrap_or_default();
                if is_true(&together.call(&mut [last, item.clone()])?)? {
                    chunk.push(item);
                } else {
                    chunks.push(vec![item]);
                }
            }
            None => chunks.push(vec![item]),
        }
    }
    Ok(chunks.into_iter().map(Dynamic::from_array).collect::<Array>().into())
}

fn is_true(returned: &Dynamic) -> EvalResult<bool> {
    returned.as_bool().map_err(|_| ScriptError::new("the function must return true or false").into())
}

/// Returns arrays of exactly as many items as the argument says.
pub(super) fn chunks_exact(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let count = on.count(args, 1)?;
    let items = on.items().to_array()?;
    Ok(items.chunks_exact(count).map(|chunk| Dynamic::from_array(chunk.to_vec())).collect::<Array>().into())
}

/// Returns the position of the last item for which the function returns true.
pub(super) fn rposition(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let found = on.with(Stage::Reverse).find_position(&on.function(args)?)?;
    let len = on.items().count()?;
    Ok(found.map_or_else(to_script::none, |(from_end, _)| number(len.saturating_sub(from_end + 1))))
}

/// Returns the items before a position and those from there on.
pub(super) fn split_at(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let (at, items) = (on.count(args, 0)?, on.items().to_array()?);
    let (before, after) = items.split_at_checked(at).ok_or_else(|| {
        ScriptError::new(format!("cannot split the list at {at}: it has {} items", items.len()))
    })?;
    Ok(Dynamic::from_array(vec![before.to_vec().into(), after.to_vec().into()]))
}

/// Returns the first (`Less`) or the last (`Greater`) item and the other ones, or `None`.
pub(super) fn split_end(on: &Receiver<'_>, end: Ordering) -> EvalResult {
    let items = on.items().to_array()?;
    let parts = if end == Ordering::Less { items.split_first() } else { items.split_last() };
    Ok(parts.map_or_else(to_script::none, |(item, rest)| {
        to_script::some(Dynamic::from_array(vec![item.clone(), rest.to_vec().into()]))
    }))
}

/// Returns the items again and again, as many as a list may have: all of a shorter list, since `take` follows.
pub(super) fn cycle(on: &Receiver<'_>) -> EvalResult {
    let items = on.items().to_array()?;
    let repeated = items.iter().cycle().take(MAX_COLLECTION_ITEMS);
    Ok(repeated.cloned().collect::<Array>().into())
}

/// Returns the largest item of a heap, or the first one of another collection.
pub(super) fn peek(on: &Receiver<'_>, _: &[Dynamic]) -> EvalResult {
    let info = on.handle().ok().and_then(Handle::static_type);
    let is_heap = info.is_some_and(|info| strip_wrappers(info).name == "BinaryHeap");
    let found = if is_heap { on.items().min_or_max(None, Ordering::Greater)? } else { on.items().nth(0)? };
    Ok(item(found))
}

/// Returns whether the items begin (`Less`) or end (`Greater`) with those of another list.
pub(super) fn has_end(on: &Receiver<'_>, args: &[Dynamic], end: Ordering) -> EvalResult {
    let items = on.items().to_array()?;
    let others = Aggregation::new(on.other(args)?, on.context).to_array()?;
    let Some(rest) = items.len().checked_sub(others.len()) else { return Ok(false.into()) };
    let start = if end == Ordering::Less { 0 } else { rest };
    for (item, other) in items[start..].iter().zip(&others) {
        if !Comparison(on.context).equal(item, other)? {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

/// Splits the items from the end.
pub(super) fn rchunks(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let size =
        args.last().and_then(|size| usize::try_from(size.as_int().ok()?).ok()).filter(|size| *size > 0);
    let Some(size) = size else { return Err(ScriptError::new("`rchunks` takes 1 or more").into()) };
    let items = on.items().to_array()?;
    Ok(items.rchunks(size).map(|chunk| chunk.to_vec().into()).collect::<Array>().into())
}

/// Searches in a sorted list. Returns the position, or an `Err` with the one where the value belongs.
pub(super) fn binary_search(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let items = on.items().to_array()?;
    let wanted = args.first().cloned().unwrap_or_default();
    for (position, item) in items.iter().enumerate() {
        match Comparison(on.context).order(item, &wanted)? {
            Some(Ordering::Equal) => return Ok(number(position)),
            Some(Ordering::Greater) => return Err(missing(position)),
            _ => {}
        }
    }
    Err(missing(items.len()))
}

fn missing(position: usize) -> Box<EvalAltResult> {
    let error = ScriptError::new(format!("the list has no such value: it belongs at {position}"));
    error.of_function_with(position).into()
}

/// Returns the number of items at the beginning for which the function returns true.
pub(super) fn partition_point(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let verdicts = on.items().verdicts(&on.function(args)?)?;
    Ok(number(verdicts.iter().position(|verdict| !verdict).unwrap_or(verdicts.len())))
}

/// Returns whether the items are in ascending order.
pub(super) fn is_sorted(items: &Aggregation<'_>, context: &CallContext) -> EvalResult {
    let items = items.to_array()?;
    for pair in items.windows(2) {
        if Comparison(context).order(&pair[0], &pair[1])?.is_none_or(Ordering::is_gt) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

/// Returns the items, or the entries of a map, whose key is in a range.
pub(super) fn range(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult {
    let Some((start, end)) = args.last().and_then(bounds) else {
        return Err(ScriptError::new("`range` takes a range of integers").into());
    };
    let is_inside = |item: &IterItem| -> EvalResult<bool> {
        let key = match item.entry_key() {
            Some(key) => key.clone(),
            None => from_script::key(&on.context.run, &item.item())?,
        };
        let is_below = |key: i128| end == INT::MAX || key < i128::from(end);
        Ok(matches!(key, Value::Int(key) if key >= i128::from(start) && is_below(key)))
    };
    let sorted = on.with(Stage::Sort { by: SortKey::Item, descending: false }).to_items()?;
    let mut found = Array::new();
    for item in sorted {
        if is_inside(&item)? {
            found.push(item.entry());
        }
    }
    Ok(found.into())
}

/// An operation on two sets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SetOperation {
    Union,
    Intersection,
    Difference,
    SymmetricDifference,
}

/// Returns the items that an operation on two sets makes, in their order.
pub(super) fn combine(on: &Receiver<'_>, args: &[Dynamic], operation: SetOperation) -> EvalResult {
    let (own, others) = (Keys::of(on, on.items().to_items()?)?, Keys::of_other(on, args)?);
    let is_kept = |is_own: bool, is_in_both: bool| match operation {
        SetOperation::Union => is_own || !is_in_both,
        SetOperation::Intersection => is_own && is_in_both,
        SetOperation::Difference => is_own && !is_in_both,
        SetOperation::SymmetricDifference => !is_in_both,
    };
    let from_own = own.entries.iter().filter(|(key, _)| is_kept(true, others.contains(key)));
    let from_others = others.entries.iter().filter(|(key, _)| is_kept(false, own.contains(key)));
    let mut found: Vec<_> = from_own.chain(from_others).collect();
    found.sort_by(|(a, _), (b, _)| a.order(b));
    Ok(found.into_iter().map(|(_, item)| item.clone()).collect::<Array>().into())
}

/// Returns whether all items of this set are in the other one (`Less`), all of the other one in this (`Greater`), or none (`Equal`).
pub(super) fn compare_sets(on: &Receiver<'_>, args: &[Dynamic], expected: Ordering) -> EvalResult {
    let (own, others) = (Keys::of(on, on.items().to_items()?)?, Keys::of_other(on, args)?);
    let holds = match expected {
        Ordering::Less => own.entries.iter().all(|(key, _)| others.contains(key)),
        Ordering::Greater => others.entries.iter().all(|(key, _)| own.contains(key)),
        Ordering::Equal => !own.entries.iter().any(|(key, _)| others.contains(key)),
    };
    Ok(holds.into())
}

/// The items of a set, in the order of their keys.
struct Keys {
    entries: Vec<(Value<'static>, Dynamic)>,
}

impl Keys {
    fn of(on: &Receiver<'_>, items: Vec<IterItem>) -> EvalResult<Self> {
        let entry = |item: IterItem| Ok((from_script::key(&on.context.run, &item.item())?, item.item()));
        let mut entries = items.into_iter().map(entry).collect::<EvalResult<Vec<_>>>()?;
        entries.sort_by(|(a, _), (b, _)| a.order(b));
        Ok(Self { entries })
    }

    fn of_other(on: &Receiver<'_>, args: &[Dynamic]) -> EvalResult<Self> {
        let items = on.other(args)?.run(on.context)?.collect::<EvalResult<Vec<_>>>()?;
        Self::of(on, items)
    }

    fn contains(&self, key: &Value<'static>) -> bool {
        self.entries.binary_search_by(|(known, _)| known.order(key)).is_ok()
    }
}
