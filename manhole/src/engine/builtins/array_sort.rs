//! Sorting of a script's own arrays.
//!
//! The engine's own functions swallow the error that stops a command, and panic when a comparison contradicts itself, which a
//! program that aborts on panics would not survive. A merge does neither: whatever the comparison says, it ends.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Module, NativeCallContext};

use crate::engine::live::{Query, Stage, from_script};
use crate::engine::query::CallbackContext;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register};

type Call<'a> = NativeCallContext<'a>;

/// Puts them in the place of the engine's own.
pub(crate) fn bind(module: &mut Module) {
    for (in_place, as_copy, descending) in [("sort", "order", false), ("sort_desc", "order_desc", true)] {
        register(module, in_place, move |call: Call<'_>, array: &mut Array| {
            *array = naturally(&call, array, descending)?;
            Ok::<_, Box<EvalAltResult>>(())
        });
        register(module, as_copy, move |call: Call<'_>, array: &mut Array| {
            naturally(&call, array, descending)
        });
    }
    register(module, "sort", |call: Call<'_>, array: &mut Array, compare: FnPtr| {
        *array = by(&call, array, &compare)?;
        Ok::<_, Box<EvalAltResult>>(())
    });
    // With a function of two parameters as the language has it, and with one of one parameter as for everything live.
    register(module, "sort_by", |call: Call<'_>, array: &mut Array, function: FnPtr| {
        let context = CallContext::of(&call)?;
        if CallbackContext::new(&context)?.takes_key(&function) {
            *array = by(&call, array, &function)?;
            return Ok(Dynamic::UNIT);
        }
        let stage = Stage::Sort { by: Some(function), descending: false };
        Query::array(array.clone()).then(stage).into_script()
    });
    for name in ["order", "order_by"] {
        register(module, name, |call: Call<'_>, array: &mut Array, compare: FnPtr| {
            by(&call, array, &compare)
        });
    }
}

/// In the order that values have.
fn naturally(call: &Call<'_>, array: &Array, descending: bool) -> EvalResult<Array> {
    let context = CallContext::of(call)?;
    let keys = array.iter().map(|item| from_script::key(&context.run, item)).collect::<Result<Vec<_>, _>>();
    let keys = keys?;
    let mut order: Vec<_> = (0..array.len()).collect();
    merge_sort(&mut order, &mut |a, b| {
        let order = keys[a].order(&keys[b]);
        Ok(if descending { order.reverse() } else { order })
    })?;
    Ok(order.into_iter().map(|index| array[index].clone()).collect())
}

/// In the order that a function of the script says: by a number below, at or above zero, or by whether the first comes first.
fn by(call: &Call<'_>, array: &Array, compare: &FnPtr) -> EvalResult<Array> {
    let mut order: Vec<_> = (0..array.len()).collect();
    merge_sort(&mut order, &mut |a, b| {
        let said: Dynamic = compare.call_raw(call, None, [array[a].clone(), array[b].clone()])?;
        match (said.as_int(), said.as_bool()) {
            (Ok(number), _) => Ok(number.cmp(&0)),
            (_, Ok(first)) => Ok(if first { Ordering::Less } else { Ordering::Greater }),
            _ => Err(ScriptError::new(
                "the function that compares must give a number, or true if the first comes first",
            )
            .with_help("sort(|a, b| a - b)")
            .into()),
        }
    })?;
    Ok(order.into_iter().map(|index| array[index].clone()).collect())
}

/// What is equal stays in its order.
fn merge_sort(
    order: &mut [usize],
    compare: &mut dyn FnMut(usize, usize) -> EvalResult<Ordering>,
) -> EvalResult<()> {
    if order.len() < 2 {
        return Ok(());
    }
    let (left, right) = order.split_at_mut(order.len() / 2);
    merge_sort(left, compare)?;
    merge_sort(right, compare)?;
    let mut merged = Vec::with_capacity(order.len());
    let (mut left, mut right) = order.split_at(order.len() / 2);
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
    order.copy_from_slice(&merged);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_and_ends_whatever_the_comparison_says() {
        let mut order: Vec<usize> = (0..1_000).map(|n| n * 7_919 % 1_000).collect();
        merge_sort(&mut order, &mut |a, b| Ok(a.cmp(&b))).unwrap();
        assert!(order.is_sorted());
        let mut toggle = 0_usize;
        merge_sort(&mut order, &mut |_, _| {
            toggle = (toggle * 31 + 7) % 101;
            Ok(if toggle.is_multiple_of(2) { Ordering::Less } else { Ordering::Greater })
        })
        .unwrap();
        order.sort_unstable();
        assert_eq!(order, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn it_ends_with_the_first_error() {
        let mut asked = 0;
        let result = merge_sort(&mut (0..1_000).collect::<Vec<_>>(), &mut |_, _| {
            asked += 1;
            Err("stop".into())
        });
        assert!(result.is_err());
        assert_eq!(asked, 1);
    }
}
