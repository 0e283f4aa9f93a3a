//! What is started: programs of this workspace, and tools that the system may not have. What is not there is told, and the rest is
//! measured without it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::note;

/// A program of this workspace, which `package` builds, for measuring `what`.
pub(crate) fn built_program(name: &str, package: &str, what: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap().with_file_name(name);
    if !program.exists() {
        note(&format!("not measured: {what}, which needs `cargo build --release -p {package}`"));
        return None;
    }
    Some(program)
}

/// Whether the system has a tool, for measuring `what`.
pub(crate) fn is_installed(tool: &str, what: &str) -> bool {
    let mut asked = Command::new(tool);
    asked.arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let is_there = asked.status().is_ok();
    if !is_there {
        note(&format!("not measured: {what}, which needs {tool}"));
    }
    is_there
}
