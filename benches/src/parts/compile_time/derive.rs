//! Compile time and code size of the derive: 100 structs of ten fields, compared with serde's two derives on the same structs.
//!
//! Each side is a separate library with dependencies built beforehand. The compiler does not translate generated code that no
//! function uses. So one function uses all of it: a namespace on our side, reading and writing JSON on serde's. A third side has
//! the structs alone.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::report::{Figure, Table, Target, median};
use crate::support::{Scale, is_installed, note, scratch_workspace};

const STRUCTS: usize = 100;
const FIELDS: [&str; 9] = [
    "u64",
    "String",
    "bool",
    "f64",
    "Vec<u64>",
    "Option<String>",
    "std::collections::BTreeMap<String, u64>",
    "(u32, String)",
    "std::time::Duration",
];

/// A library with the structs and one function.
struct Side {
    name: &'static str,
    derives: &'static str,
    dependencies: &'static str,
    function: &'static str,
}

const OURS: Side = Side {
    name: "with_manhole",
    derives: "manhole::Manhole",
    dependencies: "manhole.workspace = true\nparking_lot.workspace = true",
    function: "pub fn used(root: std::sync::Arc<parking_lot::Mutex<Root>>) -> manhole::Namespace {
        manhole::manhole! { root => root }
    }",
};
const SERDE: Side = Side {
    name: "with_serde",
    derives: "serde::Serialize, serde::Deserialize",
    dependencies: "serde = { workspace = true, features = [\"derive\"] }
serde_json = { workspace = true, features = [\"std\"] }",
    function: "pub fn used(text: &str) -> serde_json::Result<String> {
        serde_json::to_string(&serde_json::from_str::<Root>(text)?)
    }",
};
const ALONE: Side = Side {
    name: "without",
    derives: "Clone",
    dependencies: "",
    function: "pub fn used(root: &Root) -> Root { root.clone() }",
};

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let sides = [OURS, SERDE, ALONE];
    let place = create(&sides);
    let can_weigh = is_installed("size", "the code of the derive");
    for (profile, compile, code) in [
        (
            "dev",
            "compile time of the derive on 100 structs of ten fields, debug",
            "code of the derive, debug",
        ),
        (
            "release",
            "compile time of the derive on 100 structs of ten fields, release",
            "code of the derive, release",
        ),
    ] {
        if !sides.iter().all(|side| build(&place, side, profile).is_some()) {
            note("not measured: the derive, whose libraries do not build");
            return;
        }
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..3 {
            for (side, times) in sides.iter().zip(&mut times) {
                // Cargo compiles a file with a new time stamp again.
                let source = place.join(side.name).join("lib.rs");
                fs::write(&source, fs::read(&source).unwrap()).unwrap();
                times.push(build(&place, side, profile).unwrap());
            }
        }
        let [ours, serde, alone] = times.map(median);
        table.add(Figure {
            what: compile,
            against: "serde's two derives, with JSON",
            measured: format!("{ours:.2} s, {serde:.2} s; without derives {alone:.2} s"),
            value: ours / serde,
            target: Target::AtMost(1.0),
        });
        if !can_weigh {
            continue;
        }
        let [ours, serde, alone] = [OURS, SERDE, ALONE].map(|side| text(&place, &side, profile));
        table.add(Figure {
            what: code,
            against: "serde's two derives",
            measured: format!("{ours:.0} KiB, {serde:.0} KiB; without derives {alone:.0} KiB"),
            value: ours / serde,
            target: Target::Ratio,
        });
    }
}

/// Writes a workspace with a library for each side.
fn create(sides: &[Side]) -> PathBuf {
    let members: Vec<_> = sides.iter().map(|side| side.name).collect();
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
    let place = scratch_workspace::create("derive-bench", &manifest);
    for side in sides {
        let directory = place.join(side.name);
        fs::create_dir_all(&directory).unwrap();
        let Side { name, derives, dependencies, function } = side;
        let package = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n\
             [dependencies]\n{dependencies}\n"
        );
        fs::write(directory.join("Cargo.toml"), package).unwrap();
        fs::write(directory.join("lib.rs"), source(derives, function)).unwrap();
    }
    place
}

/// Returns the source: structs, each with a field of the type before it.
fn source(derives: &str, function: &str) -> String {
    let mut text = String::new();
    for number in 0..STRUCTS {
        write!(text, "#[derive({derives})]\npub struct S{number} {{\n").unwrap();
        for (field, ty) in FIELDS.iter().enumerate() {
            writeln!(text, "    pub field_{field}: {ty},").unwrap();
        }
        let last = if number == 0 { "u8".to_owned() } else { format!("S{}", number - 1) };
        writeln!(text, "    pub last: {last},\n}}").unwrap();
    }
    write!(text, "pub type Root = S{};\n{function}\n", STRUCTS - 1).unwrap();
    text
}

/// Builds a side, and returns the seconds that cargo took, or `None` if it failed.
fn build(place: &Path, side: &Side, profile: &str) -> Option<f64> {
    let start = Instant::now();
    let arguments = ["build", "--profile", profile, "--package", side.name];
    scratch_workspace::cargo(place, &arguments).then(|| start.elapsed().as_secs_f64())
}

/// Returns the code size of a library, in KiB.
fn text(place: &Path, side: &Side, profile: &str) -> f64 {
    let directory = if profile == "dev" { "debug" } else { profile };
    let library: PathBuf = place.join("target").join(directory).join(format!("lib{}.rlib", side.name));
    let output = Command::new("size").arg(library).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let sizes = text.lines().filter_map(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    sizes.sum::<f64>() / 1024.0
}
