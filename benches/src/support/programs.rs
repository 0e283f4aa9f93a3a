//! Finds the programs and tools that a part starts. A missing one skips the part with a note.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::note;

/// Returns the path of a program that `package` builds, needed to measure `what`.
pub(crate) fn built_program(name: &str, package: &str, what: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap().with_file_name(name);
    if !program.exists() {
        note(&format!("not measured: {what}, which needs `cargo build --release -p {package}`"));
        return None;
    }
    Some(program)
}

/// Returns whether the system has a tool. If not, notes that `what` is not measured.
pub(crate) fn is_installed(tool: &str, what: &str) -> bool {
    let mut asked = Command::new(tool);
    asked.arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let is_there = asked.status().is_ok();
    if !is_there {
        note(&format!("not measured: {what}, which needs {tool}"));
    }
    is_there
}
