//! Collections, nested as applications nest them, and enums.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::net::{IpAddr, Ipv4Addr};

use indexmap::IndexMap;
use manhole::Manhole;
use serde_json::json;
use smallvec::SmallVec;
use uuid::Uuid;

/// One field for each kind of collection.
#[derive(Manhole)]
pub(crate) struct Collections {
    some: Option<u8>,
    none: Option<String>,
    good: Result<u8, String>,
    bad: Result<u8, String>,
    pair: (u8, String),
    array: [u8; 3],
    vec: Vec<Item>,
    deque: VecDeque<u8>,
    list: LinkedList<u8>,
    heap: BinaryHeap<u8>,
    set: HashSet<String>,
    ordered: BTreeSet<u8>,
    by_name: HashMap<String, Item>,
    by_id: BTreeMap<u32, Item>,
    by_letter: BTreeMap<char, u8>,
    by_flag: BTreeMap<bool, u8>,
    by_host: HashMap<IpAddr, u8>,
    by_uuid: HashMap<Uuid, u8>,
    by_color: BTreeMap<Color, u8>,
    in_order: IndexMap<String, u8>,
    few: SmallVec<[u8; 4]>,
    boxed: Vec<Option<Box<Item>>>,
    nested: BTreeMap<String, Vec<HashMap<String, Option<Item>>>>,
    json: serde_json::Value,
    mode: Mode,
    modes: Vec<Mode>,
}

/// An item.
#[derive(Manhole)]
pub(crate) struct Item {
    /// Numbered from 1.
    id: u32,
    /// Its name.
    name: String,
}

/// A map key.
#[derive(Manhole, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
pub(crate) enum Color {
    Red,
    Green,
}

/// An enum with all kinds of variants.
#[derive(Manhole)]
pub(crate) enum Mode {
    /// No activity.
    Idle,
    /// Work.
    Busy {
        /// The job's number.
        job: u32,
    },
    /// A failure, with its reason.
    Failed(String, u8),
}

fn item(id: u32, name: &str) -> Item {
    Item { id, name: name.to_owned() }
}

/// Returns a collection of each kind, with items.
pub(crate) fn some() -> Collections {
    Collections {
        some: Some(1),
        none: None,
        good: Ok(1),
        bad: Err("no luck".to_owned()),
        pair: (1, "one".to_owned()),
        array: [1, 2, 3],
        vec: vec![item(1, "anvil"), item(2, "bellows"), item(3, "crucible")],
        deque: [1, 2, 3].into(),
        list: [1, 2, 3].into(),
        heap: [1, 3, 2].into(),
        set: ["a".to_owned()].into(),
        ordered: [1, 2, 3].into(),
        by_name: [("anvil".to_owned(), item(1, "anvil"))].into(),
        by_id: [(42, item(42, "answer"))].into(),
        by_letter: [('a', 1)].into(),
        by_flag: [(true, 1)].into(),
        by_host: [(Ipv4Addr::LOCALHOST.into(), 1)].into(),
        by_uuid: [(Uuid::from_u128(7), 1)].into(),
        by_color: [(Color::Red, 1), (Color::Green, 2)].into(),
        in_order: [("z".to_owned(), 1), ("a".to_owned(), 2)].into(),
        few: SmallVec::from_slice(&[1, 2, 3]),
        boxed: vec![None, Some(Box::new(item(1, "anvil")))],
        nested: [("a".to_owned(), vec![[("b".to_owned(), Some(item(2, "bellows")))].into()])].into(),
        json: json!({"retries": 3, "hosts": ["a", {"port": 80}]}),
        mode: Mode::Busy { job: 3 },
        modes: vec![Mode::Idle, Mode::Failed("tired".to_owned(), 1)],
    }
}
