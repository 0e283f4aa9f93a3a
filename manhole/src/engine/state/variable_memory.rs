//! Limits the memory of the variables of a session.

use std::collections::HashMap;

use rhai::{Blob, Dynamic, ImmutableString, Map, Scope};

use super::closure_gc::SharedVariableGc;
use crate::engine::live::children;

/// The size of each variable in bytes, as of the last command that used it.
#[derive(Default)]
pub(crate) struct VariableMemory(HashMap<String, usize>);

impl VariableMemory {
    /// Measures the variables that a command has `used`, and drops the largest of them until all variables, with those that
    /// closures share, hold at most `limit` bytes. Returns the names of the dropped ones.
    pub(crate) fn enforce_limit(
        &mut self,
        scope: &mut Scope<'static>,
        gc: &SharedVariableGc,
        used: &[&str],
        limit: usize,
    ) -> Vec<String> {
        self.0.retain(|name, _| scope.contains(name));
        for name in used {
            let Some(value) = scope.get(name) else { continue };
            self.0.insert((*name).to_owned(), value_bytes(value));
        }
        let mut dropped = Vec::new();
        while self.0.values().sum::<usize>() + shared_bytes(gc) > limit {
            let sizes = used.iter().filter_map(|name| Some((*self.0.get(*name)?, *name)));
            let Some((_, name)) = sizes.max() else { break };
            self.0.remove(name);
            let _ = scope.remove::<Dynamic>(name);
            dropped.push(name.to_owned());
            // It may have held variables that closures share.
            gc.collect_cycles();
        }
        dropped
    }
}

/// Measures the variables that closures share, in bytes.
fn shared_bytes(gc: &SharedVariableGc) -> usize {
    let mut total = 0;
    gc.for_each(|value| total += value_bytes(value));
    total
}

/// Estimates the size of a value in bytes: the engine's size of each value inside it, and the content of strings and
/// keys.
fn value_bytes(value: &Dynamic) -> usize {
    let mut bytes = size_of::<Dynamic>();
    if value.is_shared() {
        return bytes;
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        bytes += text.len();
    } else if let Some(blob) = value.read_lock::<Blob>() {
        bytes += blob.len();
    } else if let Some(entries) = value.read_lock::<Map>() {
        bytes += entries.keys().map(|key| str::len(key)).sum::<usize>();
    }
    children(value, &mut |child| {
        bytes += value_bytes(child);
        true
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_used_variables_are_dropped_first() {
        let gc = SharedVariableGc::default();
        let mut scope = Scope::new();
        for (name, length) in [("a", 10_000), ("b", 20_000), ("c", 5_000)] {
            scope.push(name, "x".repeat(length));
        }
        let mut memory = VariableMemory::default();
        assert!(memory.enforce_limit(&mut scope, &gc, &["a", "b"], 40_000).is_empty());
        assert_eq!(memory.enforce_limit(&mut scope, &gc, &["a", "c"], 30_000), ["a"]);
        assert!(scope.contains("b") && scope.contains("c") && !scope.contains("a"));
        assert!(memory.enforce_limit(&mut scope, &gc, &["b"], 30_000).is_empty());
    }
}
