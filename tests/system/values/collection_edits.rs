//! Insertion and removal of items, atomic updates, and copies.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, LinkedList, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{LONG, Manhole};

#[derive(Inspect, Default)]
struct Store {
    items: Vec<Item>,
    queue: VecDeque<u8>,
    linked: LinkedList<u8>,
    array: [u8; 3],
    boxed: Box<[u8]>,
    names: BTreeMap<String, Item>,
    counts: HashMap<u16, u64>,
    tags: BTreeSet<String>,
    heap: BinaryHeap<u8>,
    maybe: Option<Vec<u8>>,
    count: u64,
    #[manhole(secret)]
    #[expect(dead_code, reason = "must stay unseen")]
    token: String,
    mode: Mode,
    pair: (u8, Option<bool>),
    plain: Arc<Vec<u8>>,
    inner: Arc<Mutex<u8>>,
}

#[derive(Inspect, Default, Clone, Debug, PartialEq)]
struct Item {
    id: u32,
    label: String,
    note: Option<String>,
}

#[derive(Inspect, Default, Debug, PartialEq)]
enum Mode {
    #[default]
    Idle,
    Busy {
        job: u32,
        since: Option<u8>,
    },
    Failed(String),
    Range(u8, u8),
}

fn served() -> (Arc<Mutex<Store>>, Manhole) {
    let store = Arc::new(Mutex::new(Store::default()));
    // A thread that holds the lock most of the time usually gets it back first.
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.limits(|limits| {
            limits.lock_wait = LONG;
            limits.timeout = LONG;
        })
    });
    (store, manhole)
}

