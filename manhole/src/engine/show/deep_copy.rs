//! Deep copies of script values, with the live values in them, as plain data.

use rhai::{Array, Dynamic, Map};

use super::format_result;
use crate::engine::live::{Handle, IterItem, Query, to_value};
use crate::engine::query::{Aggregation, skip_removed_value};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, terminated};
use crate::reflect::{MAX_COLLECTION_ITEMS, Value, placeholder};

/// The maximum size of a copy.
#[derive(Clone, Copy)]
struct CopyLimits {
    values: usize,
    /// The bytes of strings and byte strings.
    bytes: usize,
}

/// The limits of a complete copy.
const COPY_LIMITS: CopyLimits = CopyLimits { values: 65_536, bytes: 4 * 1024 * 1024 };

/// The limits of an excerpt, which is cut at them.
const EXCERPT_LIMITS: CopyLimits = CopyLimits { values: 16_384, bytes: 1024 * 1024 };

/// The maximum depth of an excerpt of a script's own values.
const MAX_DEPTH: usize = 32;

/// Returns a complete copy of `value`.
pub(crate) fn copy(value: &Dynamic, context: &CallContext) -> EvalResult<Value<'static>> {
    DeepCopier { context, limits: COPY_LIMITS, left: COPY_LIMITS, lossy: false, cut: false, is_item: false }
        .copy(value, 0)
}

/// Returns a copy of `value` that is cut at the limits, and whether it was cut.
pub(crate) fn excerpt(value: &Dynamic, context: &CallContext) -> EvalResult<(Value<'static>, bool)> {
    let mut copier = DeepCopier {
        context,
        limits: EXCERPT_LIMITS,
        left: EXCERPT_LIMITS,
        lossy: true,
        cut: false,
        is_item: false,
    };
    let copied = copier.copy(value, 0)?;
    Ok((copied, copier.cut))
}

/// Copies a script value. Each live value in it has limits, too; these limit all of them together.
struct DeepCopier<'a> {
    context: &'a CallContext,
    limits: CopyLimits,
    left: CopyLimits,
    /// Whether the copy is cut at the limits; otherwise it fails there.
    lossy: bool,
    /// Whether the copy was cut.
    cut: bool,
    /// Whether this is an item of a list. If the application has removed a part of the item, the list leaves out all of it.
    is_item: bool,
}

impl DeepCopier<'_> {
    fn copy(&mut self, value: &Dynamic, depth: usize) -> EvalResult<Value<'static>> {
        if self.context.run.watchdog.check().is_err() {
            return terminated();
        }
        if self.lossy && (depth > MAX_DEPTH || self.left.values == 0) {
            self.cut = true;
            return Ok(Value::Placeholder(placeholder::CUT));
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
                return self.query(&items.to_items()?, depth);
            }
            let mut first = Vec::new();
            let more = items.first_items(MAX_COLLECTION_ITEMS, &mut first)?;
            let items = first;
            self.cut |= more > 0;
            return self.query(&items, depth);
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
            Err(_) if self.lossy && value.is_fnptr() => Value::Placeholder(placeholder::FUNCTION),
            Err(_) if self.lossy => Value::from(format_result::leaf_text(value)),
            Err(error) => return Err(error.into()),
        };
        self.counted(copied)
    }

    /// Copies the items of a query, which leaves out those that the application has removed.
    fn query(&mut self, items: &[IterItem], depth: usize) -> EvalResult<Value<'static>> {
        let is_item = std::mem::replace(&mut self.is_item, false);
        let values: Vec<_> = items.iter().map(IterItem::whole).collect();
        let keys: Option<Vec<_>> = items.iter().map(|item| item.entry_key().cloned()).collect();
        let copied = match keys.filter(|keys| !keys.is_empty()) {
            Some(keys) => self.entries(&values, keys, depth),
            None => self.list(&values, depth),
        };
        self.is_item = is_item;
        copied
    }

    /// Copies the entries of a map.
    fn entries(
        &mut self,
        items: &[Dynamic],
        keys: Vec<Value<'static>>,
        depth: usize,
    ) -> EvalResult<Value<'static>> {
        self.is_item = true;
        let mut copied = Vec::with_capacity(items.len());
        for (item, key) in items.iter().zip(keys) {
            if self.is_full() {
                break;
            }
            let result = self.copy(item, depth + 1);
            copied.extend(skip_removed_value(self.context, item, result)?.map(|item| (key, item)));
        }
        Ok(Value::Map(copied))
    }

    fn list(&mut self, items: &[Dynamic], depth: usize) -> EvalResult<Value<'static>> {
        let is_item = std::mem::replace(&mut self.is_item, true);
        let mut copied = Vec::with_capacity(items.len());
        for item in items {
            if self.is_full() {
                break;
            }
            let result = self.copy(item, depth + 1);
            if is_item {
                copied.push(result?);
            } else {
                copied.extend(skip_removed_value(self.context, item, result)?);
            }
        }
        self.is_item = is_item;
        Ok(Value::List(copied))
    }

    /// Returns whether the limits are reached, and marks the copy as cut if so.
    fn is_full(&mut self) -> bool {
        let full = self.lossy && (self.left.values == 0 || self.left.bytes == 0);
        self.cut |= full;
        full
    }

    /// Counts the size of `copied`, and returns it or its replacement.
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
            return Ok(Value::Placeholder(placeholder::CUT));
        }
        let CopyLimits { values, bytes } = self.limits;
        let mib = bytes / (1024 * 1024);
        let message = format!("cannot copy the value: it has more than {values} values or {mib} MiB of text");
        let help = "copy a part of it: x.take(100)";
        Err(ScriptError::new(message).with_help(help).of_limit().into())
    }
}

/// Returns the size of `value`.
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
        Value::Struct(value) => value.fields().values().into_iter().for_each(add),
        Value::Text(text) => size.bytes += text.len(),
        Value::Bytes(bytes) => size.bytes += bytes.len(),
        _ => {}
    }
    size
}
