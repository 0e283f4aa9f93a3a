//! Queries: `filter`, `map`, `sort_by` and the rest, on any number of items, without a held lock.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{Client, Manhole};

#[derive(Inspect)]
struct Store {
    items: Vec<Item>,
    by_name: BTreeMap<String, Item>,
    by_mode: HashMap<Mode, u8>,
    numbers: Vec<u64>,
    tags: HashSet<String>,
    maybe: Option<Vec<u8>>,
}

#[derive(Inspect)]
struct Item {
    id: u32,
    label: String,
    mode: Mode,
    idle: Duration,
}

#[derive(Inspect, PartialEq, Eq, Hash, Clone, Copy)]
enum Mode {
    Idle,
    Busy,
}

fn item(id: u32) -> Item {
    let mode = if id.is_multiple_of(3) { Mode::Busy } else { Mode::Idle };
    Item { id, label: format!("item {id}"), mode, idle: Duration::from_secs(u64::from(id)) }
}

fn store(count: u32) -> Arc<Mutex<Store>> {
    Arc::new(Mutex::new(Store {
        items: (0..count).map(item).collect(),
        by_name: (0..count.min(100)).map(|id| (format!("n{id:02}"), item(id))).collect(),
        by_mode: HashMap::from([(Mode::Busy, 7)]),
        numbers: vec![3, 1, u64::MAX, 2],
        tags: ["x", "y"].map(str::to_owned).into(),
        maybe: Some(vec![1, 2]),
    }))
}

fn asked(store: &Arc<Mutex<Store>>) -> (Manhole, Client) {
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(600))
    });
    let client = manhole.connect();
    (manhole, client)
}

