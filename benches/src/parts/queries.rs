//! Queries over a million structs: against the script language over a copy, against Rust, and over other collections.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hint::black_box;
use std::sync::Arc;

use dashmap::DashMap;
use manhole::{Builder, Limits, Manhole, manhole};
use parking_lot::Mutex;
use rhai::{Array, Dynamic, Scope};

use super::owned::Owner;
use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Item, LARGE_COUNT, Scale, items, plain_engine, time};

/// The list that a task owns.
#[derive(Manhole)]
pub(crate) struct OwnedList {
    list: Vec<Item>,
}

/// A query of a list, as the console and the script language write it.
struct Query {
    what: &'static str,
    ours: &'static str,
    plain: &'static str,
    target: f64,
}

const QUERIES: &[Query] = &[
    Query {
        what: "`filter` and `count` over 10⁶ structs by a field",
        ours: ".filter(|i| i.id > 500000).count()",
        plain: "items.filter(|i| i.id > 500000).len()",
        target: 0.1,
    },
    Query {
        what: "the 20 largest of 10⁶ structs by `sort_by`",
        ours: ".sort_by(|i| i.weight).take(20)",
        plain: "items.sort(|a, b| a.weight - b.weight); items.extract(0, 20)",
        target: 0.2,
    },
    Query {
        what: "`group_by` over 10⁶ structs",
        ours: ".group_by(|i| i.weight).map(|g| g.len())",
        plain: "let g = #{}; for i in items { let k = i.weight.to_string(); g[k] = (g[k] ?? 0) + 1; } g",
        target: 0.2,
    },
    Query {
        what: "`min_by` over 10⁶ structs",
        ours: ".min_by(|i| i.weight)",
        plain: "items.reduce(|best, i| if best == () || i.weight < best.weight { i } else { best })",
        target: 0.2,
    },
    Query {
        what: "`map` and `sum` over 10⁶ structs",
        ours: ".map(|i| i.weight).sum()",
        plain: "items.map(|i| i.weight).reduce(|sum, w| (sum ?? 0) + w)",
        target: 0.2,
    },
];

/// The other collections of the same structs, and the list in the hands of its owner.
const COLLECTIONS: &[(&str, &str, Target)] = &[
    // These pass over the items before each batch.
    ("`filter` and `count` over a `HashMap` of 10⁶ structs", "hash", Target::Ratio),
    ("`filter` and `count` over a `DashMap` of 10⁶ structs", "dash", Target::Ratio),
    ("`filter` and `count` over a `BTreeMap` of 10⁶ structs", "ordered", Target::AtMost(2.0)),
    ("`filter` and `count` over a `VecDeque` of 10⁶ structs", "deque", Target::AtMost(2.0)),
    ("`filter` and `count` over 10⁶ structs by visits to an idle owner", "owned.list", Target::AtMost(2.0)),
];

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let rounds = scale.pick(1, 3);
    let live = items(LARGE_COUNT);
    let list = Arc::new(Mutex::new(live.clone()));
    let (owned, visits) = manhole::visits::<OwnedList>();
    let _owner = Owner::spawn(visits, OwnedList { list: live.clone() }, std::thread::park);
    let keyed = || live.iter().map(|item| (item.id, item.clone()));
    let namespace = manhole! {
        list => Arc::clone(&list),
        deque => Arc::new(Mutex::new(live.iter().cloned().collect::<VecDeque<_>>())),
        hash => Arc::new(Mutex::new(keyed().collect::<HashMap<_, _>>())),
        ordered => Arc::new(Mutex::new(keyed().collect::<BTreeMap<_, _>>())),
        dash => Arc::new(keyed().collect::<DashMap<_, _>>()),
        owned => owned,
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queries");
    let console = Builder::new(namespace).limits(|limits| *limits = Limits::ceiling()).spawn(&path).unwrap();
    let mut client = Client::connect(&path);
    let engine = plain_engine();
    for query in QUERIES {
        let script = engine.compile(query.plain).unwrap();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            theirs.push(time(|| {
                let mut scope = Scope::new();
                let copied: Array = live.iter().map(|item| Dynamic::from(item.clone())).collect();
                scope.push("items", copied);
                let _ = black_box(engine.eval_ast_with_scope::<Dynamic>(&mut scope, &script).unwrap());
            }));
            ours.push(client.time(&format!("list{}", query.ours)));
        }
        table.add(times(
            query.what,
            "plain Rhai over a cloned array",
            (ours, theirs),
            Target::AtMost(query.target),
        ));
    }
    let count = QUERIES[0].ours;
    let each = |client: &mut Client, name: &str| client.time(&format!("{name}{count}"));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        theirs.push(time(|| {
            black_box(list.lock().iter().filter(|item| item.id > black_box(500_000)).count());
        }));
        ours.push(each(&mut client, "list"));
    }
    table.add(times("the same as the first", "Rust under one lock", (ours, theirs), Target::AtMost(20.0)));
    for (what, name, target) in COLLECTIONS {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            theirs.push(each(&mut client, "list"));
            ours.push(each(&mut client, name));
        }
        table.add(times(what, "over the list", (ours, theirs), *target));
    }
    console.shutdown();
}

fn times(
    what: &'static str,
    against: &'static str,
    (ours, theirs): (Vec<f64>, Vec<f64>),
    target: Target,
) -> Figure {
    let (ours, theirs) = (median(ours), median(theirs));
    Figure {
        what,
        against,
        measured: format!("{:.1} ms, {:.1} ms", ours / 1e3, theirs / 1e3),
        value: ours / theirs,
        target,
    }
}
