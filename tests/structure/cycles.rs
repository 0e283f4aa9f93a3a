//! Finds files that import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use super::imports::Import;

/// The most files that may import each other in a circle.
const MAX_CYCLE: usize = 3;

/// Returns a finding, with every import inside, for each group of too many files of which each reaches each.
pub(crate) fn check(imports: &[Import]) -> Vec<String> {
    let mut next = BTreeMap::<&Path, BTreeSet<&Path>>::new();
    for import in imports {
        next.entry(&import.from).or_default().insert(&import.to);
    }
    let reach: BTreeMap<_, _> = next.keys().map(|file| (*file, reachable(&next, file))).collect();
    let mut grouped = BTreeSet::new();
    let mut findings = Vec::new();
    for (file, reached) in &reach {
        let returns = |other: &&&Path| reach.get(**other).is_some_and(|back| back.contains(file));
        let group: BTreeSet<_> = reached.iter().filter(returns).copied().collect();
        if group.len() <= MAX_CYCLE || !grouped.insert(group.clone()) {
            continue;
        }
        let mut finding = format!("cycle of {} files:", group.len());
        let inside = |import: &&Import| group.contains(&*import.from) && group.contains(&*import.to);
        for Import { from, line, to } in imports.iter().filter(inside) {
            let _ = write!(finding, "\n  {}:{line} -> {}", from.display(), to.display());
        }
        findings.push(finding);
    }
    findings
}

/// Returns every file that is reached from one, itself only if a circle leads back.
fn reachable<'a>(next: &BTreeMap<&'a Path, BTreeSet<&'a Path>>, file: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Path> = next.get(file).into_iter().flatten().copied().collect();
    while let Some(file) = open.pop() {
        if let Some((file, _)) = next.get_key_value(file)
            && reached.insert(*file)
        {
            open.extend(&next[file]);
        }
    }
    reached
}
