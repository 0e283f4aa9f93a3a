//! Sorting. A merge sort ends for any comparison, and ends with the first error of one.

use std::cmp::Ordering;

use rhai::Dynamic;

use super::comparison::KeyCheck;
use super::functions::{Callback, ItemKey};
use crate::engine::live::{ItemStream, IterItem};
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::Value;

/// The maximum number of items that a sort keeps in memory.
const MAX_SORTED_ITEMS: usize = 100_000;

/// A value with a total order, in which only values that are the same are equal.
#[derive(Clone)]
pub(crate) struct OrderedValue(pub(crate) Value<'static>);

impl Ord for OrderedValue {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_text = || {
            if self.0.same(&other.0) {
                return Ordering::Equal;
            }
            self.0.to_string().cmp(&other.0.to_string())
        };
        self.0.order(&other.0).then_with(by_text)
    }
}

impl PartialOrd for OrderedValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for OrderedValue {}

/// Returns the items of a stream, of which there may only be so many. `act` says what needs them all.
pub(super) fn collect(items: ItemStream, act: &str) -> EvalResult<Vec<IterItem>> {
    let mut kept = Vec::new();
    for item in items {
        kept.push(item?);
        if kept.len() > MAX_SORTED_ITEMS {
            return Err(too_many(act).into());
        }
    }
    Ok(kept)
}

fn too_many(act: &str) -> ScriptError {
    let message = format!("cannot {act} more than {MAX_SORTED_ITEMS} items");
    ScriptError::new(message).with_help("keep the first ones only: sort_by(|x| …).take(20)")
}

/// An item with its sort key.
struct Keyed {
    key: Value<'static>,
    position: usize,
    item: IterItem,
}

/// The order of a sort, and the number of items that later stages need.
pub(super) struct SortOrder {
    pub(super) key: ItemKey,
    pub(super) descending: bool,
    pub(super) max_items: Option<usize>,
}

impl SortOrder {
    /// Sorts the items. Keeps only the first ones where later stages need no more, so that the first ten of a million are cheap.
    pub(super) fn sort(self, items: ItemStream) -> EvalResult<ItemStream> {
        let compare = |a: &Keyed, b: &Keyed| -> Ordering {
            // Equal items keep their order, and are the other way round behind a `rev`.
            let order = a.key.order(&b.key).then(a.position.cmp(&b.position));
            if self.descending { order.reverse() } else { order }
        };
        let mut kept = Vec::new();
        let mut known = KeyCheck::default();
        for (position, item) in items.enumerate() {
            let item = item?;
            let Some(key) = self.key.of(&item)? else { continue };
            known.check(&key).map_err(|error| self.key.locate(error))?;
            kept.push(Keyed { key, position, item });
            match self.max_items.filter(|max| *max <= MAX_SORTED_ITEMS) {
                Some(max) if kept.len() >= 2 * max.max(512) => {
                    kept.select_nth_unstable_by(max, compare);
                    kept.truncate(max);
                }
                None if kept.len() > MAX_SORTED_ITEMS => return Err(too_many("sort").into()),
                _ => {}
            }
        }
        kept.sort_unstable_by(compare);
        Ok(Box::new(kept.into_iter().map(|keyed| Ok(keyed.item))))
    }
}

/// Sorts the items by a script's function, which compares two of them.
pub(super) fn sort_by_comparison(
    items: ItemStream,
    compare: &Callback,
    descending: bool,
) -> EvalResult<ItemStream> {
    let items = collect(items, "sort")?;
    let mut sorted =
        merge_sort(&items, &mut |a, b| compare_items(compare, &items[a].entry(), &items[b].entry()))?;
    if descending {
        sorted.reverse();
    }
    let mut sorted = sorted.into_iter();
    Ok(Box::new(std::iter::from_fn(move || sorted.next().map(Ok))))
}

/// Compares two values by a script's function. It returns a negative number, zero or a positive number, or true if the first item
/// comes first, or the name of Rust's `Ordering`.
pub(crate) fn compare_items(compare: &Callback, a: &Dynamic, b: &Dynamic) -> EvalResult<Ordering> {
    let order = compare.call(&mut [a.clone(), b.clone()])?;
    if let Ok(number) = order.as_int() {
        return Ok(number.cmp(&0));
    }
    if let Ok(number) = order.as_float() {
        return Ok(number.partial_cmp(&0.0).unwrap_or(Ordering::Equal));
    }
    match (order.as_bool(), order.into_immutable_string().as_deref()) {
        (Ok(true), _) | (_, Ok("Less")) => Ok(Ordering::Less),
        (Ok(false), _) | (_, Ok("Greater")) => Ok(Ordering::Greater),
        (_, Ok("Equal")) => Ok(Ordering::Equal),
        _ => Err(compare.locate(
            ScriptError::new("the function must return a number, or true if the first item comes first")
                .with_help("compare like this: |a, b| a - b"),
        )),
    }
}

type Compare<'a> = &'a mut dyn FnMut(usize, usize) -> EvalResult<Ordering>;

/// Returns the items in the order of `compare`, which gets their positions.
pub(crate) fn merge_sort<T: Clone>(items: &[T], compare: Compare<'_>) -> EvalResult<Vec<T>> {
    let mut positions: Vec<_> = (0..items.len()).collect();
    sort_positions(&mut positions, compare)?;
    Ok(positions.into_iter().map(|position| items[position].clone()).collect())
}

/// Sorts positions. Equal ones keep their order.
fn sort_positions(positions: &mut [usize], compare: Compare<'_>) -> EvalResult<()> {
    if positions.len() < 2 {
        return Ok(());
    }
    let (left, right) = positions.split_at_mut(positions.len() / 2);
    sort_positions(left, compare)?;
    sort_positions(right, compare)?;
    let mut merged = Vec::with_capacity(positions.len());
    let (mut left, mut right) = positions.split_at(positions.len() / 2);
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if compare(*a, *b)? == Ordering::Greater {
            merged.push(*b);
            right = right_rest;
        } else {
            merged.push(*a);
            left = left_rest;
        }
    }
    merged.extend(left);
    merged.extend(right);
    positions.copy_from_slice(&merged);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_and_ends_for_any_comparison() {
        let mut order: Vec<usize> = (0..1_000).map(|n| n * 7_919 % 1_000).collect();
        sort_positions(&mut order, &mut |a, b| Ok(a.cmp(&b))).unwrap();
        assert!(order.is_sorted());
        let mut toggle = 0_usize;
        sort_positions(&mut order, &mut |_, _| {
            toggle = (toggle * 31 + 7) % 101;
            Ok(if toggle % 2 == 0 { Ordering::Less } else { Ordering::Greater })
        })
        .unwrap();
        order.sort_unstable();
        assert_eq!(order, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn it_ends_with_the_first_error() {
        let mut calls = 0;
        let result = sort_positions(&mut (0..1_000).collect::<Vec<_>>(), &mut |_, _| {
            calls += 1;
            Err("stop".into())
        });
        assert!(result.is_err());
        assert_eq!(calls, 1);
    }
}
