//! Fields of items that a query copies in batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use manhole::reflect::{Owner, Visit};
use manhole::{Access, Level, Manhole as Inspect, Remote, manhole};
use parking_lot::Mutex;

use crate::support::Manhole;

#[derive(Inspect, Default)]
struct Item {
    id: u64,
    name: String,
    hits: AtomicU64,
    inner: Inner,
    locked: Mutex<u64>,
    note: Option<String>,
    #[manhole(admin)]
    price: u64,
    #[manhole(secret)]
    #[expect(dead_code, reason = "the console must not read it")]
    token: String,
}

#[derive(Inspect, Default)]
struct Inner {
    weight: u64,
}

#[manhole::methods]
impl Item {
    /// Counts a hit.
    pub(crate) fn hit(&self) -> u64 {
        self.hits.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[derive(Inspect, Default)]
struct Store {
    items: Vec<Item>,
}

const ITEMS: u64 = 4_000;

fn store() -> Store {
    let item = |id| Item {
        id,
        name: format!("item {}", id % 7),
        inner: Inner { weight: id % 10 },
        locked: Mutex::new(id % 3),
        note: (id % 2 == 0).then(|| "even".to_owned()),
        price: 7,
        token: "x".to_owned(),
        ..Item::default()
    };
    Store { items: (0..ITEMS).map(item).collect() }
}

/// Sends each visit to the thread that owns the store, and counts it.
struct Mailbox {
    sender: Sender<Visit>,
    visits: Arc<AtomicU64>,
}

impl Owner for Mailbox {
    fn push(&self, visit: Visit) -> Option<u64> {
        let number = self.visits.fetch_add(1, Ordering::Relaxed);
        self.sender.send(visit).ok().map(|()| number)
    }

    fn withdraw(&self, _number: u64) -> bool {
        false
    }
}

#[test]
fn a_query_of_an_owner_takes_a_visit_for_many_items() {
    let (sender, receiver) = mpsc::channel::<Visit>();
    thread::spawn(move || {
        let mut store = store();
        for visit in receiver {
            visit(&mut store);
        }
    });
    let visits = Arc::new(AtomicU64::new(0));
    let mailbox = Mailbox { sender, visits: Arc::clone(&visits) };
    let manhole = Manhole::new(manhole! { store => Remote::<Store>::new(mailbox) });
    let mut client = manhole.connect();
    for (query, answer) in [
        ("store.items.filter(|x| x.id % 2 == 0).count()", "2000"),
        ("store.items.count(|x| x.name == \"item 3\" && x.inner.weight < 5)", "286"),
        ("store.items.map(|x| x.inner.weight).sum()", "18000"),
        ("store.items.count(|i, x| i == x.id)", "4000"),
        ("store.items.group_by(|x| x.id % 2).map(|g| g.len()).to_vec()", "[2000, 2000]"),
    ] {
        let before = visits.load(Ordering::Relaxed);
        assert_eq!(client.ask(query), answer, "{query}");
        let visits = visits.load(Ordering::Relaxed) - before;
        assert!(visits < ITEMS / 2, "{visits} visits for {query}");
    }
}

#[test]
fn a_query_sees_what_it_has_changed() {
    let manhole = Manhole::new(manhole! { store => Arc::new(Mutex::new(store())) });
    let mut client = manhole.connect();
    let count = |client: &mut crate::support::Client, query: &str| client.ask(query);
    assert_eq!(count(&mut client, "store.items.count(|x| x.hits == 0)"), "4000");
    assert_eq!(
        count(&mut client, "store.items.map(|x| { x.hit(); x }).filter(|x| x.hits == 1).count()"),
        "4000"
    );
    assert_eq!(
        count(&mut client, "store.items.map(|x| { x.hits += 1; x.hits }).filter(|n| n == 2).count()"),
        "4000"
    );
    assert_eq!(
        count(
            &mut client,
            "store.items.filter(|x| x.hits == 2).map(|x| { x.hit(); x }).filter(|x| x.hits == 3).count()"
        ),
        "4000"
    );
    assert_eq!(
        count(&mut client, "let n = 0; for x in store.items { x.hits = 0; if x.hits == 0 { n += 1 } } n"),
        "4000"
    );
}

#[test]
fn a_function_of_a_query_sees_what_it_has_changed() {
    let manhole = Manhole::new(manhole! { store => Arc::new(Mutex::new(store())) });
    let mut client = manhole.connect();
    for (query, answer) in [
        (
            "store.items.map(|x| { let old = x.note; x.note.take(); [old, x.note] }).count(|n| n[1] == None)",
            "4000",
        ),
        ("store.items.map(|x| { x.name += \"!\"; x.name }).count(|n| n.ends_with(\"!\"))", "4000"),
        (
            "store.items.map(|x| { let old = x.name; x.name.push('?'); x.name }).count(|n| n.ends_with(\"?\"))",
            "4000",
        ),
        ("store.items.map(|x| { let old = x.name; x.name.clear(); x.name }).count(|n| n == \"\")", "4000"),
        ("store.items.map(|x| { x.inner.weight += 1; x.inner.weight }).sum()", "22000"),
        ("store.items.map(|x| { let old = x.id; mem::replace(x.id, 7); x.id }).sum()", "28000"),
    ] {
        assert_eq!(client.ask(query), answer, "{query}");
    }
}

#[test]
fn an_item_that_a_query_returns_is_live() {
    let store = Arc::new(Mutex::new(store()));
    let manhole = Manhole::new(manhole! { store => Arc::clone(&store) });
    let mut client = manhole.connect();
    assert_eq!(
        client.ask("let kept = store.items.filter(|x| x.hits == 0).map(|x| x).skip(3000).first(); kept.hits"),
        "0"
    );
    assert_eq!(
        client.ask("let all = store.items.filter(|x| x.hits == 0).map(|x| [x, x.hits]).take(1000).to_vec(); all.len()"),
        "1000"
    );
    for item in &store.lock().items {
        item.hits.store(9, Ordering::Relaxed);
    }
    assert_eq!(client.ask("kept.hits"), "9");
    assert_eq!(client.ask("all[900][0].hits"), "9");
    assert_eq!(client.ask("all[900][1]"), "0");
}

#[test]
fn copied_fields_are_those_that_the_session_may_see() {
    let store = Arc::new(Mutex::new(store()));
    let manhole = Manhole::with(manhole! { store => store }, |builder| {
        builder.access(Access::default().max_level(Level::Observe))
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("store.items.count(|x| x.locked == 1)"), "1333");
    assert_eq!(client.ask("store.items.count(|x| x.note == None)"), "2000");
    assert_eq!(client.ask("store.items.count(|x| x.note == \"even\")"), "2000");
    assert!(
        client.ask("store.items.count(|x| x.id < 100 || x.price == 7)").contains("it takes the level admin")
    );
    let answer = client.ask("store.items.count(|x| x.id < 100 || x.token == \"x\")");
    assert!(answer.starts_with("error") || answer == "100", "{answer}");
}
