//! Limits the memory of the variables of a session.

use std::collections::HashMap;

use rhai::{Dynamic, Scope};

use super::closure_gc::SharedVariableGc;
use crate::engine::live::ValueSize;

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
            self.0.insert((*name).to_owned(), ValueSize::default().of(value));
        }
        self.drop_largest(scope, gc, limit, |name| used.contains(&name))
    }

    /// Drops the largest of the variables that may go, until all variables hold at most `limit` bytes. Returns their names.
    pub(super) fn drop_largest(
        &mut self,
        scope: &mut Scope<'static>,
        gc: &SharedVariableGc,
        limit: usize,
        may_go: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut dropped = Vec::new();
        while self.bytes(gc) > limit {
            let sizes = self.0.iter().filter(|(name, _)| may_go(name));
            let Some((_, name)) = sizes.map(|(name, size)| (*size, name.clone())).max() else { break };
            self.0.remove(&name);
            let _ = scope.remove::<Dynamic>(&name);
            dropped.push(name);
            // It may have held variables that closures share.
            gc.collect_cycles();
        }
        dropped
    }

    /// Returns what all variables hold in bytes, with those that closures share.
    pub(super) fn bytes(&self, gc: &SharedVariableGc) -> usize {
        let mut shared = 0;
        gc.for_each(|value| shared += ValueSize::default().of(value));
        self.0.values().sum::<usize>() + shared
    }
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
        // Up to the limit itself.
        let bytes = memory.bytes(&gc);
        assert!(memory.enforce_limit(&mut scope, &gc, &["b"], bytes).is_empty());
        assert_eq!(memory.enforce_limit(&mut scope, &gc, &["b"], bytes - 1), ["b"]);
    }

    #[test]
    fn a_variable_that_is_gone_does_not_count() {
        let gc = SharedVariableGc::default();
        let mut scope = Scope::new();
        scope.push("a", "x".repeat(10_000)).push("b", "x".repeat(10_000));
        let mut memory = VariableMemory::default();
        assert!(memory.enforce_limit(&mut scope, &gc, &["a", "b"], 30_000).is_empty());
        let _ = scope.remove::<Dynamic>("a");
        assert!(memory.enforce_limit(&mut scope, &gc, &["b"], 15_000).is_empty());
        assert!(scope.contains("b"));
    }
}
