//! How long a lock of the program is held for what is asked for.
//!
//! The value is the longest of all, also where the system took the processor away meanwhile; what the thread itself needed at most is
//! told beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Limits, Manhole, manhole};

use crate::client::Client;
use crate::host::{MANY, items, pair};
use crate::recorded::Recorded;
use crate::{Figure, Table, Target, largest, median};

pub(crate) fn figures(light: bool, table: &mut Table) {
    let list = Arc::new(Recorded::new(items(MANY)));
    let map = Arc::new(Recorded::new((0..MANY).map(pair).collect::<BTreeMap<_, _>>()));
    let set = Arc::new(Recorded::new((0..MANY).collect::<BTreeSet<_>>()));
    let hash_map = Arc::new(Recorded::new((0..MANY).map(pair).collect::<HashMap<_, _>>()));
    let hash_set = Arc::new(Recorded::new((0..MANY).collect::<HashSet<_>>()));
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

    let screens = if light { 50 } else { 500 };
    let (target, told) = (Target::Below(100.0, "µs"), Target::Amount("µs"));
    let screen = "longest hold of the lock of a list of 10⁶ for its first screen";
    table.add(held(&list, screen, "big_list", screens, target, &mut client));
    let screen = "longest hold of the lock of a map of 10⁶ for its first screen";
    table.add(held(&map, screen, "big_map", screens, target, &mut client));
    let screen = "longest hold of the lock of a set of 10⁶ for its first screen";
    table.add(held(&set, screen, "big_set", screens, target, &mut client));
    let screen = "longest hold of the lock of a `HashMap` of 10⁶ for its first screen";
    table.add(held(&hash_map, screen, "hash_map", screens, told, &mut client));
    let screen = "longest hold of the lock of a `HashSet` of 10⁶ for its first screen";
    table.add(held(&hash_set, screen, "hash_set", screens, told, &mut client));

    // A busy machine lets so long a command rest for most of its time.
    if !light {
        let all = "longest hold of the lock in `filter` and `count` over a list of 10⁶ structs";
        let code = "big_list.filter(|i| i.id > 500000).count()";
        table.add(held(&list, all, code, 3, Target::Below(1_000.0, "µs"), &mut client));
        let all = "longest hold of the lock in `filter` and `count` over a `HashMap` of 10⁶";
        let code = "hash_map.filter(|n| n > 500000).count()";
        table.add(held(&hash_map, all, code, 3, told, &mut client));
    }
    console.shutdown();
}

/// How long a lock is held for a command that is asked for so many times.
fn held<T: Manhole>(
    lock: &Recorded<T>,
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
            "{count} commands, {holds}: p50 of the longest {:.1} µs; their thread ran {:.1} µs at most",
            median(longest.clone()),
            largest(&longest_run)
        ),
        value: largest(&longest),
        target,
    }
}
