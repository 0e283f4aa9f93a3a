//! How much a session keeps between its commands.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{Blob, Dynamic, ImmutableString, Map, Scope};

use super::cells::{self, Cells};

/// The bytes that each variable of a session holds, as of the last command that used it.
#[derive(Default)]
pub(super) struct Holdings(BTreeMap<String, usize>);

impl Holdings {
    /// Looks at those variables again that a command has used, and lets go of the largest of them while all together, and what
    /// closures share, hold more than `limit` bytes. Answers their names.
    pub(super) fn trim(
        &mut self,
        scope: &mut Scope<'static>,
        cells: &Cells,
        used: &BTreeSet<String>,
        limit: usize,
    ) -> Vec<String> {
        let mut dropped = Vec::new();
        if used.is_empty() {
            return dropped;
        }
        self.0.retain(|name, _| !used.contains(name) && scope.contains(name));
        let mut now: Vec<_> = used.iter().filter_map(|name| Some((bytes(scope.get(name)?), name))).collect();
        now.sort_unstable();
        let others: usize = self.0.values().sum();
        while others + now.iter().map(|(bytes, _)| bytes).sum::<usize>() + shared(cells) > limit
            && let Some((_, name)) = now.pop()
        {
            let _ = scope.remove::<Dynamic>(name);
            dropped.push(name.clone());
            // It may have been what held them.
            cells.sweep();
        }
        self.0.extend(now.into_iter().map(|(bytes, name)| (name.clone(), bytes)));
        dropped
    }
}

/// What the variables hold that closures share.
fn shared(cells: &Cells) -> usize {
    let mut total = 0;
    cells.each(|value| total += bytes(value));
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
    cells::parts(value, &mut |part| {
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
        let used = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut holdings = Holdings::default();
        assert!(holdings.trim(&mut scope, &Cells::default(), &used(&["a", "b"]), 40_000).is_empty());
        assert_eq!(holdings.trim(&mut scope, &Cells::default(), &used(&["a", "c"]), 30_000), ["a"]);
        assert!(scope.contains("b") && scope.contains("c") && !scope.contains("a"));
        assert!(holdings.trim(&mut scope, &Cells::default(), &used(&["b"]), 30_000).is_empty());
    }
}
