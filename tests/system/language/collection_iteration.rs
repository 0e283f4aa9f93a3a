//! Iteration over lists, maps and sets of the application.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
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
    // With how many items it has passed, unless it is stopped between two loops.
    let answer = client.prompt();
    assert!(answer.starts_with("error: stopped: interrupted\n"), "{answer}");
}

/// A key that is a leaf only in some variants.
#[derive(Inspect, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    Start,
    At { shelf: u32 },
}

/// A key with fields.
#[derive(Inspect, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Slot {
    shelf: u32,
    row: u8,
}

/// A key that differs from another one in a field that the console does not know.
#[derive(Inspect, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Versioned {
    id: u8,
    #[manhole(skip)]
    version: u32,
}

/// Paths that are the same text in the console.
fn unreadable_path(id: u32) -> PathBuf {
    let digits = [id >> 7, id & 0x7f].map(|digit| 0x80 | u8::try_from(digit).unwrap());
    OsString::from_vec(digits.into()).into()
}

#[test]
fn an_iteration_reaches_each_item_once_whatever_its_key_is() {
    const COUNT: u32 = 3_000;
    fn map<K: Ord>(key: impl Fn(u32) -> K) -> BTreeMap<K, u32> {
        (0..COUNT).map(|id| (key(id), id)).collect()
    }
    let slot = |shelf| Slot { shelf, row: 1 };
    let versioned = |version| Versioned { id: 7, version };
    let place = |shelf| if shelf == 0 { Place::Start } else { Place::At { shelf } };
    let option = |id| (id > 0).then_some(id);
    let namespace = manhole! {
        places => Arc::new(Mutex::new(map(place))),
        slots => Arc::new(Mutex::new(map(slot))),
        versions => Arc::new(Mutex::new(map(versioned))),
        paths => Arc::new(Mutex::new(map(unreadable_path))),
        pairs => Arc::new(Mutex::new(map(|id| (id, "x".to_owned())))),
        options => Arc::new(Mutex::new(map(option))),
        bytes => Arc::new(Mutex::new(map(u32::to_be_bytes))),
        hashed => Arc::new(Mutex::new(map(slot).into_iter().collect::<HashMap<_, _>>())),
    };
    let manhole =
        Manhole::with(namespace, |builder| builder.limits(|limits| limits.timeout = Duration::from_secs(60)));
    let mut client = manhole.connect();
    let sum = COUNT * (COUNT - 1) / 2;
    for name in ["places", "slots", "versions", "paths", "pairs", "options", "bytes", "hashed"] {
        let code = format!("let n = 0; for x in {name} {{ n += x }} [n, {name}.filter(|x| true).count()]");
        assert_eq!(client.ask(&code), format!("[{sum}, {COUNT}]"), "{name}");
    }
    let namespace = manhole! {
        slots => Arc::new(Mutex::new((0..COUNT).map(slot).collect::<BTreeSet<_>>())),
        versions => Arc::new(Mutex::new((0..COUNT).map(versioned).collect::<BTreeSet<_>>())),
        paths => Arc::new(Mutex::new((0..COUNT).map(unreadable_path).collect::<BTreeSet<_>>())),
        hashed => Arc::new(Mutex::new((0..COUNT).map(slot).collect::<HashSet<_>>())),
        heap => Arc::new(Mutex::new((0..COUNT).collect::<BinaryHeap<_>>())),
        linked => Arc::new(Mutex::new((0..COUNT).collect::<LinkedList<_>>())),
    };
    let manhole =
        Manhole::with(namespace, |builder| builder.limits(|limits| limits.timeout = Duration::from_secs(60)));
    let mut client = manhole.connect();
    for name in ["slots", "versions", "paths", "hashed", "heap", "linked"] {
        assert_eq!(client.ask(&format!("{name}.filter(|x| true).count()")), COUNT.to_string(), "{name}");
    }
    for (code, answer) in [
        ("heap.contains(2999)", "true"),
        ("3000 in heap", "false"),
        ("heap.contains(5.5)", "false"),
        ("linked[0]", "0"),
        ("linked[1499]", "1499"),
        ("linked[1500]", "1500"),
        ("linked[-1]", "2999"),
        ("linked.sum()", "4498500"),
        ("linked.skip(2998)", "[2998, 2999]"),
        ("linked.skip(1400).take(2)", "[1400, 1401]"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
}
