//! What a manhole takes that nobody uses.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

use crate::client::Client;
use crate::{Figure, Table, Target, peers};

#[derive(Manhole)]
struct Gizmo {
    count: i64,
}

/// How many sessions of each kind.
const SESSIONS: u32 = 50;

pub(crate) fn figures(light: bool, table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    // A program that is looked into has threads, and serves something, already: that much of the system's library is in memory.
    let other = directory.path().join("other");
    peers::echo(&other);
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
        what: "resident memory of a manhole that is started and idle",
        against: "without, in a program that serves something already",
        measured: format!("of it no page of a file: {:.0} KiB", self::own() - own),
        value: (resident() - before) / 1024.0,
        target: Target::Below(1.5, "MiB"),
    });
    // The first session makes what all others share, and its first command a part of that.
    let mut first = Client::connect(&path);
    settle();
    let one = resident() - before;
    first.ask("gizmo.count");
    settle();
    table.add(Figure {
        what: "resident memory of a manhole with one session, which is idle",
        against: "without, in a program that serves something already",
        measured: format!("after its first command {:.2} MiB", (resident() - before) / 1024.0),
        value: one / 1024.0,
        target: Target::Amount("MiB"),
    });
    let unused = "resident memory of each further idle session that has not been used";
    let unused = further(&path, unused, "50 sessions", &|_| (), table);
    let used = "resident memory of each further idle session that has been used";
    let once = |client: &mut Client| assert_eq!(client.ask("gizmo.count"), "42");
    let used = further(&path, used, "50 sessions, each after one `gizmo.count`", &once, table);
    // A hundred are left.
    drop(first);
    // The supervisor looks around for a second after the last command.
    std::thread::sleep(Duration::from_secs(2));
    let time = Duration::from_secs(if light { 2 } else { 60 });
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

/// Measures sessions that come, are used in some way, and are idle from then on.
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

/// Waits until threads are where they will be.
fn settle() {
    std::thread::sleep(Duration::from_millis(200));
}

/// The resident memory of this process, in KiB: also the pages of its program that have been used.
fn resident() -> f64 {
    status("VmRSS:")
}

/// What of that is no page of a file.
fn own() -> f64 {
    status("RssAnon:")
}

fn status(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// How often the threads of manholes have been woken.
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