#[test]
fn items_are_inserted_and_removed() {
    let (store, manhole) = served();
    let mut client = manhole.connect();
    for (code, answer) in [
        ("store.items.push(#{ id: 1, label: \"a\" })", ""),
        ("store.items.push(#{ id: 3, label: \"c\", note: \"n\" })", ""),
        ("store.items.insert(1, #{ id: 2, label: \"b\" })", ""),
        ("store.items.insert(3, #{ id: 4, label: \"d\" })", ""),
        ("store.items.map(|x| x.id)", "[1, 2, 3, 4]"),
        ("store.items.remove(3).label", "\"d\""),
        ("store.items.remove(-1).label", "\"c\""),
        ("store.items.pop()", "Item { id: 2, label: \"b\", note: None }"),
        ("store.items.truncate(5); store.items.len()", "1"),
        ("store.items.get(0).id", "1"),
        ("store.items.get(9)", "None"),
        (
            "store.items[0] = #{ id: 9, label: \"z\" }; store.items",
            "[Item { id: 9, label: \"z\", note: None }]",
        ),
        ("store.items.clear(); store.items", "[]"),
        (
            "store.queue = [1, 2]; store.queue.insert(0, 0); store.queue.push(3); store.queue",
            "b\"\\x00\\x01\\x02\\x03\"",
        ),
        ("store.queue.remove(1)", "1"),
        ("store.queue.truncate(1); store.queue", "b\"\\x00\""),
        (
            "store.linked = [1, 3]; store.linked.insert(1, 2); store.linked.remove(0); store.linked",
            "b\"\\x02\\x03\"",
        ),
        ("store.linked[1]", "3"),
        ("store.linked.pop(); store.linked.push(7); store.linked", "b\"\\x02\\x07\""),
        ("store.names.insert(\"a\", #{ id: 1, label: \"x\" })", "None"),
        ("store.names.insert(\"a\", #{ id: 2, label: \"y\" }).id", "1"),
        ("store.names.a.label", "\"y\""),
        ("store.names.get(\"b\")", "None"),
        ("store.names.remove(\"a\").label", "\"y\""),
        ("store.names.remove(\"a\")", "None"),
        ("store.counts.insert(5, 50); store.counts.insert(6, 60); store.counts[5]", "50"),
        ("store.counts.remove(5); store.counts", "{6: 60}"),
        ("store.counts.clear(); store.counts.is_empty()", "true"),
        ("store.tags.insert(\"x\")", "true"),
        ("store.tags.insert(\"x\")", "false"),
        ("store.tags.push(\"y\"); store.tags", "{\"x\", \"y\"}"),
        ("store.tags.remove(\"x\")", "true"),
        ("store.tags.contains(\"x\")", "false"),
        ("store.heap.push(3); store.heap.push(9); store.heap.contains(9)", "true"),
        ("store.heap.clear(); store.heap.len()", "0"),
        ("store.maybe = [1]; store.maybe.push(2); store.maybe", "Some(b\"\\x01\\x02\")"),
        ("store.boxed = [1, 2]; store.boxed[1] = 3; store.boxed", "b\"\\x01\\x03\""),
        ("store.array[-1] = 7; store.array", "b\"\\x00\\x00\\x07\""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(store.lock().maybe.as_deref(), Some([1, 2].as_slice()));
}

#[test]
fn a_refused_edit_gives_the_reason_and_changes_nothing() {
    let (store, manhole) = served();
    store.lock().items.push(Item::default());
    let mut client = manhole.connect();
    for (code, error) in [
        (
            "store.items.push(5)",
            "cannot write store.items: Item takes Item { id: …, label: …, note: … }, not the integer 5",
        ),
        (
            "store.items.push(#{ id: 1 })",
            "cannot write store.items: Item has no value for its field `label`: expected Item { id: …, label: …, note: … }",
        ),
        (
            "store.items.push(#{ id: 1, labl: \"x\" })",
            "cannot write store.items: Item has no field `labl`: expected id, label, note; did you mean `label`?",
        ),
        (
            "store.items.push(#{ id: -1, label: \"x\" })",
            "cannot write store.items: `id`: -1 does not fit into u32 (0 to 4294967295)",
        ),
        ("store.items.remove(4)", "cannot reach store.items: the list has 1 item"),
        ("store.items.remove(1)", "cannot reach store.items: the list has 1 item"),
        ("store.items.insert(2, #{ id: 1, label: \"\" })", "cannot reach store.items: the list has 1 item"),
        ("store.items.insert(3, #{ id: 1, label: \"\" })", "cannot reach store.items: the list has 1 item"),
        (
            "store.array.push(1)",
            "cannot write store.array: cannot add or remove items: their number is fixed",
        ),
        ("store.names.push(1)", "cannot write store.names: a map has insert(key, item)"),
        ("store.names.pop()", "cannot write store.names: the items of a map have no order"),
        ("store.tags.insert(1, 2)", "cannot write store.tags: a set has insert(item)"),
        (
            "store.plain.push(1)",
            "cannot change store.plain: no lock above this Vec<u8> gives exclusive access",
        ),
        ("store.mode.push(1)", "cannot use store.mode as a collection: its type is Mode"),
        ("store.maybe.push(1)", "cannot call `push`: the value is None or ()"),
        ("store.items.push(store.names)", "cannot use store.names as a value: it stays in the application"),
        ("store = 1", "cannot replace `store`: it belongs to the application"),
        ("store.count.push(1)", "`push` is not defined for (u64, integer)"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    assert_eq!(store.lock().items.len(), 1);
    assert!(
        client
            .ask("store.items.push(store.names)")
            .contains("help: use a copy of it: store.names.snapshot()")
    );
}

#[test]
fn enums_are_read_and_constructed() {
    let (store, manhole) = served();
    let mut client = manhole.connect();
    for (code, answer) in [
        ("store.mode", "Idle"),
        ("store.mode == \"Idle\"", "true"),
        ("store.mode != \"Busy\"", "true"),
        ("store.mode.variant()", "\"Idle\""),
        ("store.mode = #{ Busy: #{ job: 4 } }; store.mode", "Busy { job: 4, since: None }"),
        ("store.mode.job", "4"),
        ("store.mode.job += 1; store.mode.job", "5"),
        ("store.mode == \"Busy\"", "true"),
        ("\"Busy\" == store.mode", "true"),
        ("switch store.mode.variant() { \"Busy\" => 1, _ => 2 }", "1"),
        ("store.mode.snapshot()", "Busy { job: 5, since: None }"),
        ("let m = store.mode.snapshot(); store.mode = \"Idle\"; store.mode = m; store.mode.job", "5"),
        ("store.mode = #{ Failed: \"late\" }; store.mode", "Failed(\"late\")"),
        ("store.mode[0]", "\"late\""),
        ("store.mode.0", "\"late\""),
        ("store.mode = #{ Range: [1, 2] }; store.mode", "Range(1, 2)"),
        ("store.pair = [7, true]; store.pair.1", "Some(true)"),
        ("store.pair.0 = 8; store.pair", "(8, Some(true))"),
    ] {
        let answer = if answer == "Some(true)" { "true" } else { answer };
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let before = store.lock().mode.variant_name();
    let forms = "Idle, Busy { job: …, since: … }, Failed(…) or Range(…, …)";
    for (code, error) in [
        (
            "store.mode.job",
            "cannot reach store.mode.job: this Mode is Range, which has no field `job`".to_owned(),
        ),
        (
            "store.mode = \"Bussy\"",
            format!(
                "cannot write store.mode: Mode has no variant `Bussy`: expected {forms}; did you mean `Busy`?"
            ),
        ),
        (
            "store.mode = \"Busy\"",
            "cannot write store.mode: Mode::Busy has data: write Mode::Busy { job: …, since: … }".to_owned(),
        ),
        ("store.mode = 3", format!("cannot write store.mode: Mode takes {forms}, not the integer 3")),
        (
            "store.mode = #{ Busy: 3 }",
            "cannot write store.mode: Mode::Busy takes Busy { job: …, since: … }, not the integer 3"
                .to_owned(),
        ),
        (
            "store.mode = #{ Busy: #{ job: \"x\" } }",
            "cannot write store.mode: `job`: u32 takes an integer, not the string \"x\"".to_owned(),
        ),
        (
            "store.mode = #{ Range: [1] }",
            "cannot write store.mode: Mode::Range takes Range(…, …), not the list of 1 item".to_owned(),
        ),
        ("store.count.variant()", "`variant` is not defined for (u64)".to_owned()),
        ("store.items.variant()", "store.items is not an enum".to_owned()),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    assert_eq!(store.lock().mode.variant_name(), before);
}

impl Mode {
    fn variant_name(&self) -> String {
        format!("{self:?}")
    }
}

#[test]
fn concurrent_updates_lose_no_write() {
    let store = Arc::new(Mutex::new(Store::default()));
    let atomic = Arc::new(AtomicU64::new(0));
    let manhole = Manhole::new(manhole! { store => store, atomic => (Arc::clone(&atomic),) });
    let mut client = manhole.connect();
    assert_eq!(client.ask("store.update(\"count\", |v| v + 5)"), "5");
    assert_eq!(client.ask("update(store, \"count\", |v| v * 2)"), "10");
    assert_eq!(client.ask("store.array.update(0, |v| v + 1); store.array"), "b\"\\x01\\x00\\x00\"");
    store.lock().count = 0;
    let stop = Arc::new(AtomicBool::new(false));
    let counting = {
        let (store, atomic, stop) = (Arc::clone(&store), Arc::clone(&atomic), Arc::clone(&stop));
        thread::spawn(move || {
            let mut times = 0;
            while !stop.load(Ordering::Relaxed) {
                store.lock().count += 1;
                atomic.fetch_add(1, Ordering::SeqCst);
                times += 1;
                // The update must be able to succeed at times.
                thread::sleep(std::time::Duration::from_micros(50));
            }
            times
        })
    };
    for _ in 0..50 {
        let answer = client.ask("store.update(\"count\", |v| v + 1); atomic.update(0, |v| v + 1)");
        assert!(!answer.starts_with("error"), "{answer}");
    }
    stop.store(true, Ordering::Relaxed);
    let times: u64 = counting.join().unwrap();
    assert_eq!(store.lock().count, times + 50);
    assert_eq!(atomic.load(Ordering::SeqCst), times + 50);
    for (code, error) in [
        ("store.update(\"items\", |v| v)", "cannot update store.items: it is not a single value"),
        ("store.update(\"nothing\", |v| v)", "Store has no field `nothing`"),
        ("store.update(\"count\", 5)", "`update` takes a function"),
        (
            "store.update(\"count\", |v| \"x\")",
            "cannot write store.count: u64 takes an integer, not the string \"x\"",
        ),
        ("store.update(\"token\", |v| v)", "cannot update store.token: it is not a single value"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
}

#[test]
fn an_update_gives_up_after_too_many_conflicts() {
    let store = Arc::new(Mutex::new(Store::default()));
    let inner = Arc::clone(&store);
    let disturb = move || inner.lock().count += 1;
    let manhole = Manhole::new(manhole! { store => store, disturb => disturb });
    let answer = manhole.connect().first_line("store.update(\"count\", |v| { disturb(); v + 1 })");
    assert_eq!(answer, "error: cannot update store.count: the application changed it 64 times");
    assert_eq!(store.lock().count, 64);
}

#[test]
fn a_snapshot_is_consistent_bounded_and_can_be_written_back() {
    let (store, manhole) = served();
    let mut client = manhole.connect();
    store.lock().items = vec![Item { id: 1, label: "a".to_owned(), note: None }; 3];
    assert_eq!(
        client.ask(
            "let old = store.items.snapshot(); store.items.clear(); store.items = old; store.items.len()"
        ),
        "3"
    );
    assert_eq!(store.lock().items[2].label, "a");
    assert_eq!(client.ask("store.snapshot().token"), "\"<secret>\"");
    assert_eq!(client.ask("store.snapshot().inner"), "0");
    let guard = Arc::clone(&store.lock().inner);
    let guard = guard.lock();
    assert_eq!(client.ask("store.snapshot().inner"), "\"<locked>\"");
    drop(guard);
    // Both counters change together under the lock: a copy never sees one change alone.
    let (stop, stopped) = (Arc::new(AtomicBool::new(false)), Arc::clone(&store));
    let running = Arc::clone(&stop);
    let moving = thread::spawn(move || {
        while !running.load(Ordering::Relaxed) {
            let mut store = stopped.lock();
            store.count += 1;
            let count = store.count;
            store.counts.insert(1, count);
        }
    });
    for _ in 0..50 {
        let answer =
            client.ask("let s = store.snapshot(); s.counts.is_empty() || s.count == s.counts[\"1\"]");
        assert_eq!(answer, "true");
    }
    stop.store(true, Ordering::Relaxed);
    moving.join().unwrap();
    store.lock().items = vec![Item::default(); 10_000];
    assert_eq!(
        client.first_line("store.snapshot()"),
        "error: cannot copy store: a collection in it has more than 4,096 items"
    );
}
