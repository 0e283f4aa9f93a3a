//! How the value of a command is shown.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use crate::engine::live::{Handle, Query};
use crate::engine::query::Aggregation;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, to_script};
use crate::reflect::{GroupStyle, Preview, PreviewLimits, Value, leaf as value_leaf, pretty_print};

/// The width that answers are laid out for.
const WIDTH: usize = 80;

/// The text of `value`; `None` for nothing.
pub(crate) fn show(
    value: &Dynamic,
    context: &CallContext,
    budget: PreviewLimits,
) -> EvalResult<Option<String>> {
    if value.is_unit() && !to_script::is_none(value) {
        return Ok(None);
    }
    Ok(Some(pretty_print(&preview(value, context, budget, 0)?, WIDTH)))
}

/// What is shown of `value`, before it is laid out.
pub(crate) fn preview(
    value: &Dynamic,
    context: &CallContext,
    budget: PreviewLimits,
    depth: usize,
) -> EvalResult<Preview> {
    if let Some(handle) = value.read_lock::<Handle>() {
        let mut budget = budget;
        budget.depth = budget.depth.saturating_sub(depth);
        return handle.preview(&context.run, budget).map_err(Into::into);
    }
    if let Some(query) = value.read_lock::<Query>().map(|query| query.clone()) {
        return items(&query, context, budget, depth);
    }
    if value.is_array() || value.is_map() {
        return collection(value, context, budget, depth);
    }
    Ok(leaf(value, budget))
}

fn leaf(value: &Dynamic, budget: PreviewLimits) -> Preview {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return value_leaf(&Value::from(text.as_str()), budget.text);
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return value_leaf(&Value::Bytes(bytes.as_slice().into()), budget.text);
    }
    Preview::Leaf(leaf_text(value))
}

/// The text of a value that is short.
pub(crate) fn leaf_text(value: &Dynamic) -> String {
    if to_script::is_none(value) {
        return "None".to_owned();
    }
    if let Some(fault) = value.read_lock::<ScriptError>() {
        return fault.message.clone();
    }
    if let Some(time) = value.read_lock::<Duration>() {
        return format!("{:?}", *time);
    }
    if let Some(time) = value.read_lock::<SystemTime>() {
        return Value::Time(*time).to_string();
    }
    if let Some(instant) = value.read_lock::<Instant>() {
        return format!("{:?} ago", instant.elapsed());
    }
    if value.is_fnptr() {
        return "a function".to_owned();
    }
    match value.as_float() {
        Ok(float) => format!("{float:?}"),
        Err(_) if value.is_unit() => "()".to_owned(),
        Err(_) if value.is_char() => format!("{:?}", value.as_char().unwrap_or_default()),
        Err(_) => value.to_string(),
    }
}

/// The items that come by, as far as there is room for them.
fn items(query: &Query, context: &CallContext, budget: PreviewLimits, depth: usize) -> EvalResult<Preview> {
    if depth >= budget.depth {
        return Ok(Preview::Cut("…".to_owned()));
    }
    let (shown, more) = Aggregation::new(query.clone(), context).first_items(budget.items)?;
    let entries = shown.iter().map(|item| Ok((String::new(), preview(item, context, budget, depth + 1)?)));
    let entries = entries.collect::<EvalResult<_>>()?;
    Ok(Preview::Group { name: String::new(), style: GroupStyle::Brackets, entries, more })
}

fn collection(
    value: &Dynamic,
    context: &CallContext,
    budget: PreviewLimits,
    depth: usize,
) -> EvalResult<Preview> {
    if depth >= budget.depth {
        return Ok(Preview::Cut("…".to_owned()));
    }
    let mut entries = Vec::new();
    let mut more = 0;
    let style = if let Some(items) = value.read_lock::<Array>() {
        for item in items.iter().take(budget.items) {
            entries.push((String::new(), preview(item, context, budget, depth + 1)?));
        }
        more = items.len() - entries.len();
        GroupStyle::Brackets
    } else {
        if let Some(map) = value.read_lock::<Map>() {
            for (key, item) in map.iter().take(budget.items) {
                entries.push((format!("{:?}: ", key.as_str()), preview(item, context, budget, depth + 1)?));
            }
            more = map.len() - entries.len();
        }
        GroupStyle::Braces
    };
    Ok(Preview::Group { name: String::new(), style, entries, more })
}
