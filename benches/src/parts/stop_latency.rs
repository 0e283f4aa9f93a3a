//! Time to stop an endless loop.
//!
//! Both a new loop and one that has run for a while on a busy machine. The second is paused most of the time, and must still stop
//! in time.

use std::thread;
use std::time::{Duration, Instant};

use crate::report::{Figure, Table, Target, median, p99};
use crate::support::{Client, CpuLoad, Host, Scale};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    let (often, seldom) = scale.pick((30, 5), (300, 100));
    let (soon, later) = (Duration::from_millis(3), Duration::from_millis(300));
    let what = "stopping an endless loop after Ctrl-C, p99";
    let times = (0..often).map(|_| interrupted(&mut client, soon)).collect();
    table.add(figure(what, "after 3 ms", times));
    let what = "stopping an endless loop at its deadline, p99";
    let deadline = Duration::from_millis(20);
    let times = (0..often).map(|_| timed_out(&mut client, deadline)).collect();
    table.add(figure(what, "a deadline of 20 ms", times));

    let busy = CpuLoad::start();
    let late = p99((0..often).map(|_| late()).collect());
    let beside = format!(
        "beside a busy thread for each core, where a thread that computes 2 ms and sleeps 5 ms wakes {late:.1} ms late (p99)"
    );
    let what = "stopping an endless loop after Ctrl-C, on a busy machine, p99";
    client.ask("set(\"timeout\", \"60s\")");
    let times = (0..seldom).map(|_| interrupted(&mut client, later)).collect();
    table.add(figure(what, &format!("after 300 ms, {beside}"), times));
    let what = "stopping an endless loop at its deadline, on a busy machine, p99";
    let times = (0..seldom).map(|_| timed_out(&mut client, later)).collect();
    table.add(figure(what, &format!("a deadline of 300 ms, {beside}"), times));
    drop(busy);
}

/// Returns the milliseconds by which a thread wakes late that computes and sleeps in turns.
fn late() -> f64 {
    let (start, computing, sleeping) = (Instant::now(), Duration::from_millis(2), Duration::from_millis(5));
    while start.elapsed() < computing {
        std::hint::spin_loop();
    }
    let start = Instant::now();
    thread::sleep(sleeping);
    (start.elapsed() - sleeping).as_secs_f64() * 1e3
}

/// Returns the milliseconds from Ctrl-C to the end of a loop that has run for `after`.
fn interrupted(client: &mut Client, after: Duration) -> f64 {
    client.send(b"loop {}\n");
    thread::sleep(after);
    let start = Instant::now();
    client.send(&[3]);
    client.prompt();
    start.elapsed().as_secs_f64() * 1e3
}

/// Returns the milliseconds from its deadline to the end of a loop.
fn timed_out(client: &mut Client, deadline: Duration) -> f64 {
    client.ask(&format!("set(\"timeout\", \"{}ms\")", deadline.as_millis()));
    let start = Instant::now();
    let answer = client.ask("loop {}");
    let late = start.elapsed().as_secs_f64() - deadline.as_secs_f64();
    assert!(answer.contains("ran longer than"), "{answer}");
    late * 1e3
}

fn figure(what: &'static str, when: &str, times: Vec<f64>) -> Figure {
    Figure {
        what,
        against: "–",
        measured: format!("{} times {when}: p50 {:.2} ms", times.len(), median(times.clone())),
        value: p99(times),
        target: Target::Below(5.0, "ms"),
    }
}
