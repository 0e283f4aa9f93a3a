//! Collections of other crates, seen by their items: `items`, `keys(…)` and `values(…)`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use manhole::{Manhole as Inspect, manhole};
use slab::Slab;
use slotmap::{DefaultKey, SlotMap};

use crate::support::Manhole;

#[derive(Inspect)]
struct Job {
    id: u32,
    done: AtomicU32,
}

#[manhole::methods]
impl Job {
    pub fn finish(&self) -> u32 {
        self.done.fetch_add(1, Ordering::SeqCst) + 1
    }
}

fn job(id: u32) -> Job {
    Job { id, done: AtomicU32::new(0) }
}

/// A type without `Manhole`.
#[derive(Debug)]
struct Foreign {
    port: u16,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {}", self.port)
    }
}

/// A set whose iterator yields values, and does not know how many.
struct Bits(u64);

impl IntoIterator for &Bits {
    type Item = u32;
    type IntoIter = Box<dyn Iterator<Item = u32>>;

    fn into_iter(self) -> Self::IntoIter {
        let bits = self.0;
        Box::new((0..64).filter(move |bit| bits >> bit & 1 == 1))
    }
}

/// A cache whose iterator yields owned pairs.
struct Cache(Vec<(&'static str, u8)>);

impl IntoIterator for &Cache {
    type Item = (Arc<str>, u8);
    type IntoIter = std::vec::IntoIter<(Arc<str>, u8)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (Arc::from(*key), *value)).collect::<Vec<_>>().into_iter()
    }
}

fn port(foreign: &Foreign) -> u16 {
    foreign.port
}

fn zeros(key: &u32) -> u32 {
    key.leading_zeros()
}

/// A key without `Manhole`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair(u32, u32);

#[derive(Inspect)]
struct Service {
    #[manhole(items)]
    jobs: Slab<Job>,
    #[manhole(items)]
    by_name: hashbrown::HashMap<String, Job>,
    #[manhole(keys(debug))]
    slots: SlotMap<DefaultKey, Job>,
    #[manhole(items)]
    bits: Bits,
    #[manhole(items)]
    cache: Cache,
    #[manhole(values(debug))]
    peers: HashMap<String, Foreign>,
    #[manhole(values(display))]
    list: Vec<Foreign>,
    #[manhole(values(get = port))]
    ports: BTreeMap<u32, Foreign>,
    #[manhole(keys(get = zeros), values(opaque))]
    handlers: BTreeMap<u32, fn(&str) -> usize>,
    #[manhole(keys(debug))]
    by_pair: BTreeMap<Pair, u64>,
    #[manhole(opaque)]
    handler: Box<dyn Fn(&Foreign) -> bool + Send>,
}

fn service() -> Service {
    let foreign = |port| Foreign { port };
    Service {
        jobs: [(3, job(30)), (7, job(70))].into_iter().collect(),
        by_name: [("a".to_owned(), job(1))].into_iter().collect(),
        slots: {
            let mut slots = SlotMap::new();
            slots.insert(job(5));
            slots
        },
        bits: Bits(0b1001),
        cache: Cache(vec![("x", 1), ("y", 2)]),
        peers: [("p".to_owned(), foreign(80))].into(),
        list: vec![foreign(1), foreign(2)],
        ports: [(4, foreign(443)), (5, foreign(80))].into(),
        handlers: [(1, str::len as fn(&str) -> usize), (32, str::len)].into(),
        by_pair: [(Pair(1, 2), 3), (Pair(2, 1), 4), (Pair(9, 9), 5)].into(),
        handler: Box::new(|foreign| foreign.port > 0),
    }
}

