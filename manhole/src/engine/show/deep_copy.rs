//! Copies of what a script holds, live values included, as data.

use rhai::{Array, Dynamic, EvalAltResult, Map, Position};

use super::format_result;
use crate::engine::live::{Handle, Query, to_value};
use crate::engine::query::Aggregation;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::Value;

/// What a copy may be made of, and how many bytes of text.
#[derive(Clone, Copy)]
struct CopyLimits {
    values: usize,
    bytes: usize,
}

/// For whoever wants all or nothing.
const WHOLE: CopyLimits = CopyLimits { values: 65_536, bytes: 4 * 1024 * 1024 };

/// For whoever takes what there is room for.
const EXCERPT: CopyLimits = CopyLimits { values: 16_384, bytes: 1024 * 1024 };

/// How many items of a query are in an excerpt: as many as of a collection.
const MAX_QUERY_ITEMS: usize = 4_096;

/// How deep an excerpt goes into a script's own values.
const DEEPEST: usize = 32;

/// A copy of all that a value is.
pub(crate) fn copy(value: &Dynamic, context: &CallContext) -> EvalResult<Value<'static>> {
    DeepCopier { context, bounds: WHOLE, left: WHOLE, lossy: false, cut: false }.copy(value, 0)
}

/// A copy of what there is room for, and whether there is more.
pub(crate) fn excerpt(value: &Dynamic, context: &CallContext) -> EvalResult<(Value<'static>, bool)> {
    let mut copier = DeepCopier { context, bounds: EXCERPT, left: EXCERPT, lossy: true, cut: false };
    let copied = copier.copy(value, 0)?;
    Ok((copied, copier.cut))
}

/// Copies what a script holds. Live values in it have bounds of their own; these bound them all together.
struct DeepCopier<'a> {
    context: &'a CallContext,
    bounds: CopyLimits,
    left: CopyLimits,
    /// Whether what is too much is left out, not refused.
    lossy: bool,
    /// Whether something was left out.
    cut: bool,
}

impl DeepCopier<'_> {
    fn copy(&mut self, value: &Dynamic, depth: usize) -> EvalResult<Value<'static>> {
        if self.context.run.watchdog.look().is_some() {
            return Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into());
        }
        if self.lossy && (depth > DEEPEST || self.left.values == 0) {
            self.cut = true;
            return Ok(Value::Placeholder("cut"));
        }
        if let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) {
            let copied = if self.lossy {
                let (copied, cut) = handle.excerpt(&self.context.run)?;
                self.cut |= cut;
                copied
            } else {
                handle.snapshot(&self.context.run)?
            };
            return self.counted(copied);
        }
        if let Some(query) = value.read_lock::<Query>().map(|query| query.clone()) {
            let items = Aggregation::new(query, self.context);
            if !self.lossy {
                return self.list(&items.to_array()?, depth);
            }
            let (items, more) = items.first_items(MAX_QUERY_ITEMS)?;
            self.cut |= more > 0;
            return self.list(&items, depth);
        }
        if let Some(items) = value.read_lock::<Array>() {
            return self.list(&items, depth);
        }
        if let Some(entries) = value.read_lock::<Map>() {
            let mut copied = Vec::with_capacity(entries.len());
            for (key, item) in entries.iter() {
                if self.is_full() {
                    break;
                }
                copied.push((Value::from(key.to_string()), self.copy(item, depth + 1)?));
            }
            return Ok(Value::Map(copied));
        }
        let copied = match to_value(value) {
            Ok(copied) => copied,
            Err(_) if self.lossy && value.is_fnptr() => Value::Placeholder("function"),
            Err(_) if self.lossy => Value::from(format_result::leaf_text(value)),
            Err(fault) => return Err(fault.into()),
        };
        self.counted(copied)
    }

    fn list(&mut self, items: &[Dynamic], depth: usize) -> EvalResult<Value<'static>> {
        let mut copied = Vec::with_capacity(items.len());
        for item in items {
            if self.is_full() {
                break;
            }
            copied.push(self.copy(item, depth + 1)?);
        }
        Ok(Value::List(copied))
    }

    /// Whether nothing more can be taken, and is left out.
    fn is_full(&mut self) -> bool {
        let full = self.lossy && (self.left.values == 0 || self.left.bytes == 0);
        self.cut |= full;
        full
    }

    /// `copied`, if there is still room for it.
    fn counted(&mut self, copied: Value<'static>) -> EvalResult<Value<'static>> {
        let taken = size(&copied);
        let left = self.left.values.checked_sub(taken.values).zip(self.left.bytes.checked_sub(taken.bytes));
        if let Some((values, bytes)) = left {
            self.left = CopyLimits { values, bytes };
            return Ok(copied);
        }
        if self.lossy {
            self.left = CopyLimits { values: 0, bytes: 0 };
            self.cut = true;
            return Ok(Value::Placeholder("cut"));
        }
        let CopyLimits { values, bytes } = self.bounds;
        let mib = bytes / (1024 * 1024);
        let message = format!("this is made of more than {values} values, or of more than {mib} MiB of text");
        let fault = ScriptError::new(message).with_help("take a part of it: x.take(100)".to_owned());
        Err(fault.of_limit().into())
    }
}

/// What a value is made of.
fn size(value: &Value<'_>) -> CopyLimits {
    let mut size = CopyLimits { values: 1, bytes: 0 };
    let mut add = |part: &Value<'_>| {
        let part = self::size(part);
        size.values += part.values;
        size.bytes += part.bytes;
    };
    match value {
        Value::List(items) => items.iter().for_each(add),
        Value::Map(entries) => entries.iter().for_each(|(key, item)| {
            add(key);
            add(item);
        }),
        Value::Text(text) => size.bytes += text.len(),
        Value::Bytes(bytes) => size.bytes += bytes.len(),
        _ => {}
    }
    size
}
