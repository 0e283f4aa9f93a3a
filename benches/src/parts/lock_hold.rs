//! Longest hold of an application's lock for a command.
//!
//! The value is the longest hold, including time in which the scheduler ran other threads. The longest processor time is reported
//! too.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Limits, Manhole, manhole};

use crate::report::{Figure, Table, Target, largest, median, p95, p99};
use crate::support::{Client, LARGE_COUNT, Scale, TimedLock, items, pair};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let list = Arc::new(TimedLock::new(items(LARGE_COUNT)));
    let map = Arc::new(TimedLock::new((0..LARGE_COUNT).map(pair).collect::<BTreeMap<_, _>>()));
    let set = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<BTreeSet<_>>()));
    let hash_map = Arc::new(TimedLock::new((0..LARGE_COUNT).map(pair).collect::<HashMap<_, _>>()));
    let hash_set = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<HashSet<_>>()));
    let queue = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<VecDeque<_>>()));
    let heap = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<BinaryHeap<_>>()));
    let linked = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<LinkedList<_>>()));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("locks");
    let mut limits = Limits::ceiling();
    limits.timeout = Duration::from_secs(60);
    limits.items = Limits::default().items;
    let namespace = manhole! {
        big_list => list, big_map => map, big_set => set, hash_map => hash_map, hash_set => hash_set,
        queue => queue, heap => heap, linked => linked
    };
    let console = Builder::new(namespace).limits(|all| *all = limits).spawn(&path).unwrap();
    let mut client = Client::connect(&path);

    let screens = scale.pick(50, 500);
    let (target, amount) = (Target::Below(100.0, "µs"), Target::Amount("µs"));
    let screen = "longest lock hold, first screen of a list of 10⁶";
    table.add(held(&list, screen, "big_list", screens, target, &mut client));
    let screen = "longest lock hold, first screen of a map of 10⁶";
    table.add(held(&map, screen, "big_map", screens, target, &mut client));
    let screen = "longest lock hold, first screen of a set of 10⁶";
    table.add(held(&set, screen, "big_set", screens, target, &mut client));
    let screen = "longest lock hold, first screen of a `HashMap` of 10⁶";
    table.add(held(&hash_map, screen, "hash_map", screens, amount, &mut client));
    let screen = "longest lock hold, first screen of a `HashSet` of 10⁶";
    table.add(held(&hash_set, screen, "hash_set", screens, amount, &mut client));

    // On a busy machine the console throttles such a long command.
    if scale.is_full() {
        let all = "longest lock hold, `filter` and `count` over a list of 10⁶ structs";
        let code = "big_list.filter(|i| i.id > 500000).count()";
        table.add(held(&list, all, code, 3, Target::Below(1_000.0, "µs"), &mut client));
        let whole = "longest lock hold, search of a whole `VecDeque` of 10⁶";
        table.add(searched(&queue, whole, "queue.contains(-1)", &mut client));
        let whole = "longest lock hold, search of a whole `BTreeMap` of 10⁶";
        table.add(searched(&map, whole, "big_map.values().contains(-1)", &mut client));
        let whole = "longest lock hold, search of a whole `BTreeSet` of 10⁶";
        table.add(searched(&set, whole, "big_set.values().contains(-1)", &mut client));
        let whole = "longest lock hold, search of a whole `BinaryHeap` of 10⁶";
        table.add(searched(&heap, whole, "heap.contains(-1)", &mut client));
        let whole = "longest lock hold, search of a whole `HashMap` of 10⁶";
        let code = "hash_map.values().contains(-1)";
        table.add(compared(
            &hash_map,
            (whole, code),
            |map| {
                black_box(map.iter().nth(LAST));
            },
            &mut client,
        ));
        let whole = "longest lock hold, search of a whole `HashSet` of 10⁶";
        let code = "hash_set.values().contains(-1)";
        table.add(compared(
            &hash_set,
            (whole, code),
            |set| {
                black_box(set.iter().nth(LAST));
            },
            &mut client,
        ));
        let whole = "longest lock hold, search of a whole `LinkedList` of 10⁶";
        let half = |list: &LinkedList<_>| {
            black_box(list.iter().nth(LAST / 2));
        };
        let figure = compared(&linked, (whole, "linked.contains(-1)"), half, &mut client);
        table.add(Figure { target: Target::Ratio, ..figure });
    }
    console.shutdown();
}

/// The position of the last item of a large collection.
const LAST: usize = LARGE_COUNT as usize - 1;

/// The holds of a lock during some commands.
struct Holds {
    /// The longest hold of each command, in microseconds.
    longest: Vec<f64>,
    /// The processor time of each hold, in microseconds.
    runs: Vec<f64>,
    /// What was measured, as text.
    measured: String,
}

/// Runs a search three times. Returns the 95th percentile of the processor times of its holds. Among so many holds interrupts and the
/// hypervisor delay some, so the longest ones say more about the machine.
fn searched<T: Manhole>(
    lock: &TimedLock<T>,
    what: &'static str,
    command: &str,
    client: &mut Client,
) -> Figure {
    let Holds { runs, measured, .. } = measured(lock, command, 3, client);
    Figure { what, against: "–", measured, value: p95(runs), target: Target::Below(200.0, "µs") }
}

/// Runs a search three times. Returns the ratio of the 99th percentile of its holds, which are near the end, to the time in which the
/// collection itself finds its furthest item.
fn compared<T: Manhole>(
    lock: &TimedLock<T>,
    (what, command): (&'static str, &str),
    find: impl Fn(&T),
    client: &mut Client,
) -> Figure {
    let Holds { runs, mut measured, .. } = measured(lock, command, 3, client);
    let floor = median((0..31).map(|_| lock.time(&find)).collect());
    measured += &format!("; p99 {:.0} µs, the collection itself {floor:.0} µs", p99(runs.clone()));
    let value = p99(runs) / floor;
    Figure { what, against: "`iter().nth`", measured, value, target: Target::AtMost(1.3) }
}

/// Runs a command repeatedly, and returns the longest hold of the lock.
fn held<T: Manhole>(
    lock: &TimedLock<T>,
    what: &'static str,
    command: &str,
    count: usize,
    target: Target,
    client: &mut Client,
) -> Figure {
    let Holds { longest, measured, .. } = measured(lock, command, count, client);
    Figure { what, against: "–", measured, value: largest(&longest), target }
}

fn measured<T: Manhole>(lock: &TimedLock<T>, command: &str, count: usize, client: &mut Client) -> Holds {
    let (mut longest, mut runs, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        client.time(command);
        let held = lock.take();
        assert!(held.times > 0, "{command} has not held the lock");
        longest.push(held.longest);
        runs.extend(held.runs);
        times.push(held.times as f64);
    }
    let holds = match median(times) {
        1.0 => "one hold each".to_owned(),
        times => format!("{times:.0} holds each"),
    };
    let measured = format!(
        "{count} commands, {holds}: p50 of the longest {:.1} µs; at most {:.1} µs of processor time",
        median(longest.clone()),
        largest(&runs)
    );
    Holds { longest, runs, measured }
}
