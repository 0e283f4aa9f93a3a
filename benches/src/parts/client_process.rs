//! `manhole eval` as a whole process, compared with `nc`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::report::{Figure, Table, Target, median};
use crate::support::{Host, Scale, built_program, is_installed};

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let what = "`manhole eval` as a whole process";
    let Some(client) = built_program("manhole", "manhole-cli", what) else { return };
    if !is_installed("nc", what) {
        return;
    }
    let host = Host::start();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        theirs.push(nc(&host.path));
        ours.push(timed(Command::new(&client).arg("eval").arg(&host.path).arg("gizmo.count"), b""));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    table.add(Figure {
        what: "`manhole eval` as a whole process, p50",
        against: "`nc` doing the same",
        measured: format!("{ours:.2} ms, {theirs:.2} ms"),
        value: ours / theirs,
        target: Target::AtMost(3.0),
    });
}

fn nc(path: &Path) -> f64 {
    timed(Command::new("nc").arg("-N").arg("-U").arg(path), b"gizmo.count\n")
}

/// Measures a process, in milliseconds.
fn timed(command: &mut Command, input: &[u8]) -> f64 {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let took = start.elapsed().as_secs_f64() * 1e3;
    assert!(String::from_utf8_lossy(&output.stdout).contains("42"), "{output:?}");
    took
}
