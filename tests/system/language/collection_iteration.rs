//! Iteration over lists, maps and sets of the application.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::Manhole;

#[derive(Inspect)]
struct Store {
    items: Vec<Item>,
    queue: VecDeque<u8>,
    names: BTreeMap<String, Item>,
    numbers: HashMap<u32, f64>,
    tags: BTreeSet<String>,
    pair: (u8, String),
    idle: Duration,
}

#[derive(Inspect)]
struct Item {
    id: u32,
}

fn store(count: u32) -> Arc<Mutex<Store>> {
    Arc::new(Mutex::new(Store {
        items: (0..count).map(|id| Item { id }).collect(),
        queue: VecDeque::from([3, 1, 2]),
        names: ["b", "a"].map(|name| (name.to_owned(), Item { id: 7 })).into(),
        numbers: HashMap::from([(5, 0.5)]),
        tags: ["x", "y"].map(str::to_owned).into(),
        pair: (1, "two".to_owned()),
        idle: Duration::from_secs(90),
    }))
}

#[test]
fn collections_are_iterated_and_searched() {
    let store = store(3);
    let manhole = Manhole::new(manhole! { store => store });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("let n = 0; for x in store.items { n += x.id } n", "3"),
        ("let s = \"\"; for x in store.names { s += x.id } s", "\"77\""),
        ("let s = 0; for x in store.queue { s = s * 10 + x } s", "312"),
        ("let s = \"\"; for x in store.tags { s += x } s", "\"xy\""),
        ("for x in store.items { x.id = x.id + 10 } store.items[2].id", "12"),
        ("store.names.keys()", "[\"a\", \"b\"]"),
        ("store.names.values()", "[Item { id: 7 }, Item { id: 7 }]"),
        ("store.queue.keys()", "[0, 1, 2]"),
        ("store.numbers", "{5: 0.5}"),
        ("store.numbers[5]", "0.5"),
        ("5 in store.numbers", "true"),
        ("6 in store.numbers", "false"),
        ("\"a\" in store.names", "true"),
        ("store.queue.contains(2)", "true"),
        ("store.queue.contains(9)", "false"),
        ("store.tags", "{\"x\", \"y\"}"),
        ("\"y\" in store.tags", "true"),
        ("store.tags.len()", "2"),
        ("store.tags.is_empty()", "false"),
        ("store.pair", "(1, \"two\")"),
        ("store.pair[1]", "\"two\""),
        ("store.idle > \"1m\"", "true"),
        ("store.idle = \"1.5s\"; store.idle", "1.5s"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(
        client.first_line("for x in store { x }"),
        "error: cannot iterate over store: it is not a collection"
    );
}

#[test]
fn a_million_items_are_previewed_and_iterated_in_batches() {
    let store = store(1_000_000);
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(600))
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("store.items.len()"), "1000000");
    assert!(client.ask("store.items").ends_with("    … 999,980 more\n]"));
    assert!(client.ask("store.items.values()").ends_with("    … 999,980 more\n]"));
    assert_eq!(
        client.first_line("store.items.to_array()"),
        "error: cannot make an array of more than 4096 items"
    );
    assert_eq!(client.ask("let n = 0; for x in store.items { n += 1; if n == 5000 { break } } n"), "5000");
    client.send("let n = 0; for x in store.items { n += 1; if n == 1 { print(\"going\") } } n\n");
    client.until("going\n");
    // The lock is available during the iteration.
    store.lock().items.truncate(0);
    let answer = client.prompt();
    assert!(
        answer.contains("note: store.items changed during the iteration, from 1000000 items to 0\n"),
        "{answer}"
    );
}

#[test]
fn iteration_stops_on_ctrl_c() {
    let store = store(1_000_000);
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(600))
    });
    let mut client = manhole.connect();
    client.send(
        "print(\"going\"); store.items.contains(\"nothing like it\"); loop { for x in store.items {} }\n",
    );
    client.until("going\n");
    client.send("\x03");
    assert_eq!(client.prompt(), "error: stopped: interrupted\n");
}