#[test]
fn collections_of_other_crates_are_seen_by_their_items() {
    let service = Arc::new(Mutex::new(service()));
    let manhole = Manhole::new(manhole! { service => service });
    let mut client = manhole.connect();
    assert!((service.lock().unwrap().handler)(&Foreign { port: 1 }));
    for (code, answer) in [
        ("service.jobs", "{3: Job { id: 30, done: 0 }, 7: Job { id: 70, done: 0 }}"),
        ("service.jobs.len()", "2"),
        ("service.jobs[7].id", "70"),
        ("service.jobs[7].done = 4; service.jobs[7].done", "4"),
        ("service.jobs[3].finish()", "1"),
        ("service.jobs.keys()", "[3, 7]"),
        ("service.jobs.values().map(|job| job.id).sum()", "100"),
        ("service.jobs.filter(|job| job.id > 50).count()", "1"),
        ("service.jobs.contains_key(3)", "true"),
        ("service.jobs[3].id = 40; service.jobs[3].id += 2; service.jobs[3].id", "42"),
        ("service.jobs[3].id = 30", ""),
        ("service.slots[\"DefaultKey(1v1)\"].id = 6; service.slots.values().map(|job| job.id).sum()", "6"),
        ("let n = 0; for job in service.jobs { n += job.id } n", "100"),
        ("service.by_name[\"a\"].id", "1"),
        ("service.by_name.a.done += 1; service.by_name.a.done", "1"),
        ("service.slots[\"DefaultKey(1v1)\"].id", "6"),
        ("service.bits", "[0, 3]"),
        ("service.bits[1]", "3"),
        ("service.bits.len()", "2"),
        ("service.cache", "{\"x\": 1, \"y\": 2}"),
        ("service.cache.y", "2"),
        ("service.peers", "{\"p\": Foreign { port: 80 }}"),
        ("service.peers.keys()", "[\"p\"]"),
        ("service.list[1]", "port 2"),
        ("service.list.len()", "2"),
        ("service.ports", "{4: 443, 5: 80}"),
        ("service.ports[4] + 1", "444"),
        ("service.ports.filter(|port| port > 100).count()", "1"),
        ("service.handlers", "{31: fn(&str) -> usize, 26: fn(&str) -> usize}"),
        // A key is what it is shown as, also to remove an item.
        ("service.handlers.remove(31); service.handlers", "{26: fn(&str) -> usize}"),
        ("service.by_pair", "{Pair(1, 2): 3, Pair(2, 1): 4, Pair(9, 9): 5}"),
        (
            "service.by_pair.remove(\"Pair(2, 1)\"); service.by_pair.keys()",
            "[\"Pair(1, 2)\", \"Pair(9, 9)\"]",
        ),
        ("service.by_pair.retain(|n| n > 3); service.by_pair", "{Pair(9, 9): 5}"),
        ("service.by_pair.clear(); service.by_pair.len()", "0"),
        ("service.peers.remove(\"p\"); service.peers.len()", "0"),
        ("service.list.pop(); service.list", "[port 1]"),
        ("service.ports.retain(|port| port > 100); service.ports", "{4: 443}"),
        ("service.list.clear(); service.list", "[]"),
        ("service.handler", "Box<dyn Fn(&Foreign) -> bool + Send>"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    for (code, error) in [
        ("service.jobs[4].id", "error: cannot reach service.jobs[4]: the map has no key 4"),
        (
            "service.jobs.remove(3)",
            "error: cannot write service.jobs: cannot add or remove items: their number is fixed",
        ),
        (
            "service.ports[4] = 4",
            "error: cannot change service.ports[4]: no lock above this u16 gives exclusive access",
        ),
        ("service.bits[2]", "error: cannot reach service.bits[2]: the list has 2 items"),
    ] {
        assert_eq!(client.first_line(code), error, "{code}");
    }
}

/// A map that counts the iterations over it.
#[derive(Default)]
struct Counted {
    jobs: BTreeMap<u32, Job>,
    passes: AtomicU32,
}

impl Counted {
    fn job(&self, id: u32) -> Option<&Job> {
        assert!(id < 100, "no such id");
        self.jobs.get(&id)
    }
}

impl<'a> IntoIterator for &'a Counted {
    type Item = (&'a u32, &'a Job);
    type IntoIter = std::collections::btree_map::Iter<'a, u32, Job>;

    fn into_iter(self) -> Self::IntoIter {
        self.passes.fetch_add(1, Ordering::SeqCst);
        self.jobs.iter()
    }
}

#[derive(Inspect)]
struct Lookups {
    #[manhole(items(get = Counted::job))]
    counted: Counted,
    #[manhole(items(get = Slab::get))]
    slab: Slab<Job>,
    #[manhole(items(get = Slab::get), values(debug))]
    behind: Arc<Mutex<Slab<Foreign>>>,
}

#[test]
fn a_named_function_finds_an_item_by_its_key() {
    let lookups = Arc::new(Mutex::new(Lookups {
        counted: Counted { jobs: [(7, job(70)), (200, job(2))].into(), passes: AtomicU32::new(0) },
        slab: [(3, job(30))].into_iter().collect(),
        behind: Arc::new(Mutex::new([(4, Foreign { port: 80 })].into_iter().collect())),
    }));
    let manhole = Manhole::new(manhole! { lookups => lookups });
    let mut client = manhole.connect();
    assert_eq!(client.ask("[lookups.counted[7].id, lookups.counted[\"7\"].id]"), "[70, 70]");
    assert!(client.first_line("lookups.counted[8].id").ends_with("the map has no key 8"));
    assert_eq!(lookups.lock().unwrap().counted.passes.load(Ordering::SeqCst), 0);
    for (code, answer) in [
        ("lookups.counted[200].id", "2"),
        ("lookups.counted", "{7: Job { id: 70, done: 0 }, 200: Job { id: 2, done: 0 }}"),
        ("lookups.slab[3].id = 31; lookups.slab[3].id", "31"),
        ("lookups.behind[4]", "Foreign { port: 80 }"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let manhole = Manhole::with(manhole! { lookups => lookups }, |builder| builder.allow_calls(false));
    assert_eq!(manhole.connect().ask("lookups.counted[7].id"), "70");
    assert!(lookups.lock().unwrap().counted.passes.load(Ordering::SeqCst) > 0);
}

mod foreign {
    #[derive(Debug)]
    pub struct Peer {
        pub port: u16,
        pub tags: Vec<String>,
        weight: u32,
    }

    impl Peer {
        pub fn new(port: u16) -> Self {
            Self { port, tags: vec!["a".to_owned()], weight: 7 }
        }

        pub fn weight(&self) -> u32 {
            self.weight
        }

        pub fn set_weight(&mut self, weight: u32) {
            self.weight = weight;
        }
    }

    /// The state of a peer.
    pub enum State {
        Idle,
        Busy { job: u64, note: String },
        Failed(Error, String),
        Gone,
    }

    pub struct Error(pub u8);
}

/// A peer, as the library keeps it.
#[derive(Inspect)]
#[manhole(remote = foreign::Peer)]
struct PeerFields {
    /// Where it listens.
    port: u16,
    tags: Vec<String>,
    #[manhole(get = foreign::Peer::weight, set = foreign::Peer::set_weight)]
    weight: u32,
}

/// The state of a peer, as the library keeps it.
#[derive(Inspect)]
#[manhole(remote = foreign::State)]
enum StateVariants {
    /// Waits for work.
    Idle,
    Busy {
        job: u64,
        #[manhole(secret)]
        note: String,
    },
    Failed(#[manhole(get = code)] foreign::Error, #[manhole(readonly)] String),
}

fn code(error: &foreign::Error) -> u8 {
    error.0
}

#[derive(Inspect)]
struct States {
    #[manhole(remote = StateVariants)]
    own: foreign::State,
    #[manhole(values(remote = StateVariants))]
    by_name: BTreeMap<String, foreign::State>,
}

#[test]
fn a_local_description_shows_an_enum_of_another_crate() {
    use foreign::State;

    let states = Arc::new(Mutex::new(States {
        own: State::Busy { job: 7, note: "hidden".to_owned() },
        by_name: [
            ("a".to_owned(), State::Failed(foreign::Error(3), "late".to_owned())),
            ("b".to_owned(), State::Idle),
            ("c".to_owned(), State::Gone),
        ]
        .into(),
    }));
    let manhole = Manhole::new(manhole! { states => states });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("states.own", "Busy { job: 7, note: <secret> }"),
        ("states.own.variant()", "\"Busy\""),
        ("states.own.job += 1; states.own.job", "8"),
        ("states.by_name.a", "Failed(3, \"late\")"),
        ("states.by_name.a[0] + 1", "4"),
        ("states.by_name.b", "Idle"),
        ("states.by_name.c", "_"),
        ("states.by_name.filter(|state| state.variant() == \"Idle\").keys()", "[\"b\"]"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    for (code, error) in [
        ("states.own.note = \"x\"", "error: cannot read or write states.own.note: it is secret"),
        (
            "states.by_name.a[1] = \"x\"",
            "error: cannot write states.by_name[\"a\"][1]: the field `1` of State is read-only",
        ),
        ("states.own = \"Idle\"", "error: cannot write states.own: cannot construct State from the console"),
    ] {
        assert_eq!(client.first_line(code), error, "{code}");
    }
    assert!(client.ask("help(states.own)").contains("Waits for work."));
    assert!(matches!(&states.lock().unwrap().own, State::Busy { job: 8, note } if note == "hidden"));
}

#[derive(Inspect)]
struct Network {
    #[manhole(remote = PeerFields)]
    own: foreign::Peer,
    #[manhole(values(remote = PeerFields))]
    peers: HashMap<String, foreign::Peer>,
    #[manhole(values(remote = PeerFields))]
    list: Vec<foreign::Peer>,
}

#[test]
fn a_local_description_shows_a_type_of_another_crate() {
    let network = Arc::new(Mutex::new(Network {
        own: foreign::Peer::new(1),
        peers: [("a".to_owned(), foreign::Peer::new(2))].into(),
        list: vec![foreign::Peer::new(3)],
    }));
    let manhole = Manhole::new(manhole! { network => network });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("network.own", "Peer { port: 1, tags: [\"a\"], weight: 7 }"),
        ("network.own.port = 80; network.own.port", "80"),
        ("network.own.tags.push(\"b\"); network.own.tags.len()", "2"),
        ("network.own.weight = 8; network.own.weight", "8"),
        ("network.peers", "{\"a\": Peer { port: 2, tags: [\"a\"], weight: 7 }}"),
        ("network.peers.a.port += 10; network.peers.a.weight = 1; network.peers.a.port", "12"),
        ("network.peers.filter(|peer| peer.weight == 1).keys()", "[\"a\"]"),
        ("network.list[0].weight *= 2; network.list[0].weight", "14"),
        ("network.list.remove(0); network.list.len()", "0"),
        ("network.peers.remove(\"a\"); network.peers.len()", "0"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert!(client.ask("help(network.own)").contains("Where it listens."));
}

/// A type whose `Debug` reveals a secret.
#[derive(Inspect, Debug)]
struct Account {
    #[manhole(secret)]
    token: String,
}

#[derive(Inspect)]
struct Shared {
    #[manhole(values(debug))]
    accounts: Vec<Account>,
    #[manhole(items)]
    jobs: Arc<Mutex<Slab<Job>>>,
    #[manhole(values(debug))]
    peers: Arc<tokio::sync::RwLock<HashMap<String, Foreign>>>,
    #[manhole(values(remote = PeerFields))]
    list: parking_lot::RwLock<Vec<foreign::Peer>>,
}

#[test]
fn a_collection_behind_locks_is_seen_by_its_items() {
    let shared = Arc::new(Shared {
        accounts: vec![Account { token: "hidden".to_owned() }],
        jobs: Arc::new(Mutex::new([(3, job(30))].into_iter().collect())),
        peers: Arc::new(tokio::sync::RwLock::new([("p".to_owned(), Foreign { port: 80 })].into())),
        list: parking_lot::RwLock::new(vec![foreign::Peer::new(1)]),
    });
    assert!(format!("{:?}", shared.accounts).contains(&shared.accounts[0].token));
    let jobs = Arc::clone(&shared.jobs);
    let manhole = Manhole::with(manhole! { state => shared }, |builder| {
        builder.limits(|limits| limits.lock_wait = std::time::Duration::from_millis(20))
    });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("state.jobs[3].id += 1; state.jobs[3].id", "31"),
        ("state.jobs.filter(|job| job.id > 30).count()", "1"),
        ("state.jobs[3].finish()", "1"),
        ("state.accounts", "[<secret>]"),
        ("state.peers.p", "Foreign { port: 80 }"),
        ("state.peers.remove(\"p\"); state.peers.len()", "0"),
        (
            "state.list[0].port = 5; state.list[0].weight = 6; state.list",
            "[Peer { port: 5, tags: [\"a\"], weight: 6 }]",
        ),
        ("state.list.clear(); state.list.len()", "0"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let held = jobs.lock().unwrap();
    assert_eq!(
        client.first_line("state.jobs.len()"),
        "error: cannot lock state.jobs: the application holds the lock"
    );
    assert!(client.ask("state").contains("jobs: <locked>"));
    drop(held);
    assert_eq!(client.ask("state.jobs.len()"), "1");
}
