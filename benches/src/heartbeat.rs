//! What a program notices of scripts that mean it harm: the pauses of a heart that beats every millisecond.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::{Figure, Table, Target, median, programs};

/// A machine that others use too pauses now and then.
const ROUNDS: usize = 5;

pub(crate) fn figures(_light: bool, table: &mut Table) {
    let Some(program) = programs::built("host", "tests", "the heart of a program under attack") else {
        return;
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/hostile.rhai");
    let scripts = std::fs::read_to_string(scripts).unwrap();
    let scripts: Vec<_> =
        scripts.split("// == ").skip(1).filter_map(|script| Some(script.split_once('\n')?.1)).collect();

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host");
    let mut command = Command::new(program);
    let mut host =
        command.arg("threads").arg(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    BufReader::new(host.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    let mut watcher = Client::connect(&path);
    watcher.ask("gizmo");
    let mut worst = |after: &mut dyn FnMut()| {
        watcher.ask("heart.worst = 0");
        after();
        watcher.ask("heart.worst").parse::<f64>().unwrap() / 1e3
    };
    let time = Duration::from_millis(150);
    let all_of_it = time * u32::try_from(scripts.len()).unwrap();
    let (mut rests, mut busy, mut attacks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rests.push(worst(&mut || thread::sleep(all_of_it)));
        busy.push(worst(&mut || compute_for(all_of_it)));
        attacks.push(worst(&mut || {
            for script in &scripts {
                let mut caller = Client::connect(&path);
                caller.ask("set(\"timeout\", \"100ms\")");
                caller.send(script.as_bytes());
                thread::sleep(time);
            }
        }));
    }
    let all = |worst: &[f64]| {
        let written: Vec<_> = worst.iter().map(|worst| format!("{worst:.1}")).collect();
        written.join(", ")
    };
    drop(host.stdin.take());
    let _ = host.wait();
    table.add(Figure {
        what: "longest pause of a program's heart while every hostile script runs, p50 of five rounds",
        against: "the same program at rest",
        measured: format!(
            "{} scripts: {} ms; at rest {} ms; beside a busy thread for each core, without any script, {} ms",
            scripts.len(),
            all(&attacks),
            all(&rests),
            all(&busy)
        ),
        value: median(attacks),
        target: Target::Below(20.0, "ms"),
    });
}

/// Keeps all cores busy, as any other program may.
fn compute_for(time: Duration) {
    let end = Instant::now() + time;
    let cores = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while Instant::now() < end {
                    std::hint::spin_loop();
                }
            });
        }
    });
}
