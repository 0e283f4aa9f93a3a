//! Resolves the paths of a crate to the files that define the items.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::modules::{Crate, Module};

/// A file that uses an item of another.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) from: PathBuf,
    /// The first line that does.
    pub(crate) line: usize,
    pub(crate) to: PathBuf,
}

/// The meaning of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    /// An item, in the file with this index.
    Item(usize),
    /// Something of another crate.
    Foreign,
}

/// Returns the imports between files of a crate, one for each pair of files.
pub(crate) fn find(krate: &Crate) -> Vec<Import> {
    let mut lines = BTreeMap::<(usize, usize), usize>::new();
    for (index, module) in krate.modules.iter().enumerate() {
        for reference in &module.references {
            for target in resolve(krate, index, &reference.path, &mut Vec::new()) {
                if let Target::Item(file) = target
                    && file != module.file
                {
                    let line = lines.entry((module.file, file)).or_insert(reference.line);
                    *line = reference.line.min(*line);
                }
            }
        }
    }
    let import = |((from, to), line): ((usize, usize), usize)| Import {
        from: krate.files[from].clone(),
        line,
        to: krate.files[to].clone(),
    };
    lines.into_iter().map(import).collect()
}

/// Names on the way to a target: a name that leads back to itself ends there.
type Visited = Vec<(usize, String)>;

/// Returns everything that a path may mean in a module: a name can be a type, a value and a macro at once.
fn resolve(krate: &Crate, module: usize, path: &[String], visited: &mut Visited) -> Vec<Target> {
    let mut at = module;
    let mut rest = path;
    let mut is_local = false;
    while let [first, after @ ..] = rest {
        match first.as_str() {
            "crate" => at = 0,
            "self" => {}
            "super" => at = krate.modules[at].parent.unwrap_or(0),
            _ => break,
        }
        (rest, is_local) = (after, true);
    }
    while let [name, after @ ..] = rest {
        let found = lookup(krate, at, name, visited);
        if after.is_empty() && !found.is_empty() {
            return found;
        }
        let inner = found.iter().find_map(|target| match target {
            Target::Module(module) => Some(*module),
            _ => None,
        });
        match (inner, found.first()) {
            (Some(module), _) => at = module,
            // The rest is a variant, or a function of a type.
            (None, Some(_)) => return found,
            // A macro defines it, in a module that is known.
            (None, None) if is_local => return vec![Target::Item(krate.modules[at].file)],
            (None, None) => return Vec::new(),
        }
        (rest, is_local) = (after, true);
    }
    vec![Target::Module(at)]
}

/// Returns everything that a name means in a module.
fn lookup(krate: &Crate, module: usize, name: &str, visited: &mut Visited) -> Vec<Target> {
    let step = (module, name.to_owned());
    if visited.contains(&step) {
        return Vec::new();
    }
    visited.push(step);
    let Module { modules, items, imports, globs, .. } = &krate.modules[module];
    let mut targets: Vec<_> = modules.get(name).map(|module| Target::Module(*module)).into_iter().collect();
    targets.extend(items.get(name).map(|file| Target::Item(*file)));
    for path in imports.get(name).into_iter().flatten() {
        let found = resolve(krate, module, path, visited);
        targets.extend(if found.is_empty() { vec![Target::Foreign] } else { found });
    }
    if targets.is_empty() {
        for path in globs {
            for target in resolve(krate, module, path, visited) {
                if let Target::Module(inner) = target {
                    targets.extend(lookup(krate, inner, name, visited));
                }
            }
        }
    }
    visited.pop();
    targets
}
