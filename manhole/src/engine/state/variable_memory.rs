//! How much a session keeps between its commands.

use std::collections::BTreeMap;

use rhai::{Blob, Dynamic, ImmutableString, Map, Scope};

use super::closure_gc::SharedVariableGc;
use crate::engine::live::children;

/// The bytes that each variable of a session holds, as of the last command that used it.
#[derive(Default)]
pub(crate) struct VariableMemory(BTreeMap<String, usize>);

impl VariableMemory {
    /// Looks at those variables again that a command has used, and lets go of the largest of them while all together, and what
    /// closures share, hold more than `limit` bytes. Answers their names.
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
            let bytes = bytes(value);
            match self.0.get_mut(*name) {
                Some(known) => *known = bytes,
                None => drop(self.0.insert((*name).to_owned(), bytes)),
            }
        }
        let mut dropped = Vec::new();
        while self.0.values().sum::<usize>() + shared(gc) > limit {
            let sizes = used.iter().filter_map(|name| Some((*self.0.get(*name)?, *name)));
            let Some((_, name)) = sizes.max() else { break };
            self.0.remove(name);
            let _ = scope.remove::<Dynamic>(name);
            dropped.push(name.to_owned());
            // It may have been what held them.
            gc.collect_cycles();
        }
        dropped
    }
}

/// What the variables hold that closures share.
fn shared(gc: &SharedVariableGc) -> usize {
    let mut total = 0;
    gc.for_each(|value| total += bytes(value));
    total
}

/// What a value takes, roughly: the engine's own size for each value, and what texts and keys hold.
fn bytes(value: &Dynamic) -> usize {
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
    children(value, &mut |part| {
        bytes += self::bytes(part);
        true
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_those_used_go_first() {
        let mut scope = Scope::new();
        for (name, length) in [("a", 10_000), ("b", 20_000), ("c", 5_000)] {
            scope.push(name, "x".repeat(length));
        }
        let mut variable_memory = VariableMemory::default();
        assert!(
            variable_memory
                .enforce_limit(&mut scope, &SharedVariableGc::default(), &["a", "b"], 40_000)
                .is_empty()
        );
        assert_eq!(
            variable_memory.enforce_limit(&mut scope, &SharedVariableGc::default(), &["a", "c"], 30_000),
            ["a"]
        );
        assert!(scope.contains("b") && scope.contains("c") && !scope.contains("a"));
        assert!(
            variable_memory
                .enforce_limit(&mut scope, &SharedVariableGc::default(), &["b"], 30_000)
                .is_empty()
        );
    }
}
