//! Programs that stand in for debuggers and profilers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Home, output_of};

/// Writes a program with a shell script, and returns the directory that holds it and the usual programs it needs.
pub(crate) fn stand_in(home: &Home, name: &str, script: &str) -> PathBuf {
    let directory = home.path().join("bin");
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// Returns a client that finds programs only in `path`.
pub(crate) fn client(home: &Home, path: &Path, arguments: &[&str]) -> Command {
    let mut client = home.client();
    client.args(arguments).env("PATH", path).stdin(Stdio::null());
    client
}

/// Runs that client.
pub(crate) fn run(home: &Home, path: &Path, arguments: &[&str]) -> (String, String, i32) {
    output_of(&client(home, path, arguments).output().unwrap())
}
