//! Checks that imports follow the order of folders that `ARCHITECTURE.md` states.
//!
//! ```text
//! cargo run -p tests --bin structure
//! ```
//!
//! Fails, with both ends of each offending import, on
//! - an import that points up the stated order (`order`),
//! - a cycle of more than three files (`cycles`),
//! - `super::super::`, and a folder with more than fifteen source files,
//! - a path in `ARCHITECTURE.md` that does not exist (`document`).
//!
//! `modules` reads the crates, `paths` finds the paths in their code, `imports` resolves each to the file that defines the item. So
//! a facade, which only re-exports, is neither part of a cycle nor an upward import. Test modules do not count.

#![expect(clippy::print_stdout, reason = "it prints its findings")]

mod cycles;
mod document;
mod imports;
mod modules;
mod order;
mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::tests::workspace;

/// The most source files that one folder may hold.
const MAX_FILES: usize = 15;
/// The one folder for which that limit does not hold: one file for each foreign type.
const UNLIMITED_FOLDER: &str = "impls";
const DOCUMENT: &str = "ARCHITECTURE.md";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let findings = check(&workspace::root())?;
    for finding in &findings {
        println!("{finding}");
    }
    println!("structure: {} findings", findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns a line for each offence in the workspace at `root`.
fn check(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let files = workspace::files(root)?;
    let text = fs::read_to_string(root.join(DOCUMENT))?;
    let orders = order::parse(&text)?;
    let mut findings = order::missing_folders(root, &orders);
    for crate_root in modules::crate_roots(root, &files)? {
        let krate = modules::load(root, &crate_root)?;
        findings.extend(krate.repeated_supers.iter().map(|place| format!("{place}: `super::super::`")));
        let imports = imports::find(&krate);
        findings.extend(order::check(&orders, &imports));
        findings.extend(cycles::check(&imports));
    }
    findings.extend(large_folders(&files));
    findings.extend(document::missing_paths(&text, &files));
    // A file that several crates share is read more than once.
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.clone()));
    Ok(findings)
}

