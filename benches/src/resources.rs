//! What a manhole takes that nobody uses.

use std::fs;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use manhole::manhole;

use crate::client::Client;
use crate::{Figure, Table, Target, median, peers};

pub(crate) fn figures(light: bool, table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    let namespace = || manhole! { answer => 42_u8 };
    // A program that is looked into has threads, and serves something, already: that much of the system's library is in memory.
    let other = directory.path().join("other");
    peers::echo(&other);
    drop(Client::connect(&other));
    let (before, own) = (resident(), own());
    let path = directory.path().join("idle");
    let console = manhole::spawn(&path, namespace()).unwrap();
    // Until its threads are where they will be.
    std::thread::sleep(Duration::from_millis(200));
    let (started, own) = (resident(), self::own() - own);
    // The first session makes what all others share.
    let first = Client::connect(&path);
    let one = resident();
    let sessions: Vec<_> = (0..50).map(|_| Client::connect(&path).into_stream()).collect();
    std::thread::sleep(Duration::from_millis(200));
    let many = resident();
    let time = Duration::from_secs(if light { 2 } else { 60 });
    // The supervisor looks around for a second after the last command.
    std::thread::sleep(Duration::from_secs(2));
    let wakes = wake_ups();
    std::thread::sleep(time);
    let wakes = wake_ups() - wakes;
    drop((first, sessions));
    console.shutdown();

    let mut starts = Vec::new();
    for number in 0..if light { 5 } else { 50 } {
        let path = directory.path().join(format!("start-{number}"));
        let start = Instant::now();
        let console = manhole::spawn(&path, namespace()).unwrap();
        let client = Client::connect(&path);
        starts.push(start.elapsed().as_secs_f64() * 1e3);
        drop(client);
        console.shutdown();
        assert!(UnixStream::connect(&path).is_err());
    }
    for figure in [
        Figure {
            what: "resident memory of a manhole that is started and idle",
            against: "without, in a program that serves something already",
            measured: format!(
                "of it no page of a file: {own:.0} KiB; with one session {:.0} KiB",
                one - before
            ),
            value: (started - before) / 1024.0,
            target: Target::Below(1.5, "MiB"),
        },
        Figure {
            what: "resident memory of each further idle session",
            against: "one fewer",
            measured: "50 sessions".to_owned(),
            value: (many - one) / 50.0,
            target: Target::Below(24.0, "KiB"),
        },
        Figure {
            what: "wake-ups of 51 idle sessions",
            against: "without",
            measured: format!("in {time:?}"),
            value: wakes,
            target: Target::Below(0.0, "wake-ups"),
        },
        Figure {
            what: "`spawn` to first prompt, p50",
            against: "–",
            measured: format!("worst {:.2} ms", starts.iter().copied().fold(0.0, f64::max)),
            value: median(starts),
            target: Target::Below(5.0, "ms"),
        },
    ] {
        table.add(figure);
    }
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
