//! Longest hold of an application's lock for a command.
//!
//! The value is the longest hold, including time in which the scheduler ran other threads. The longest processor time is reported
//! too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Limits, Manhole, manhole};

use crate::report::{Figure, Table, Target, largest, median};
use crate::support::{Client, LARGE_COUNT, Scale, TimedLock, items, pair};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let list = Arc::new(TimedLock::new(items(LARGE_COUNT)));
    let map = Arc::new(TimedLock::new((0..LARGE_COUNT).map(pair).collect::<BTreeMap<_, _>>()));
    let set = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<BTreeSet<_>>()));
    let hash_map = Arc::new(TimedLock::new((0..LARGE_COUNT).map(pair).collect::<HashMap<_, _>>()));
    let hash_set = Arc::new(TimedLock::new((0..LARGE_COUNT).collect::<HashSet<_>>()));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("locks");
    let mut limits = Limits::ceiling();
    limits.timeout = Duration::from_secs(60);
    limits.items = Limits::default().items;
    let namespace = manhole! {
        big_list => list, big_map => map, big_set => set, hash_map => hash_map, hash_set => hash_set
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
        let all = "longest lock hold, `filter` and `count` over a `HashMap` of 10⁶";
        let code = "hash_map.filter(|n| n > 500000).count()";
        table.add(held(&hash_map, all, code, 3, amount, &mut client));
    }
    console.shutdown();
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
    let (mut longest, mut longest_run, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        client.time(command);
        let held = lock.take();
        assert!(held.times > 0, "{command} has not held the lock");
        longest.push(held.longest);
        longest_run.push(held.longest_run);
        times.push(held.times as f64);
    }
    let holds = match median(times) {
        1.0 => "one hold each".to_owned(),
        times => format!("{times:.0} holds each"),
    };
    Figure {
        what,
        against: "–",
        measured: format!(
            "{count} commands, {holds}: p50 of the longest {:.1} µs; at most {:.1} µs of processor time",
            median(longest.clone()),
            largest(&longest_run)
        ),
        value: largest(&longest),
        target,
    }
}
