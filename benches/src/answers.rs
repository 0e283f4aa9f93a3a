//! How long an answer takes where there is much to show, how long it holds a lock, and how soon it can be stopped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::host::Host;
use crate::{Figure, Table, Target, median, p99};

pub(crate) fn figures(light: bool, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    for (what, code) in [
        ("first screen of a list of 10⁶, p50", "list"),
        ("first screen of a map of 10⁶, p50", "map"),
        ("first screen of a set of 10⁶, p50", "set"),
    ] {
        table.add(first_screen(&mut client, what, code, if light { 50 } else { 500 }));
    }
    table.add(held(&host, &mut client, if light { 50 } else { 500 }));
    table.add(stopping(&mut client, if light { 30 } else { 300 }));
}

fn first_screen(client: &mut Client, what: &'static str, field: &str, count: usize) -> Figure {
    let (mut large, mut small) = (Vec::new(), Vec::new());
    for _ in 0..count {
        small.push(client.time(&format!("small.{field}")));
        large.push(client.time(&format!("big.{field}")));
    }
    let (large, small) = (median(large), median(small));
    Figure {
        what,
        against: "the same with 100 elements",
        measured: format!("{large:.1} µs, {small:.1} µs"),
        value: large / small,
        target: Target::AtMost(2.0),
    }
}

/// How long the lock is held for a first screen, as somebody sees it who wants it all the time.
fn held(host: &Host, client: &mut Client, count: usize) -> Figure {
    let (go, worst) = (AtomicBool::new(true), AtomicU64::new(0));
    let mut waits = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            while go.load(Ordering::Relaxed) {
                let start = Instant::now();
                drop(host.big.lock());
                let waited = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
                worst.fetch_max(waited, Ordering::Relaxed);
                thread::sleep(Duration::from_micros(5));
            }
        });
        for _ in 0..count {
            worst.store(0, Ordering::Relaxed);
            client.time("big.list");
            waits.push(worst.load(Ordering::Relaxed) as f64 / 1e3);
        }
        go.store(false, Ordering::Relaxed);
    });
    Figure {
        what: "the longest that another thread waits for the lock during it, p50",
        against: "–",
        measured: format!("p99 {:.1} µs", p99(waits.clone())),
        value: median(waits),
        target: Target::Below(100.0, "µs"),
    }
}

/// How long after Ctrl-C an endless loop has ended.
fn stopping(client: &mut Client, count: usize) -> Figure {
    let mut times = Vec::new();
    for _ in 0..count {
        client.send(b"loop {}\n");
        thread::sleep(Duration::from_millis(3));
        let start = Instant::now();
        client.send(&[3]);
        client.prompt();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Figure {
        what: "stop of an endless loop after Ctrl-C, p99",
        against: "–",
        measured: format!("p50 {:.2} ms", median(times.clone())),
        value: p99(times),
        target: Target::Below(5.0, "ms"),
    }
}
