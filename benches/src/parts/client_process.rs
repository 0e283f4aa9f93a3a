//! `manhole eval` as a whole process, compared with `nc`, and what a page with live values costs the application.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use manhole_client::Session;

use crate::report::{Figure, Table, Target, median};
use crate::support::{Host, Scale, built_program, is_installed};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    table.add(page(scale));
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

/// Measures the console's threads while a client does what the charts of `manhole web` do: it reads each value once a second.
fn page(scale: Scale) -> Figure {
    let fields = ["count", "list.len()", "map.len()", "set.len()", "hash_map.len()", "hash_set.len()"];
    let mut values: Vec<_> = ["gizmo", "small", "big"]
        .iter()
        .flat_map(|root| fields.map(|field| format!("{root}.{field}")))
        .collect();
    values.extend(["big.list[500000].weight", "big.map[\"key 7\"]"].map(str::to_owned));
    let host = Host::start();
    let mut session = Session::connect(&host.path).unwrap();
    let mut used = || session.eval::<Duration>("console.cpu_time").unwrap();
    let (before, seconds) = (used(), scale.pick(5, 30));
    let mut page = Session::connect(&host.path).unwrap();
    for _ in 0..seconds {
        let start = Instant::now();
        for value in &values {
            let number: u64 = page.eval(value).unwrap();
            assert!(number <= 1_000_000);
        }
        std::thread::sleep(Duration::from_secs(1).saturating_sub(start.elapsed()));
    }
    let used = used() - before;
    Figure {
        what: "processor time for a page with 20 live values, a second",
        against: "–",
        measured: format!("{} values, {seconds} seconds", values.len()),
        value: used.as_secs_f64() * 1e3 / f64::from(seconds),
        target: Target::Amount("ms"),
    }
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
