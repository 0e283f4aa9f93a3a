//! Visits and counts the values inside a value of a script.

use rhai::{Array, Dynamic, FnPtr, Map};

use super::query::Query;
use crate::engine::value::{EvalResult, ScriptError};

/// How many values may be inside one that is copied as a whole, such as a constant in a closure.
const MAX_COPIED_VALUES: usize = 8_192;

/// Calls `visit` with each value directly inside `value`, until that returns `false`.
pub(crate) fn children(value: &Dynamic, visit: &mut dyn FnMut(&Dynamic) -> bool) {
    if let Some(items) = value.read_lock::<Array>() {
        let _ = items.iter().all(visit);
    } else if let Some(entries) = value.read_lock::<Map>() {
        let _ = entries.values().all(visit);
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        let _ = function.iter_curry().all(visit);
    } else if let Some(query) = value.read_lock::<Query>() {
        let _ = query.children(visit);
    }
}

/// Counts the values inside `value`, with itself. A shared variable counts as one. Stops at [`MAX_COPIED_VALUES`].
fn count_values(value: &Dynamic, counted: usize) -> usize {
    let mut counted = counted + 1;
    if !value.is_shared() {
        children(value, &mut |child| {
            counted = count_values(child, counted);
            counted <= MAX_COPIED_VALUES
        });
    }
    counted
}

/// Returns an error if `value` has too many values to be copied repeatedly.
pub(crate) fn check_value_count(value: &Dynamic) -> EvalResult<()> {
    if count_values(value, 0) <= MAX_COPIED_VALUES {
        return Ok(());
    }
    let message = format!(
        "cannot copy the value: a query, or a constant in a closure, holds at most {MAX_COPIED_VALUES} values"
    );
    Err(ScriptError::new(message).into())
}
