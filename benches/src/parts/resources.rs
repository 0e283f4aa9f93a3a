//! Memory and wake-ups of an idle console.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

use crate::report::{Figure, Table, Target};
use crate::support::{Client, Scale, serve_echo};

#[derive(Manhole)]
struct Gizmo {
    count: i64,
}

/// The number of sessions of each kind.
const SESSIONS: u32 = 50;

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    // An application has threads and a server already, so the libraries for these are in memory.
    let other = directory.path().join("other");
    serve_echo(&other);
    drop(Client::connect(&other));
    let gizmo = Arc::new(Mutex::new(Gizmo { count: 42 }));
    let (before, own) = (resident(), own());
    let path = directory.path().join("idle");
    let console = Builder::new(manhole! { gizmo => gizmo })
        .connection_limits(|limits| limits.sessions = 128)
        .spawn(&path)
        .unwrap();
    settle();
    table.add(Figure {
        what: "resident memory of an idle console",
        against: "the same application without a console",
        measured: format!("of it anonymous memory: {:.0} KiB", self::own() - own),
        value: (resident() - before) / 1024.0,
        target: Target::Below(1.5, "MiB"),
    });
    // The first session creates shared data, and its first command more of that.
    let mut first = Client::connect(&path);
    settle();
    let one = resident() - before;
    first.ask("gizmo.count");
    settle();
    table.add(Figure {
        what: "resident memory of a console with one idle session",
        against: "the same application without a console",
        measured: format!("after its first command {:.2} MiB", (resident() - before) / 1024.0),
        value: one / 1024.0,
        target: Target::Amount("MiB"),
    });
    let unused = "resident memory of each further session, unused";
    let unused = further(&path, unused, "50 sessions", &|_| (), table);
    let used = "resident memory of each further session, idle after use";
    let once = |client: &mut Client| assert_eq!(client.ask("gizmo.count"), "42");
    let used = further(&path, used, "50 sessions, each after one `gizmo.count`", &once, table);
    // A hundred sessions remain.
    drop(first);
    // The supervisor runs for a second after the last command.
    std::thread::sleep(Duration::from_secs(2));
    let time = Duration::from_secs(scale.pick(2, 60));
    let wakes = wake_ups();
    std::thread::sleep(time);
    table.add(Figure {
        what: "wake-ups of 100 idle sessions",
        against: "without",
        measured: format!("in {time:?}, half of them used before"),
        value: wake_ups() - wakes,
        target: Target::Below(0.0, "wake-ups"),
    });
    drop((unused, used));
    console.shutdown();
}

/// Measures further sessions, each idle after `using`.
fn further(
    path: &Path,
    what: &'static str,
    measured: &str,
    using: &dyn Fn(&mut Client),
    table: &mut Table,
) -> Vec<UnixStream> {
    let before = resident();
    let sessions = (0..SESSIONS).map(|_| {
        let mut client = Client::connect(path);
        using(&mut client);
        client.into_stream()
    });
    let sessions = sessions.collect();
    settle();
    table.add(Figure {
        what,
        against: "one fewer",
        measured: measured.to_owned(),
        value: (resident() - before) / f64::from(SESSIONS),
        target: Target::Below(24.0, "KiB"),
    });
    sessions
}

/// Waits until all threads sleep.
fn settle() {
    std::thread::sleep(Duration::from_millis(200));
}

/// Returns the resident memory of this process in KiB, including pages of its executable.
fn resident() -> f64 {
    status("VmRSS:")
}

/// Returns the anonymous part of it, in KiB.
fn own() -> f64 {
    status("RssAnon:")
}

fn status(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Returns the number of wake-ups of the console's threads.
fn wake_ups() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let counts = tasks.filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        name.starts_with("manhole").then(|| count.trim().parse::<f64>().ok())?
    });
    counts.sum()
}
