//! The values inside a value of a script: visiting and counting them.

use rhai::{Array, Dynamic, FnPtr, Map};

use super::query::Query;
use crate::engine::value::{EvalResult, ScriptError};

/// How many values may be inside of one that is copied as a whole, such as a constant in a closure.
const MAX_COPIED_VALUES: usize = 8_192;

/// Hands the values that `value` is made of to `look`, for as long as that wants more.
pub(crate) fn children(value: &Dynamic, look: &mut dyn FnMut(&Dynamic) -> bool) {
    if let Some(items) = value.read_lock::<Array>() {
        let _ = items.iter().all(look);
    } else if let Some(entries) = value.read_lock::<Map>() {
        let _ = entries.values().all(look);
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        let _ = function.iter_curry().all(look);
    } else if let Some(query) = value.read_lock::<Query>() {
        query.parts(look);
    }
}

/// How many values there are in all, shared variables counted as one each; not more than `MAX_COPIED_VALUES` are counted.
fn count_values(value: &Dynamic, counted: usize) -> usize {
    let mut counted = counted + 1;
    if !value.is_shared() {
        children(value, &mut |part| {
            counted = count_values(part, counted);
            counted <= MAX_COPIED_VALUES
        });
    }
    counted
}

/// Refuses what is too heavy to be copied again and again.
pub(crate) fn check_value_count(value: &Dynamic) -> EvalResult<()> {
    if count_values(value, 0) <= MAX_COPIED_VALUES {
        return Ok(());
    }
    let message =
        format!("queries, and constants in closures, are made of {MAX_COPIED_VALUES} values at most");
    Err(ScriptError::new(message).into())
}
