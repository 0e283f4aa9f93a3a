//! A workspace for measurements of the compiler, with the dependency versions of this one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Creates the folder `target/NAME`, and in it a workspace whose manifest ends with `manifest`.
pub(crate) fn create(name: &str, manifest: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let place = workspace.join("target").join(name);
    let own = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let versions = &own[own.find("[workspace.dependencies]").unwrap()..];
    let versions = &versions[..versions[1..].find("\n[").map_or(versions.len(), |end| end + 2)];
    let versions = versions.replace("path = \"", &format!("path = \"{}/", workspace.display()));
    fs::create_dir_all(&place).unwrap();
    fs::copy(workspace.join("Cargo.lock"), place.join("Cargo.lock")).unwrap();
    fs::write(place.join("Cargo.toml"), format!("{versions}{manifest}")).unwrap();
    place
}

/// Runs cargo in a workspace. Returns whether it succeeded.
pub(crate) fn cargo(place: &Path, arguments: &[&str]) -> bool {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).args(["--quiet", "--offline"]);
    cargo.current_dir(place).env("CARGO_INCREMENTAL", "0").env_remove("CARGO_TARGET_DIR");
    cargo.status().is_ok_and(|status| status.success())
}
