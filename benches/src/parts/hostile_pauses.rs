//! Pauses of an application's thread that wakes every millisecond and locks what the console shows, while hostile scripts run: one after
//! the other, and in many sessions at once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::report::{Figure, Table, Target, largest, median};
use crate::support::{Client, CpuLoad, Scale, built_program};

/// A shared machine has pauses that have other causes, so several rounds are measured.
const ROUNDS: usize = 5;
/// The number of sessions that run scripts at once. One user has at most 56.
const SESSIONS: usize = 50;
/// The default of `Builder::memory`, in MiB.
const BUDGET_MIB: f64 = 128.0;

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
    let resident = resident_mib(&host, "VmRSS:");
    let mut worst = |meanwhile: &mut dyn FnMut()| {
        watcher.ask("heart.worst = 0");
        meanwhile();
        watcher.ask("heart.worst").parse::<f64>().unwrap() / 1e3
    };
    let (mut rests, mut busy, mut attacks, mut crowds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
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
        crowds.push(worst(&mut || attack_at_once(&path, &scripts)));
    }
    let growth = resident_mib(&host, "VmHWM:") - resident;
    drop(host.stdin.take());
    let _ = host.wait();
    let both = |worst: &[f64]| format!("{:.1} ms, p50 {:.1} ms", largest(worst), median(worst.to_vec()));
    let others = format!(
        "at rest {}; without scripts, beside a busy thread for each core, {}",
        both(&rests),
        both(&busy)
    );
    table.add(Figure {
        what: "longest pause of the application while hostile scripts run, worst of five rounds",
        against: "the same application at rest",
        measured: format!("{} scripts; worst {}; {others}", scripts.len(), both(&attacks)),
        value: largest(&attacks),
        target: Target::Below(20.0, "ms"),
    });
    table.add(Figure {
        what: "the same with all scripts in fifty sessions at once",
        against: "the same application at rest",
        measured: format!("worst {}; {others}", both(&crowds)),
        value: largest(&crowds),
        target: Target::Below(100.0, "ms"),
    });
    table.add(Figure {
        what: "most memory above that at rest, with all scripts in fifty sessions at once",
        against: "the budget of 128 MiB",
        measured: format!("{growth:.0} MiB above {resident:.0} MiB"),
        value: growth,
        target: Target::Below(2.0 * BUDGET_MIB, "MiB"),
    });
}

/// Returns a number of the host's status, in MiB.
fn resident_mib(host: &Child, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// Runs a script until its timeout, and asserts that the session accepts commands after it.
fn attack(path: &Path, name: &str, script: &str) {
    // Sessions that have just ended count for a moment.
    let connect = || {
        Client::try_connect(path).or_else(|| {
            thread::sleep(Duration::from_millis(10));
            None
        })
    };
    let mut caller = std::iter::repeat_with(connect).flatten().next().unwrap();
    caller.ask("set(\"timeout\", \"100ms\")");
    caller.send(script.as_bytes());
    assert!(caller.is_back(), "not answered: {name}");
}

/// Runs all scripts in many sessions at once, each from another one on.
fn attack_at_once(path: &Path, scripts: &[(&str, &str)]) {
    thread::scope(|scope| {
        for session in 0..SESSIONS {
            scope.spawn(move || {
                let first = session * scripts.len() / SESSIONS;
                for (name, script) in scripts[first..].iter().chain(&scripts[..first]) {
                    attack(path, name, script);
                }
            });
        }
    });
}