fn large_folders(files: &[PathBuf]) -> Vec<String> {
    let mut counts = BTreeMap::<&Path, usize>::new();
    for file in files.iter().filter(|file| workspace::has_extension(file, "rs")) {
        *counts.entry(file.parent().unwrap_or(file)).or_default() += 1;
    }
    let large = counts
        .into_iter()
        .filter(|(folder, count)| *count > MAX_FILES && !folder.ends_with(UNLIMITED_FOLDER))
        .map(|(folder, count)| format!("{}: {count} source files, at most {MAX_FILES}", folder.display()));
    large.collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    /// Checks a workspace of one crate `app` with these files.
    fn findings(document: &str, sources: &[(&str, &str)]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("ARCHITECTURE.md", document);
        write("Cargo.toml", "[workspace]\nmembers = [\"app\"]\n");
        write("app/Cargo.toml", "[package]\nname = \"app\"\n");
        for (file, text) in sources {
            write(&format!("app/src/{file}"), text);
        }
        check(directory.path()).unwrap()
    }

    const ORDER: &str = "```order\napp: low < high\n```\n";

    #[test]
    fn an_upward_import_is_found() {
        let lib = ("lib.rs", "mod low; mod high;");
        let high = ("high/mod.rs", "mod item; pub use item::Item;");
        let item = ("high/item.rs", "pub struct Item;");
        let up = ["app/src/low/mod.rs:2 -> app/src/high/item.rs: `low` is below `high` in app/src"];
        for low in [
            "\nuse crate::high::Item;",
            "\nuse crate::high::{Item as Renamed};",
            "\nuse super::high::*; fn f(_: Item) {}",
            "\nfn f() { let _ = crate::high::Item; }",
            "\nfn f() { println!(\"{:?}\", super::high::Item); }",
            "\nfn f() { use crate::high::Item; }",
            "\nmacro_rules! m { () => { $crate::high::Item } }",
            "\nmod inner { use super::super::high::Item; }",
        ] {
            let mut found = findings(ORDER, &[lib, high, item, ("low/mod.rs", low)]);
            found.retain(|finding| !finding.ends_with("`super::super::`"));
            assert_eq!(found, up, "{low}");
        }
    }

    #[test]
    fn a_downward_import_a_facade_and_a_test_are_not() {
        let sources = [
            ("lib.rs", "mod low; mod high; pub use high::Item;"),
            ("high/mod.rs", "mod item; pub use item::Item; pub(crate) use crate::low::Thing;"),
            ("high/item.rs", "use crate::low::Thing; pub struct Item(Thing);"),
            (
                "low/mod.rs",
                "pub struct Thing;
                /// [`crate::high::Item`]
                fn f() { let _ = \"crate::high::Item\"; /* crate::high::Item */ }
                #[cfg(test)] mod tests { use crate::high::Item; }
                #[cfg(test)] use crate::high::Item;",
            ),
        ];
        assert_eq!(findings(ORDER, &sources), Vec::<String>::new());
    }

    #[test]
    fn an_import_through_a_facade_leads_to_the_file_that_defines_the_item() {
        let sources = [
            ("lib.rs", "mod low; mod high;"),
            ("high/mod.rs", "pub use crate::low::Thing;"),
            ("low/mod.rs", "mod thing; mod user; pub use thing::Thing;"),
            ("low/thing.rs", "pub struct Thing;"),
            ("low/user.rs", "use crate::high::Thing;"),
        ];
        assert_eq!(findings(ORDER, &sources), Vec::<String>::new());
    }

    #[test]
    fn a_cycle_of_four_files_is_found_and_one_of_three_is_allowed() {
        let order = "```order\n```\n";
        let three = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; pub struct C;"),
            ("d.rs", "use crate::a::A; pub struct D;"),
        ];
        assert_eq!(findings(order, &three), Vec::<String>::new());
        let mut four = three;
        four[3].1 = "use crate::d::D; pub struct C;";
        assert_eq!(
            findings(order, &four),
            ["cycle of 4 files:
  app/src/a.rs:1 -> app/src/b.rs
  app/src/b.rs:1 -> app/src/c.rs
  app/src/c.rs:1 -> app/src/d.rs
  app/src/d.rs:1 -> app/src/a.rs"]
        );
    }

    #[test]
    fn folders_without_an_order_that_import_each_other_are_found() {
        let sources = [
            ("lib.rs", "mod low; mod high; mod new;"),
            ("high/mod.rs", "use crate::low::Thing; pub struct Item;"),
            ("low/mod.rs", "pub struct Thing;"),
            ("new/mod.rs", "use crate::low::Thing;"),
        ];
        let found = findings(ORDER, &sources);
        assert_eq!(
            found,
            [
                "app/src/new/mod.rs:1 -> app/src/low/mod.rs: ARCHITECTURE.md states no order of `new` in app/src"
            ]
        );
        let found = findings("```order\n```", &sources);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            findings("```order\napp: low < high < new < gone\n```", &sources),
            ["ARCHITECTURE.md: app/src has no `gone`"]
        );
        assert!(order::parse("no block").is_err());
    }

    #[test]
    fn repeated_supers_and_large_folders_are_found() {
        let mut sources = vec![("lib.rs", "mod a { mod b { fn f() { super::super::g() } } } fn g() {}")];
        assert_eq!(findings("```order\n```", &sources), ["app/src/lib.rs:1: `super::super::`"]);
        sources[0].1 = "";
        let names: Vec<_> = (0..15).map(|number| format!("file_{number}.rs")).collect();
        sources.extend(names.iter().map(|name| (name.as_str(), "")));
        assert_eq!(findings("```order\n```", &sources), ["app/src: 16 source files, at most 15"]);
    }

    #[test]
    fn a_path_of_the_document_that_does_not_exist_is_found() {
        let document = "```order\n```\nSee `app/src/lib.rs`, `src/gone.rs`, `lib.rs`, `src/{lib,gone}.rs`, `a::b`, `/proc/self`.
| to change | open |
|---|---|
| that | app/src/nothing.rs, app/src |
";
        let found = findings(document, &[("lib.rs", "")]);
        assert_eq!(
            found,
            ["ARCHITECTURE.md:3: no file `src/gone.rs`", "ARCHITECTURE.md:6: no file `app/src/nothing.rs`"]
        );
    }
}
