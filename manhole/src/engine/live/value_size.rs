//! Estimates the memory of a value of a script.

use std::collections::HashSet;
use std::sync::Arc;

use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

use super::handle::Handle;
use super::query::{GroupSummary, Query, Source, Stage};
use super::value_count::children;
use crate::engine::value::{RustValue, ScriptError};
use crate::reflect::{Step, Value};

/// What each block of memory costs the allocator, beside its content.
const BLOCK_BYTES: usize = 16;
/// What one entry of a map costs: its nodes are two thirds full.
const ENTRY_BYTES: usize = 3 * size_of::<(ImmutableString, [usize; 2], Dynamic)>() / 2;
/// The content of a type that is not known here.
const OTHER_BYTES: usize = 128;
/// From this length on, a string that several values share counts once.
const SHARED_TEXT_BYTES: usize = 64;

/// Estimates the size of values in bytes: the engine's own values, and the content of strings, keys, names and paths.
#[derive(Default)]
pub(crate) struct ValueSize {
    /// The addresses of the long strings that are counted already.
    counted: HashSet<usize>,
}

impl ValueSize {
    /// Returns the size of `value` with all values inside it, but without the variables that closures share.
    pub(crate) fn of(&mut self, value: &Dynamic) -> usize {
        let mut bytes = size_of::<Dynamic>();
        if value.is_shared() {
            return bytes;
        }
        bytes += self.content(value);
        children(value, &mut |child| {
            bytes += self.of(child);
            true
        });
        bytes
    }

    /// Returns the size of what `value` holds in other blocks of memory, without the values inside it.
    fn content(&mut self, value: &Dynamic) -> usize {
        if value.is_unit() || value.is_bool() || value.is_int() || value.is_float() || value.is_char() {
            0
        } else if let Some(text) = value.read_lock::<ImmutableString>() {
            self.text(text.as_str())
        } else if let Some(items) = value.read_lock::<Array>() {
            block(size_of::<Array>()) + block((items.capacity() - items.len()) * size_of::<Dynamic>())
        } else if let Some(blob) = value.read_lock::<Blob>() {
            block(size_of::<Blob>()) + block(blob.capacity())
        } else if let Some(entries) = value.read_lock::<Map>() {
            let keys: usize = entries.keys().map(|key| str::len(key)).sum();
            block(size_of::<Map>()) + entries.len() * ENTRY_BYTES + keys
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            block(size_of::<FnPtr>()) + self.text(function.fn_name())
        } else if let Some(handle) = value.read_lock::<Handle>() {
            block(size_of::<Handle>()) + handle.path().steps().into_iter().map(step).sum::<usize>()
        } else if let Some(query) = value.read_lock::<Query>() {
            let mut names = 0;
            query.visit_functions(&mut |function| names += self.text(function.fn_name()));
            let stages = query
                .stages
                .iter()
                .map(|stage| if let Stage::Group(_, key) = stage { key_bytes(key) } else { 0 });
            let keys = match &query.source {
                Source::Groups(groups) => {
                    let group =
                        |group: &Arc<GroupSummary>| block(size_of::<GroupSummary>()) + key_bytes(&group.key);
                    groups.groups.iter().map(group).sum()
                }
                Source::Entries(entries) => entries.iter().map(entry_bytes).sum(),
                _ => 0,
            };
            let stages = stages.sum::<usize>() + keys + query.stage_count() * size_of::<Stage>();
            block(size_of::<Query>()) + stages + names
        } else if let Some(value) = value.read_lock::<RustValue>() {
            block(size_of::<RustValue>()) + key_bytes(&value.value)
        } else if let Some(error) = value.read_lock::<ScriptError>() {
            let help = error.help.as_ref().map_or(0, String::capacity);
            block(size_of::<ScriptError>()) + error.message.capacity() + help
        } else {
            OTHER_BYTES
        }
    }

    fn text(&mut self, text: &str) -> usize {
        let is_known = text.len() >= SHARED_TEXT_BYTES && !self.counted.insert(text.as_ptr().addr());
        if is_known { 0 } else { block(size_of::<ImmutableString>() + text.len()) }
    }
}

const fn block(bytes: usize) -> usize {
    bytes + BLOCK_BYTES
}

fn step(step: &Step) -> usize {
    let name = match step {
        Step::Name(name) => name.len(),
        Step::Key(key) => key_bytes(key),
    };
    block(size_of::<Step>()) + name
}

fn entry_bytes((key, item): &(Value<'_>, Value<'_>)) -> usize {
    2 * size_of::<Value<'_>>() + key_bytes(key) + key_bytes(item)
}

fn key_bytes(key: &Value<'_>) -> usize {
    match key {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(|item| size_of::<Value<'_>>() + key_bytes(item)).sum(),
        Value::Map(entries) => entries.iter().map(entry_bytes).sum(),
        Value::Struct(value) => {
            let fields = value.fields().values().into_iter();
            value.path().len()
                + fields.map(|field| 2 * size_of::<Value<'_>>() + key_bytes(field)).sum::<usize>()
        }
        _ => 0,
    }
}
