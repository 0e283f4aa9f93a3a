//! Time from the start of a console to its first prompt.
//!
//! An application starts its console once, so each start is measured in a new process: its first session creates the shared data
//! and loads pages of the executable. Later starts in one process are reported too.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use manhole::manhole;

use crate::report::{Figure, Table, Target, largest, median};
use crate::support::{Client, Scale};

/// The argument for a process that starts one console, prints the time, and exits.
pub(crate) const ONLY_START: &str = "--only-start";

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let count = scale.pick(5, 50);
    let program = std::env::current_exe().unwrap();
    let cold = (0..count).map(|_| {
        let output = Command::new(&program).arg(ONLY_START).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|_| panic!("{output:?}"))
    });
    let cold: Vec<f64> = cold.collect();
    // The first start of this process repeats the measurement above.
    let directory = tempfile::tempdir().unwrap();
    let mut warm = (0..=count).map(|number| started(&directory.path().join(format!("start-{number}"))));
    warm.next();
    let warm: Vec<f64> = warm.collect();
    table.add(Figure {
        what: "`spawn` to first prompt in a fresh process, p50",
        against: "–",
        measured: format!("{count} processes, worst {:.2} ms", largest(&cold)),
        value: median(cold),
        target: Target::Below(5.0, "ms"),
    });
    table.add(Figure {
        what: "`spawn` to first prompt in a process that had a session before, p50",
        against: "–",
        measured: format!("{count} starts, worst {:.2} ms", largest(&warm)),
        value: median(warm),
        target: Target::Amount("ms"),
    });
}

/// Starts one console and prints the time.
pub(crate) fn start_once() {
    let directory = tempfile::tempdir().unwrap();
    println!("{}", started(&directory.path().join("start")));
}

/// Returns the milliseconds from before a console starts to its first prompt.
fn started(path: &Path) -> f64 {
    let start = Instant::now();
    let console = manhole::spawn(path, manhole! { answer => 42_u8 }).unwrap();
    let client = Client::connect(path);
    let took = start.elapsed().as_secs_f64() * 1e3;
    drop(client);
    console.shutdown();
    assert!(UnixStream::connect(path).is_err());
    took
}
