//! Round trip of a short command.
//!
//! The scheduler decides whether client and server share a core, and waking a second core takes longer than anything else here.
//! So all servers run on one fixed core, and the client runs on the same core or on another.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::report::{Figure, Table, Target, median};
use crate::support::{Aiomanhole, Client, Host, Scale, note, serve_echo};

/// The command that is measured.
const COMMAND: &str = "gizmo.count";

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let cores = cores();
    // New threads inherit the core.
    on(&cores[..1]);
    let host = Host::start();
    let directory = tempfile::tempdir().unwrap();
    let echo = directory.path().join("echo");
    serve_echo(&echo);
    let rounds = scale.pick((5, 500), (15, 3_000));
    let echo_server = "a threaded echo server";
    let target = Target::AtMost(1.5);
    let command = |_| COMMAND.to_owned();
    let one_core = "round trip of `gizmo.count`, p50, on one core";
    table.add(compared(one_core, echo_server, target, rounds, (&host.path, &command), &echo));
    let new = |number| format!("{COMMAND} + {number}");
    let unseen = "round trip of a new command, p50";
    table.add(compared(unseen, echo_server, Target::Ratio, rounds, (&host.path, &new), &echo));
    // A child process inherits it too.
    match Aiomanhole::start(directory.path()) {
        Some(peer) => {
            let target = Target::AtMost(0.25);
            let rounds = (rounds.0, rounds.1 / 5);
            let against = "aiomanhole 0.7.0, threaded";
            table.add(compared(one_core, against, target, rounds, (&host.path, &command), &peer.path));
        }
        None => note("not measured: aiomanhole, which needs `pip install aiomanhole==0.7.0` for PYTHON"),
    }
    if let Some(other) = cores.get(1..2) {
        on(other);
        let two_cores = "round trip of `gizmo.count`, p50, on two cores";
        table.add(compared(two_cores, echo_server, target, rounds, (&host.path, &command), &echo));
    }
    on(&cores);
    // New servers: those above keep their core.
    let host = Host::start();
    let echo = directory.path().join("free");
    serve_echo(&echo);
    table.add(many(&host.path, &echo, scale));
}

/// Returns the ratio of two servers' round trips, measured in turns.
fn compared(
    what: &'static str,
    against: &'static str,
    target: Target,
    (rounds, count): (usize, usize),
    (ours, command): (&Path, &dyn Fn(usize) -> String),
    theirs: &Path,
) -> Figure {
    let (mut client, mut peer) = (Client::connect(ours), Client::connect(theirs));
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let commands: Vec<_> = (0..count).map(|number| command(round * count + number)).collect();
        let them = median(commands.iter().map(|_| peer.time(COMMAND)).collect());
        let us = median(commands.iter().map(|command| client.time(command)).collect());
        ratios.push(us / them);
        ours.push(us);
        theirs.push(them);
    }
    Figure {
        what,
        against,
        measured: format!("{:.1} µs, {:.1} µs", median(ours), median(theirs)),
        value: median(ratios),
        target,
    }
}

fn many(ours: &Path, theirs: &Path, scale: Scale) -> Figure {
    let time = Duration::from_millis(scale.pick(300, 1_500));
    let (mut ratios, mut us, mut them) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scale.pick(2, 5) {
        let (their, our) = (throughput(theirs, time), throughput(ours, time));
        ratios.push(our / their);
        us.push(our);
        them.push(their);
    }
    Figure {
        what: "64 concurrent clients, requests per second",
        against: "the same echo server",
        measured: format!("{:.0}, {:.0}", median(us), median(them)),
        value: median(ratios),
        target: Target::AtLeast(0.5),
    }
}

/// Returns the requests per second of 64 concurrent clients.
fn throughput(path: &Path, time: Duration) -> f64 {
    let (go, answered) = (AtomicBool::new(true), AtomicU64::new(0));
    let mut clients: Vec<_> = (0..64).map(|_| Client::connect(path)).collect();
    thread::scope(|scope| {
        for client in &mut clients {
            scope.spawn(|| {
                while go.load(Ordering::Relaxed) {
                    client.ask(COMMAND);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(time);
        go.store(false, Ordering::Relaxed);
    });
    answered.load(Ordering::Relaxed) as f64 / time.as_secs_f64()
}

/// Returns the cores that this process may use.
fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap();
    (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
}

/// Pins this thread, and every thread that it starts, to these cores.
fn on(cores: &[usize]) {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    sched_setaffinity(None, &set).unwrap();
}
