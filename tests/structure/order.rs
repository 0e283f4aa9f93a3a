//! The order of folders: read from `ARCHITECTURE.md`, and checked against the imports.
//!
//! The document has one block of this form, in which a folder may import only those to its left:
//!
//! ````text
//! ```order
//! app: low < middle, beside < high
//! app/high: first < second
//! ```
//! ````
//!
//! `app` is a package or its `src`, `app/high` a folder inside. A comma stands between folders that must not import each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::DOCUMENT;
use super::imports::Import;

/// The order in one folder.
pub(crate) struct Order {
    /// The folder as it is written: a package, and a folder in its `src`.
    key: PathBuf,
    ranks: Vec<Vec<String>>,
}

impl Order {
    /// Returns the folder, relative to the workspace: inside the package's `src`, or without one.
    fn folders(&self) -> [PathBuf; 2] {
        let mut parts = self.key.iter();
        let package = Path::new(parts.next().unwrap_or_default());
        [package.join("src").iter().chain(parts).collect(), self.key.clone()]
    }

    fn rank(&self, name: &str) -> Option<usize> {
        self.ranks.iter().position(|rank| rank.iter().any(|own| own == name))
    }
}

/// Reads the block of the document.
pub(crate) fn parse(document: &str) -> Result<Vec<Order>, String> {
    let (_, block) = document
        .split_once("```order\n")
        .ok_or_else(|| format!("{DOCUMENT} has no block that begins with ```order"))?;
    let (block, _) = block.split_once("```").ok_or("the block ```order has no end")?;
    let lines = block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let order = |line: &str| {
        let (key, ranks) =
            line.split_once(':').ok_or_else(|| format!("expected `folder: a < b`, found `{line}`"))?;
        let names = |rank: &str| rank.split(',').map(|name| name.trim().to_owned()).collect();
        Ok(Order { key: key.trim().into(), ranks: ranks.split('<').map(names).collect() })
    };
    lines.map(order).collect()
}

/// Returns a finding for each folder in the document that does not exist.
pub(crate) fn missing_folders(root: &Path, orders: &[Order]) -> Vec<String> {
    let mut findings = Vec::new();
    for order in orders {
        let Some(folder) = order.folders().into_iter().find(|folder| root.join(folder).is_dir()) else {
            findings.push(format!("{DOCUMENT}: no folder {}", order.key.display()));
            continue;
        };
        for name in order.ranks.iter().flatten() {
            let path = root.join(&folder).join(name);
            if !path.is_dir() && !path.with_extension("rs").is_file() {
                findings.push(format!("{DOCUMENT}: {} has no `{name}`", folder.display()));
            }
        }
    }
    findings
}

/// Returns a finding for each import that the order does not allow.
pub(crate) fn check(orders: &[Order], imports: &[Import]) -> Vec<String> {
    let mut findings = Vec::new();
    // One import shows that a folder lacks its place.
    let mut unknown_folders = BTreeSet::new();
    for import in imports {
        let Some(split) = split(import) else { continue };
        let order = orders.iter().find(|order| order.folders().contains(&split.folder));
        let (from, to) = (&split.from, &split.to);
        let rank = |child: &Child| order.and_then(|order| order.rank(&child.name));
        let complaint = match (rank(from), rank(to)) {
            (Some(low), Some(high)) if low < high => format!("`{}` is below `{}`", from.name, to.name),
            (Some(low), Some(high)) if low == high => format!("`{}` is beside `{}`", from.name, to.name),
            (Some(_), Some(_)) => continue,
            // Single files need no place in the order.
            _ if !from.is_folder || !to.is_folder => continue,
            (known, _) => {
                let unknown = if known.is_none() { from } else { to };
                if !unknown_folders.insert(split.folder.join(&unknown.name)) {
                    continue;
                }
                format!("{DOCUMENT} states no order of `{}`", unknown.name)
            }
        };
        let Import { from, line, to } = import;
        let (from, to, folder) = (from.display(), to.display(), split.folder.display());
        findings.push(format!("{from}:{line} -> {to}: {complaint} in {folder}"));
    }
    findings
}

/// An import, from the innermost folder that holds both files.
struct Split {
    folder: PathBuf,
    from: Child,
    to: Child,
}

/// A folder or a file.
struct Child {
    name: String,
    is_folder: bool,
}

/// Returns `None` where one of the files is the facade of that folder.
fn split(import: &Import) -> Option<Split> {
    let (from, to): (Vec<_>, Vec<_>) = (import.from.iter().collect(), import.to.iter().collect());
    let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let child = |path: &[&std::ffi::OsStr]| {
        let (name, is_folder) = (Path::new(path[common]), common + 1 < path.len());
        let name = name.with_extension("").to_string_lossy().into_owned();
        (is_folder || !matches!(name.as_str(), "mod" | "lib" | "main")).then_some(Child { name, is_folder })
    };
    Some(Split { folder: from[..common].iter().collect(), from: child(&from)?, to: child(&to)? })
}