#[test]
fn queries_return_their_results() {
    let (_manhole, mut client) = asked(&store(10));
    for (code, answer) in [
        ("store.items.filter(|x| x.id > 7).map(|x| x.id)", "[8, 9]"),
        ("store.items.map(|i, x| i * x.id).to_array()", "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]"),
        ("store.items.skip(8).map(|x| x.label)", "[\"item 8\", \"item 9\"]"),
        ("store.items.take(2).map(|x| x.label)", "[\"item 0\", \"item 1\"]"),
        ("store.items.filter(|x| x.id > 2).skip(1).take(2).map(|x| x.id)", "[4, 5]"),
        ("store.items.find(|x| x.label == \"item 4\").id", "4"),
        ("store.items.find(|x| x.id == 99)", "None"),
        ("store.items.any(|x| x.id == 3)", "true"),
        ("store.items.all(|x| x.id < 9)", "false"),
        ("store.items.count()", "10"),
        ("store.items.count(|x| x.mode == \"Busy\")", "4"),
        ("store.items.filter(|x| x.mode == \"Busy\").len()", "4"),
        ("store.items.sum(|x| x.id)", "45"),
        ("store.items.map(|x| x.idle).sum()", "45s"),
        ("store.items.map(|x| x.id * 0.5).sum()", "22.5"),
        ("store.items.max(|x| x.id)", "9"),
        ("store.items.min_by(|x| -x.id).label", "\"item 9\""),
        ("store.items.max_by(|x| x.idle).label", "\"item 9\""),
        ("store.items.filter(|x| false).max(|x| x.id)", "None"),
        ("store.numbers.max()", "18446744073709551615"),
        ("store.numbers.min()", "1"),
        ("store.numbers.sum()", "18446744073709551621"),
        ("store.numbers.sort()", "[1, 2, 3, 18446744073709551615]"),
        ("store.numbers.sort().reverse().take(2)", "[18446744073709551615, 3]"),
        ("store.items.sort_by(|x| -x.id).take(3).map(|x| x.id)", "[9, 8, 7]"),
        ("store.items.sort_by(|x| x.label).reverse().map(|x| x.id).take(2)", "[9, 8]"),
        ("store.items.sort_by(|x| x.mode).map(|x| x.id).take(5)", "[1, 2, 4, 5, 7]"),
        ("let g = store.items.group_by(|x| x.mode); g.Busy.count()", "4"),
        ("g.Busy.map(|x| x.id)", "[0, 3, 6, 9]"),
        ("g.Idle.sum(|x| x.id)", "27"),
        ("store.by_name.filter(|name, x| name > \"n07\").map(|x| x.id)", "[8, 9]"),
        (
            "store.by_name.find(|x| x.id == 3)",
            "\"n03\": Item { id: 3, label: \"item 3\", mode: Busy, idle: 3s }",
        ),
        ("store.by_name.keys().take(2)", "[\"n00\", \"n01\"]"),
        ("store.by_name.keys().len()", "10"),
        ("store.by_mode.keys()", "[Busy]"),
        ("store.by_mode.Busy", "7"),
        ("store.by_mode[\"Busy\"] + 1", "8"),
        ("\"Busy\" in store.by_mode", "true"),
        ("store.tags.sort()", "[\"x\", \"y\"]"),
        ("store.tags.filter(|x| x == \"y\")", "[\"y\"]"),
        ("store.maybe.map(|list| list.len())", "2"),
        ("store.maybe.unwrap().map(|x| x + 1)", "[2, 3]"),
        ("store.maybe.len()", "2"),
        ("store.items.filter(|x| x.id > 7)[1].id", "9"),
        ("store.items.filter(|x| x.id > 7).first().id", "8"),
        ("3 in store.items.map(|x| x.id)", "true"),
        ("let n = 0; for x in store.items.filter(|x| x.id % 2 == 0) { n += x.id } n", "20"),
        ("let limit = 7; store.items.count(|x| x.id > limit)", "2"),
        ("late = store.items.filter(|x| x.id > 8)", ""),
        ("late.map(|x| x.id)", "[9]"),
        ("[5, 1, 3].sum()", "9"),
        ("[5, 1, 3].take(2)", "[5, 1]"),
        ("[5, 1, 3].group_by(|x| x > 2)", "{false: [1], true: [5, 3]}"),
        ("store.items.filter(|x| x.id > 7).to_string().len() > 20", "true"),
        ("type_of(store.items.keys())", "\"Query\""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
}

#[test]
fn a_wrong_query_is_a_precise_error() {
    let (_manhole, mut client) = asked(&store(3));
    for (code, error) in [
        ("store.items.filter(3)", "`filter` takes a function"),
        ("store.items.take(-1)", "`take` takes a number of items, 0 or more"),
        (
            "store.items.filter(|x| x.id)",
            "the function must return true or false for each item: expected bool, found integer",
        ),
        ("store.items.filter(|x| x.idd > 1)", "Item has no field `idd`; did you mean `id`?"),
        ("store.filter(|x| true)", "cannot use store as a collection: its type is Store"),
        ("store.items.map(|x| x.label).sum()", "cannot sum the items: a string is among them"),
        ("store.items.sort_by(|x| x)", "cannot compare store.items[0]: it is a composite value"),
        ("store.items.filter(|x| x.id > 0)[9]", "there is no item 9"),
        ("store.items.filter(|| true)", "cannot call the closure with 1 argument: it has other parameters"),
        ("store && true", "expected bool, found application value"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    let answer = client.ask("store.items.map(|x| x.id).filter(|x| x.nothing)");
    assert!(answer.contains("column 40"), "the position is in the function: {answer}");
    for (code, column) in [("store.items.filter(|x| x.id)", 24), ("store.items.sort_by(|x| x)", 25)] {
        let answer = client.ask(code);
        assert!(answer.contains(&format!("line 1, column {column}\n")), "{answer}");
    }
    client.ask("let is_even = |x| x.id;");
    let answer = client.ask("store.items.filter(is_even)");
    assert!(answer.contains("column 19\n  | let is_even"), "the position is in an earlier command: {answer}");
}

#[test]
fn a_million_items_are_queried_without_a_copy() {
    // Without optimisation the script engine is ten times slower.
    let count: u32 = if cfg!(debug_assertions) { 120_000 } else { 1_000_000 };
    let store = store(count);
    let (_manhole, mut client) = asked(&store);
    assert_eq!(client.ask("store.items.filter(|x| x.id % 2 == 0).count()"), (count / 2).to_string());
    let last = format!("[{}, {}]", count - 1, count - 2);
    assert_eq!(client.ask("store.items.sort_by(|x| -x.id).take(2).map(|x| x.id)"), last);
    assert_eq!(
        client.first_line("store.items.sort_by(|x| x.id)"),
        "error: cannot sort more than 100000 items"
    );
    let more = if count == 1_000_000 { "999,980" } else { "119,980" };
    let answer = client.ask("store.items.filter(|x| x.id >= 0)");
    assert!(answer.ends_with(&format!("    … {more} more\n]")), "{answer}");
    assert!(client.ask(&format!("store.items.skip({})", count - 1)).contains(&format!("id: {}", count - 1)));
    let groups = client.ask("let g = store.items.group_by(|x| x.mode); [g.Busy.count(), g.Idle.count()]");
    assert_eq!(groups, format!("[{}, {}]", count.div_ceil(3), count - count.div_ceil(3)));
}

/// Its method takes `&self`, so that a search may call it.
#[derive(Inspect)]
struct Touch(#[manhole(skip)] Box<dyn Fn() + Send + Sync>);

#[manhole::methods]
impl Touch {
    pub fn touch(&self) {
        (self.0)();
    }
}

#[test]
fn no_lock_is_held_while_a_closure_runs() {
    let store = store(10);
    let counted = Arc::new(AtomicU32::new(0));
    let (inner, counter) = (Arc::clone(&store), Arc::clone(&counted));
    // It takes the lock itself, and would deadlock if the lock were held.
    let touch = Touch(Box::new(move || {
        inner.lock().items[0].id = 0;
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    let manhole = Manhole::new(manhole! { store => store, tool => Arc::new(touch) });
    let mut client = manhole.connect();
    client.ask("store.items.for_each(|x| tool.touch())");
    client.ask("store.items.filter(|x| { tool.touch(); true }).count()");
    client.ask("for x in store.items.map(|x| { tool.touch(); x }) {}");
    client.ask("store.items.map(|x| { tool.touch(); x })");
    client.ask("store.items.update(1, |x| 1)");
    assert_eq!(counted.load(Ordering::SeqCst), 40);
}

/// Removes items by methods that take `&self`, so that a search may call them.
#[derive(Inspect)]
struct Remover {
    #[manhole(skip)]
    store: Arc<Mutex<Store>>,
}

#[manhole::methods]
impl Remover {
    pub fn shrink(&self, left: usize) {
        let mut store = self.store.lock();
        store.items.truncate(left);
        store.by_name.retain(|_, item| (item.id as usize) < left);
    }

    pub fn empty(&self) -> bool {
        self.store.lock().maybe = None;
        true
    }
}

/// A store whose items a script's function removes in the middle of a query.
fn shrinking(count: u32) -> Manhole {
    let store = store(count);
    let filled = Arc::clone(&store);
    let remover = Arc::new(Remover { store: Arc::clone(&store) });
    let fill = move || {
        let mut store = filled.lock();
        store.items = (0..count).map(item).collect();
        store.by_name = (0..count.min(100)).map(|id| (format!("n{id:02}"), item(id))).collect();
        store.maybe = Some(vec![1; 5_000]);
    };
    let namespace = manhole! { store => store, app => remover, fill => fill };
    Manhole::with(namespace, |builder| builder.limits(|limits| limits.items = 20))
}

fn left_out(count: &str) -> String {
    format!("note: left out {count} that the application removed during the query\n")
}

#[test]
fn items_removed_during_a_query_are_left_out_and_counted() {
    let manhole = shrinking(5_000);
    let mut client = manhole.connect();
    assert_eq!(
        client.ask("store.items.count(|x| { if x.id == 5 { app.shrink(10) } x.id >= 0 })"),
        "note: store.items changed during the iteration, from 5000 items to 10\n".to_owned()
            + &left_out("6 items")
            + "10"
    );
    client.ask("fill()");
    // The first batch has 16 items, or 8 if they take long.
    let answer = client.ask("store.maybe.unwrap().count(|x| app.empty())");
    let note = "note: store.maybe changed during the iteration, from 5000 items to 0\n";
    assert!(matches!(answer.strip_prefix(note), Some("8" | "16")), "{answer}");
}

#[test]
fn every_stage_and_result_leaves_out_removed_items() {
    // The first batch has eight items at least.
    let manhole = shrinking(8);
    let mut client = manhole.connect();
    let first = "Item { id: 0, label: \"item 0\", mode: Busy, idle: 0s }";
    for (code, removed, answer) in [
        // The removal happens in the stage itself.
        (
            "store.items.filter(|x| { if x.id == 2 { app.shrink(4) } x.id < 9 }).map(|x| x.id)",
            4,
            "[0, 1, 2, 3]",
        ),
        ("store.items.map(|x| { if x.id == 2 { app.shrink(4) } x.id })", 4, "[0, 1, 2, 3]"),
        ("store.by_name.map(|k, x| { if x.id == 2 { app.shrink(4) } x.id })", 4, "[0, 1, 2, 3]"),
        (
            "store.by_name.sort_by(|k, x| { if x.id == 2 { app.shrink(4) } -x.id }).take(2).map(|x| x.id)",
            4,
            "[3, 2]",
        ),
        ("store.items.group_by(|x| { if x.id == 2 { app.shrink(4) } x.id }).len()", 4, "4"),
        ("store.items.all(|x| { if x.id == 2 { app.shrink(4) } x.id < 9 })", 4, "true"),
        ("store.items.any(|x| { if x.id == 2 { app.shrink(4) } x.id > 9 })", 4, "false"),
        ("store.items.find(|x| { if x.id == 2 { app.shrink(4) } x.id > 9 })", 4, "None"),
        (
            "let n = 0; store.items.for_each(|x| { if x.id == 2 { app.shrink(4) } n += 0 * x.id + 1 }); n",
            4,
            "4",
        ),
        ("store.items.max_by(|x| { if x.id == 2 { app.shrink(4) } x.id }).id", 4, "3"),
        ("store.items.min_by(|x| { if x.id == 2 { app.shrink(4) } -x.id }).id", 4, "3"),
        ("store.items.max(|x| { if x.id == 2 { app.shrink(4) } x.id })", 4, "3"),
        ("store.items.sum(|x| { if x.id == 2 { app.shrink(4) } x.id })", 4, "6"),
        (
            "store.by_name.keys().map(|k| { if k == \"n02\" { app.shrink(4) } store.by_name[k].id })",
            4,
            "[0, 1, 2, 3]",
        ),
        // The removal happens after the item has passed the stage.
        ("store.items.max_by(|x| { if x.id == 7 { app.shrink(4); 9 } else { x.id } }).id", 4, "3"),
        ("store.items.map(|x| { if x.id == 7 { app.shrink(4) } x.mode }).to_array().len()", 1, "7"),
        (
            "store.items.map(|x| { if x.id == 3 { app.shrink(3) } x.mode }).filter(|m| m == \"Busy\").len()",
            5,
            "1",
        ),
        ("3 in store.items.map(|x| { if x.id == 2 { app.shrink(4) } x.id })", 0, "true"),
        ("9 in store.items.map(|x| { if x.id == 2 { app.shrink(4) } x.id })", 4, "false"),
        (
            "store.items.map(|x| { if x.id == 2 { app.shrink(4) } x.mode }).sort()",
            4,
            "[Idle, Idle, Busy, Busy]",
        ),
        // The removal happens before the result is shown.
        ("store.items.map(|x| { if x.id == 7 { app.shrink(1) } x })", 7, &*format!("[{first}]")),
        ("store.items.filter(|x| { if x.id == 7 { app.shrink(1) } true })", 7, &*format!("[{first}]")),
        (
            "store.by_name.sort_by(|k, x| { if x.id == 7 { app.shrink(1) } k }).take(2)",
            1,
            &*format!("{{\"n00\": {first}}}"),
        ),
        (
            "store.items.map(|x| { if x.id == 7 { app.shrink(1) } [x.id, #{ item: x }] })",
            7,
            &*format!("[[0, {{\"item\": {first}}}]]"),
        ),
        (
            "store.items.map(|x| { if x.id == 7 { app.shrink(1) } [x] }).to_array()",
            7,
            &*format!("[[{first}]]"),
        ),
        ("store.items.group_by(|x| { if x.id == 7 { app.shrink(1) } 7 })", 7, &*format!("{{7: [{first}]}}")),
        ("json(store.items.filter(|x| { if x.id == 7 { app.shrink(0) } true }))", 8, "[]"),
        ("json(store.items.map(|x| { if x.id == 7 { app.shrink(0) } [x] }).to_array())", 8, "[]"),
        ("table(store.items.filter(|x| { if x.id == 7 { app.shrink(0) } true }))", 8, "empty"),
        ("tree(store.items.filter(|x| { if x.id == 7 { app.shrink(0) } true }))", 8, "[0]"),
        ("store.items.filter(|x| { if x.id == 7 { app.shrink(0) } true }).to_string()", 8, "\"[]\""),
    ] {
        client.ask("fill()");
        let note = match removed {
            0 => String::new(),
            1 => left_out("1 item"),
            count => left_out(&format!("{count} items")),
        };
        let shown = client.ask(code);
        let is_change = |line: &&str| line.starts_with("note: store.") && line.contains(" changed during ");
        let shown = shown.lines().filter(|line| !is_change(line)).collect::<Vec<_>>().join("\n");
        // What is printed precedes the note.
        let is_printed = ["json", "table", "tree"].iter().any(|name| code.starts_with(name));
        let expected = if is_printed { format!("{answer}\n{}", note.trim_end()) } else { note + answer };
        assert_eq!(shown, expected, "{code}");
    }
}

#[test]
fn an_error_about_another_place_is_not_taken_for_a_removed_item() {
    let manhole = shrinking(10);
    let mut client = manhole.connect();
    for (code, error) in [
        (
            "store.items.map(|x| store.items[x.id + 5].id)",
            "cannot reach store.items[10]: the list has 10 items",
        ),
        (
            "store.by_name.map(|k, x| store.by_name[k + \"!\"].id)",
            "cannot reach store.by_name[\"n00!\"]: the map has no key \"n00!\"",
        ),
        (
            "store.items.map(|x| x.mode.nothing)",
            "cannot reach store.items[0].mode[\"nothing\"]: this Mode is Busy, which has no field `nothing`",
        ),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
}

#[test]
fn a_query_over_items_that_change_all_the_time_never_fails() {
    let store = store(1);
    let (changed, stopped) = (Arc::clone(&store), Arc::new(AtomicU32::new(0)));
    let stop = Arc::clone(&stopped);
    let load = std::thread::spawn(move || {
        for round in 0_u32.. {
            if stop.load(Ordering::SeqCst) > 0 {
                return;
            }
            let mut store = changed.lock();
            for id in 0..20 {
                let name = format!("n{:02}", (round * 7 + id) % 100);
                if round % 2 == 0 {
                    store.by_name.remove(&name)
                } else {
                    store.by_name.insert(name, item(id))
                };
            }
        }
    });
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_secs(20))
    });
    let mut client = manhole.connect();
    for _ in 0..10 {
        for code in [
            "store.by_name.sort_by(|k, v| v.idle).take(2)",
            "store.by_name.filter(|k, v| v.id >= 0)",
            "store.by_name.map(|k, v| [k, v]).to_array()",
            "store.by_name.group_by(|k, v| v.mode)",
            "store.by_name.all(|k, v| v.id < 1000)",
        ] {
            let answer = client.ask(code);
            assert!(!answer.contains("error"), "{code}: {answer}");
            assert!(!answer.ends_with("false"), "{code}: {answer}");
        }
    }
    stopped.store(1, Ordering::SeqCst);
    load.join().unwrap();
}

#[test]
fn a_query_stops_on_ctrl_c() {
    let store = store(1_000_000);
    let (_manhole, mut client) = asked(&store);
    for question in [
        "loop { store.items.count(|x| x.id > 3) }",
        "store.items.filter(|x| { loop {} })",
        "store.items.sort_by(|x| { loop {} })",
        "store.items.group_by(|x| { loop {} })",
        "for x in store.items.map(|x| { loop {} }) {}",
        "loop { store.items.contains(\"nothing\") }",
    ] {
        client.send(format!("print(\"going\"); {question}\n"));
        client.until("going\n");
        // So that it has passed some items.
        std::thread::sleep(Duration::from_millis(50));
        client.send("\x03");
        let answer = client.prompt();
        let place = answer.strip_prefix("error: stopped: interrupted\n");
        // A loop may be stopped between two queries.
        let is_between = place == Some("") && question.starts_with("loop");
        let is_inside = place.is_some_and(|place| {
            place.starts_with("help: it stopped after ")
                && place.ends_with(" of 1,000,000 items of store.items\n")
        });
        assert!(is_inside || is_between, "{question}: {answer}");
    }
    assert_eq!(client.ask("1 + 1"), "2");
}

#[test]
fn a_stopped_query_shows_the_items_that_it_has() {
    let store = store(1_000);
    let (_manhole, mut client) = asked(&store);
    client.send("print(\"going\"); store.items.map(|x| { if x.id == 3 { loop {} } x.id })\n");
    client.until("going\n");
    std::thread::sleep(Duration::from_millis(300));
    client.send("\x03");
    let answer = client.prompt();
    let (shown, error) = answer.split_once("error: ").unwrap();
    assert!(shown.starts_with('[') && shown.contains("… stopped here"), "{answer}");
    assert!(shown.contains('1') && shown.contains('2') && !shown.contains('4'), "{answer}");
    assert!(
        error.contains("it stopped after ") && error.contains(" of 1,000 items of store.items"),
        "{answer}"
    );
}

#[test]
fn nested_queries_stop_before_the_stack_overflows() {
    let (_manhole, mut client) = asked(&store(3));
    client.ask("fn deeper() { for x in store.items.filter(|x| { deeper(); true }) { x.id; } }");
    let answer = client.first_line("deeper()");
    assert_eq!(answer, "error: cannot call the function: the calls of the script are nested too deeply");
    client.ask("fn counted() { store.items.count(|x| { counted() > 0 }) }");
    assert_eq!(
        client.first_line("counted()"),
        "error: cannot call the function: the calls of the script are nested too deeply"
    );
    assert_eq!(client.ask("1 + 1"), "2");
}
