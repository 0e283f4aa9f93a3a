//! Pauses of an application's thread that wakes every millisecond, while hostile scripts run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::report::{Figure, Table, Target, largest, median};
use crate::support::{Client, CpuLoad, Scale, built_program};

/// A shared machine has pauses that have other causes, so several rounds are measured.
const ROUNDS: usize = 5;

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let Some(program) = built_program("host", "tests", "the heart of a program under attack") else {
        return;
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/hostile.rhai");
    let scripts = std::fs::read_to_string(scripts).unwrap();
    let scripts: Vec<_> =
        scripts.split("// == ").skip(1).filter_map(|script| script.split_once('\n')).collect();

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host");
    let mut command = Command::new(program);
    let mut host =
        command.arg("threads").arg(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    BufReader::new(host.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    let mut watcher = Client::connect(&path);
    watcher.ask("gizmo");
    let mut worst = |meanwhile: &mut dyn FnMut()| {
        watcher.ask("heart.worst = 0");
        meanwhile();
        watcher.ask("heart.worst").parse::<f64>().unwrap() / 1e3
    };
    let (mut rests, mut busy, mut attacks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        attacks.push(worst(&mut || scripts.iter().for_each(|(name, script)| attack(&path, name, script))));
        // The comparisons get the same time.
        let time = start.elapsed();
        rests.push(worst(&mut || thread::sleep(time)));
        busy.push(worst(&mut || {
            let _busy = CpuLoad::start();
            thread::sleep(time);
        }));
    }
    drop(host.stdin.take());
    let _ = host.wait();
    let both = |worst: &[f64]| format!("{:.1} ms, p50 {:.1} ms", largest(worst), median(worst.to_vec()));
    table.add(Figure {
        what: "longest pause of the application while hostile scripts run, worst of five rounds",
        against: "the same application at rest",
        measured: format!(
            "{} scripts; worst {}; at rest {}; without scripts, beside a busy thread for each core, {}",
            scripts.len(),
            both(&attacks),
            both(&rests),
            both(&busy)
        ),
        value: largest(&attacks),
        target: Target::Below(20.0, "ms"),
    });
}

/// Runs a script until its timeout, and asserts that the session accepts commands after it.
fn attack(path: &Path, name: &str, script: &str) {
    let mut caller = Client::connect(path);
    caller.ask("set(\"timeout\", \"100ms\")");
    caller.send(script.as_bytes());
    assert!(caller.is_back(), "not answered: {name}");
}
