//! The stages of a query that need no script function, or more than one call of it an item.

use std::collections::{BTreeSet, VecDeque};

use rhai::{Array, Dynamic};

use super::functions::{ItemCallback, ItemKey};
use super::sort::OrderedValue;
use crate::engine::live::{ItemStream, IterItem, Query};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, RustValue, ScriptError, to_script};
use crate::reflect::Value;

/// The maximum number of different items that are kept to find out whether another one is the same.
const MAX_UNIQUE_ITEMS: usize = 100_000;

/// Passes on the items that `transform` returns.
pub(super) fn filter_map(
    items: ItemStream,
    mut transform: impl FnMut(IterItem) -> EvalResult<Option<IterItem>> + 'static,
) -> ItemStream {
    Box::new(items.filter_map(move |item| item.and_then(&mut transform).transpose()))
}

/// Passes on the results of `transform`, which also gets the position.
pub(super) fn map(
    items: ItemStream,
    transform: impl Fn(usize, IterItem) -> IterItem + 'static,
) -> ItemStream {
    Box::new(items.enumerate().map(move |(position, item)| item.map(|item| transform(position, item))))
}

/// Passes on all items but the first `count`. Errors are passed on, too.
pub(super) fn skip(items: ItemStream, count: usize) -> ItemStream {
    let mut left = count;
    filter_map(items, move |item| {
        let is_skipped = left > 0;
        left -= usize::from(is_skipped);
        Ok((!is_skipped).then_some(item))
    })
}

/// Passes on the first item, and each one that is `count` behind the one before.
pub(super) fn step_by(items: ItemStream, count: usize) -> ItemStream {
    let mut left = 0;
    filter_map(items, move |item| {
        let is_passed = left == 0;
        left = if is_passed { count } else { left } - 1;
        Ok(is_passed.then_some(item))
    })
}

/// Passes on the items before the first one for which `function` returns false.
pub(super) fn take_while(mut items: ItemStream, function: ItemCallback) -> ItemStream {
    let mut is_over = false;
    Box::new(std::iter::from_fn(move || {
        while !is_over {
            let item = match items.next()? {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            match function.test(&item) {
                Ok(Some(true)) => return Some(Ok(item)),
                Ok(Some(false)) => is_over = true,
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }))
}

/// Passes on the items from the first one for which `function` returns false.
pub(super) fn skip_while(items: ItemStream, function: ItemCallback) -> ItemStream {
    let mut is_skipping = true;
    filter_map(items, move |item| {
        if is_skipping && function.test(&item)?.unwrap_or(true) {
            return Ok(None);
        }
        is_skipping = false;
        Ok(Some(item))
    })
}

/// Passes on the items for which `function` returns `key`.
pub(super) fn group(items: ItemStream, function: ItemCallback, key: Value<'static>) -> ItemStream {
    filter_map(items, move |item| {
        Ok(function.key(&item)?.is_some_and(|returned| returned.same(&key)).then_some(item))
    })
}

/// Passes on the keys of a map's entries, the first ones of pairs, or the positions.
pub(super) fn keys(items: ItemStream) -> ItemStream {
    map(items, |position, item| {
        let key = item.first(position);
        item.with(key)
    })
}

/// Replaces each item with an array of the two parts of a pair, or of its key or position and the item.
pub(super) fn pairs(items: ItemStream, context: CallContext) -> ItemStream {
    let mut position = 0;
    filter_map(items, move |item| {
        let parts = item.parts(position, &context.run)?;
        position += 1;
        Ok(Some(item.with(Dynamic::from_array(parts.into()))))
    })
}

/// Passes on the items inside the items. An item that is no collection passes, but `None` and `()` do not.
pub(super) fn flatten(mut items: ItemStream, context: CallContext) -> ItemStream {
    let mut inner: Option<ItemStream> = None;
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(found) = inner.as_mut().and_then(Iterator::next) {
                return Some(found.map(|found| {
                    let whole = found.entry();
                    IterItem::new(whole, None)
                }));
            }
            let item = match items.next()? {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            let whole = item.whole();
            // As in Rust, `None` and `Err` have no items.
            if whole.is_unit() || whole.read_lock::<RustValue>().is_some_and(|value| value.is_err()) {
                continue;
            }
            if to_script::is_some(&whole) {
                return Some(Ok(item.with(to_script::inside(whole))));
            }
            match Query::of(&whole, &context)
                .and_then(|query| query.map(|query| query.run(&context)).transpose())
            {
                Ok(Some(found)) => inner = Some(found),
                Ok(None) => return Some(Ok(item.with(whole))),
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}

/// Makes arrays of `count` items.
pub(super) fn chunks(mut items: ItemStream, count: usize) -> ItemStream {
    Box::new(std::iter::from_fn(move || {
        let mut chunk = Array::new();
        while chunk.len() < count {
            match items.next() {
                Some(Ok(item)) => chunk.push(item.whole()),
                Some(Err(error)) => return Some(Err(error)),
                None if chunk.is_empty() => return None,
                None => break,
            }
        }
        Some(Ok(IterItem::new(chunk.into(), None)))
    }))
}

/// Makes an array of each item and the ones behind it, with `count` items.
pub(super) fn windows(items: ItemStream, count: usize) -> ItemStream {
    let mut window = VecDeque::with_capacity(count);
    filter_map(items, move |item| {
        window.push_back(item.whole());
        if window.len() < count {
            return Ok(None);
        }
        let array: Array = window.iter().cloned().collect();
        window.pop_front();
        Ok(Some(IterItem::new(array.into(), None)))
    })
}

/// Leaves out the items with the same key as the one before.
pub(super) fn dedup(items: ItemStream, key: ItemKey) -> ItemStream {
    let mut last: Option<Value<'static>> = None;
    filter_map(items, move |item| {
        let Some(key) = key.of(&item)? else { return Ok(None) };
        let is_same = last.as_ref().is_some_and(|last| last.same(&key));
        last = Some(key);
        Ok((!is_same).then_some(item))
    })
}

/// Leaves out the items with the same key as an earlier one.
pub(super) fn unique(items: ItemStream, key: ItemKey) -> ItemStream {
    let mut known = BTreeSet::new();
    filter_map(items, move |item| {
        let Some(key) = key.of(&item)? else { return Ok(None) };
        let is_new = known.insert(OrderedValue(key));
        if known.len() > MAX_UNIQUE_ITEMS {
            let message = format!("cannot find more than {MAX_UNIQUE_ITEMS} different items");
            return Err(ScriptError::new(message).with_help("filter the items first").of_limit().into());
        }
        Ok(is_new.then_some(item))
    })
}
