//! How much a session keeps between its commands.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map, Scope};

/// The bytes that each variable of a session holds, as of the last command that used it.
#[derive(Default)]
pub(super) struct Holdings(BTreeMap<String, usize>);

impl Holdings {
    /// Looks at those variables again that a command has used, and lets go of the largest of them while all together hold more
    /// than `limit` bytes. Answers their names.
    pub(super) fn trim(
        &mut self,
        scope: &mut Scope<'static>,
        used: &BTreeSet<String>,
        limit: usize,
    ) -> Vec<String> {
        let mut dropped = Vec::new();
        if used.is_empty() {
            return dropped;
        }
        self.0.retain(|name, _| !used.contains(name) && scope.contains(name));
        let mut now: Vec<_> =
            used.iter().filter_map(|name| Some((bytes(scope.get(name)?, 0), name))).collect();
        now.sort_unstable();
        let mut total = self.0.values().chain(now.iter().map(|(bytes, _)| bytes)).sum::<usize>();
        while total > limit
            && let Some((bytes, name)) = now.pop()
        {
            let _ = scope.remove::<Dynamic>(name);
            dropped.push(name.clone());
            total -= bytes;
        }
        self.0.extend(now.into_iter().map(|(bytes, name)| (name.clone(), bytes)));
        dropped
    }
}

/// What a value takes, roughly: the engine's own size for each value, and what texts and keys hold.
fn bytes(value: &Dynamic, depth: usize) -> usize {
    /// Deeper than a script can nest its values within their limits.
    const DEEPEST: usize = 64;
    const EACH: usize = size_of::<Dynamic>();
    if depth > DEEPEST {
        return EACH;
    }
    let inside = if let Some(text) = value.read_lock::<ImmutableString>() {
        text.len()
    } else if let Some(items) = value.read_lock::<Array>() {
        items.iter().map(|item| bytes(item, depth + 1)).sum()
    } else if let Some(entries) = value.read_lock::<Map>() {
        entries.iter().map(|(key, item)| key.len() + bytes(item, depth + 1)).sum()
    } else if let Some(blob) = value.read_lock::<Blob>() {
        blob.len()
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        function.curry().iter().map(|item| bytes(item, depth + 1)).sum()
    } else {
        0
    };
    EACH + inside
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
        let used = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut holdings = Holdings::default();
        assert!(holdings.trim(&mut scope, &used(&["a", "b"]), 40_000).is_empty());
        assert_eq!(holdings.trim(&mut scope, &used(&["a", "c"]), 30_000), ["a"]);
        assert!(scope.contains("b") && scope.contains("c") && !scope.contains("a"));
        assert!(holdings.trim(&mut scope, &used(&["b"]), 30_000).is_empty());
    }
}
