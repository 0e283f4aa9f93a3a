//! Sorting of a script's own arrays.
//!
//! The engine's own functions swallow the error that stops a command. They also panic when a comparison contradicts itself, which
//! ends an application that aborts on panics. A merge sort does neither: it ends for any comparison.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, FnPtr, Module, NativeCallContext};

use crate::engine::live::{Query, Stage, from_script};
use crate::engine::query::{CallbackContext, KeyCheck};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register};

type Call<'a> = NativeCallContext<'a>;

/// Replaces the engine's functions.
pub(crate) fn bind(module: &mut Module) {
    for (name, order) in [("sort", Order::Ascending), ("sort_desc", Order::Descending)] {
        register(module, name, move |call: Call<'_>, array: &mut Array| -> EvalResult<()> {
            *array = sorted(&call, array, order)?;
            Ok(())
        });
    }
    for (name, order) in [("order", Order::Ascending), ("order_desc", Order::Descending)] {
        register(module, name, move |call: Call<'_>, array: &mut Array| sorted(&call, array, order));
    }
    register(module, "sort", |call: Call<'_>, array: &mut Array, compare: FnPtr| -> EvalResult<()> {
        *array = sorted_by(&call, array, &compare)?;
        Ok(())
    });
    // The function has two parameters as in the language, or one as for live collections.
    register(module, "sort_by", |call: Call<'_>, array: &mut Array, function: FnPtr| {
        let context = CallContext::of(&call)?;
        if CallbackContext::new(&context)?.takes_key(&function) {
            *array = sorted_by(&call, array, &function)?;
            return Ok(Dynamic::UNIT);
        }
        let stage = Stage::Sort { by: Some(function), descending: false };
        Query::array(array.clone()).then(stage).into_script()
    });
    for name in ["order", "order_by"] {
        register(module, name, |call: Call<'_>, array: &mut Array, compare: FnPtr| {
            sorted_by(&call, array, &compare)
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// Returns the items in the order of their values.
fn sorted(call: &Call<'_>, array: &Array, order: Order) -> EvalResult<Array> {
    let context = CallContext::of(call)?;
    let keys = array.iter().map(|item| from_script::key(&context.run, item));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut known = KeyCheck::default();
    keys.iter().try_for_each(|key| known.check(key))?;
    merge_sort(array, &mut |a, b| {
        let ascending = keys[a].order(&keys[b]);
        Ok(if order == Order::Ascending { ascending } else { ascending.reverse() })
    })
}

/// Returns the items in the order of a script's function, which compares two items. It returns a negative number, zero or a
/// positive number, or true if the first item comes first.
fn sorted_by(call: &Call<'_>, array: &Array, compare: &FnPtr) -> EvalResult<Array> {
    merge_sort(array, &mut |a, b| {
        let order: Dynamic = compare.call_raw(call, None, [array[a].clone(), array[b].clone()])?;
        match (order.as_int(), order.as_bool()) {
            (Ok(number), _) => Ok(number.cmp(&0)),
            (_, Ok(is_first)) => Ok(if is_first { Ordering::Less } else { Ordering::Greater }),
            _ => Err(ScriptError::new(
                "the function must return a number, or true if the first item comes first",
            )
            .with_help("compare like this: sort(|a, b| a - b)")
            .into()),
        }
    })
}

type Compare<'a> = &'a mut dyn FnMut(usize, usize) -> EvalResult<Ordering>;

/// Returns the items in the order of `compare`, which gets their positions.
fn merge_sort<T: Clone>(items: &[T], compare: Compare<'_>) -> EvalResult<Vec<T>> {
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
