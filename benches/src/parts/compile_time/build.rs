//! What a console adds to the build of a service: processor time of the compiler, and the size of a stripped debug executable.
//!
//! The service uses tokio, with a console and without. It is in another workspace, with the versions of this one.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::report::{Figure, Table, Target};
use crate::support::{Scale, is_installed, note, scratch_workspace};

const MANIFEST: &str = r#"
[workspace]
resolver = "3"

[package]
name = "service"
edition = "2024"

[features]
default = ["console"]
console = ["dep:manhole"]

[dependencies]
manhole = { workspace = true, features = ["tokio"], optional = true }
tokio = { workspace = true, features = ["full"] }
"#;

const SOURCE: &str = r#"
#[tokio::main]
async fn main() {
    #[cfg(feature = "console")]
    manhole::start("service", manhole::manhole! { answer => 42_u8 });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}
"#;

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let place = scratch_workspace::create("build-bench", MANIFEST);
    fs::create_dir_all(place.join("src")).unwrap();
    fs::write(place.join("src/main.rs"), SOURCE).unwrap();
    if !is_installed("strip", "the size of a service with a console") {
        return;
    }
    let _ = fs::remove_dir_all(place.join("target"));
    let without = cargo(&place, &["build", "--no-default-features"]);
    let size_without = stripped(&place);
    let _ = fs::remove_dir_all(place.join("target"));
    let with = cargo(&place, &["build"]);
    let size_with = stripped(&place);
    let [ours, rhai] = ["manhole", "rhai"].map(|package| {
        cargo(&place, &["clean", "--package", package]);
        // Without what depends on it.
        cargo(&place, &["build", "--package", package])
    });
    let (Some(without), Some(with), Some(ours), Some(rhai)) = (without, with, ours, rhai) else {
        return note("not measured: the build of a service, which does not build");
    };
    table.add(Figure {
        what: "clean debug build of a small tokio service, processor time",
        against: "the same service without a console",
        measured: format!("{with:.1} s, {without:.1} s; of it manhole itself {ours:.1} s, Rhai {rhai:.1} s"),
        value: with / without,
        target: Target::Ratio,
    });
    table.add(Figure {
        what: "size of its stripped debug executable",
        against: "the same service without a console",
        measured: format!("{size_with:.1} MiB, {size_without:.1} MiB"),
        value: size_with - size_without,
        target: Target::Amount("MiB"),
    });
}

/// Runs cargo, and returns the processor time of all its processes in seconds, or `None` if it failed.
fn cargo(place: &Path, arguments: &[&str]) -> Option<f64> {
    let before = processor_time_of_children();
    scratch_workspace::cargo(place, arguments).then(|| processor_time_of_children() - before)
}

/// Returns the processor time in user mode of all processes that this one has waited for, in seconds.
fn processor_time_of_children() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name in parentheses may contain spaces. `cutime` is the 16th field.
    let fields = &stat[stat.rfind(')').unwrap() + 2..];
    fields.split(' ').nth(13).unwrap().parse::<f64>().unwrap() / TICKS_PER_SECOND
}

/// Returns the size of the executable without symbols, in MiB.
fn stripped(place: &Path) -> f64 {
    let target = place.join("target/debug");
    let copy = target.join("stripped");
    Command::new("strip").arg("-o").arg(&copy).arg(target.join("service")).status().unwrap();
    fs::metadata(copy).map_or(0.0, |found| found.len() as f64 / (1 << 20) as f64)
}
