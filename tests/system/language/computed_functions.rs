//! Functions that are computed from copies of fields have the values and errors that the script engine gives.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use manhole::manhole;
use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::Manhole;

#[derive(manhole::Manhole, Clone, Copy, PartialEq)]
enum Mode {
    Idle,
    Busy,
    Failed { code: i32 },
}

#[derive(manhole::Manhole)]
struct Inner {
    depth: u16,
}

/// A field of each kind that functions often read.
#[derive(manhole::Manhole)]
struct Item {
    id: u32,
    small: u8,
    signed: i64,
    wide: u64,
    huge: u128,
    price: f64,
    single: f32,
    label: String,
    path: PathBuf,
    address: IpAddr,
    flag: bool,
    letter: char,
    idle: Duration,
    hits: AtomicU32,
    mode: Mode,
    maybe: Option<u32>,
    note: Option<String>,
    inner: Inner,
    locked: Mutex<u32>,
    tags: Vec<u32>,
    #[manhole(secret)]
    #[expect(dead_code, reason = "no function may read it")]
    token: String,
}

fn item(id: u32) -> Item {
    let even = id.is_multiple_of(2);
    Item {
        id,
        small: if even { 250 } else { 3 },
        signed: if even { -5 } else { i64::MAX },
        wide: if even { u64::MAX } else { 7 },
        huge: if even { u128::MAX } else { 7 },
        price: if even { 1.5 } else { f64::NAN },
        single: 0.1,
        label: if even { "Ärger".to_owned() } else { " anvil ".to_owned() },
        path: PathBuf::from("/var/log"),
        address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, if even { 9 } else { 10 })),
        flag: even,
        letter: 'a',
        idle: Duration::from_secs(u64::from(id) * 100),
        hits: AtomicU32::new(id),
        mode: [Mode::Idle, Mode::Busy, Mode::Failed { code: 3 }][id as usize % 3],
        maybe: even.then_some(id),
        note: (!even).then(|| "late".to_owned()),
        inner: Inner { depth: 9 },
        locked: Mutex::new(id),
        tags: vec![id],
        token: String::new(),
    }
}

const LEAVES: &[&str] = &[
    "x.id",
    "x.small",
    "x.signed",
    "x.wide",
    "x.huge",
    "x.price",
    "x.single",
    "x.label",
    "x.path",
    "x.address",
    "x.flag",
    "x.letter",
    "x.idle",
    "x.hits",
    "x.mode",
    "x.maybe",
    "x.note",
    "x.inner.depth",
    "x.inner",
    "x.locked",
    "x.tags",
    "x.token",
    "x.missing",
    "x",
    "0",
    "3",
    "-1",
    "300",
    "9223372036854775807",
    "1.5",
    "0.1",
    "true",
    "\"late\"",
    "\"Idle\"",
    "\"Idel\"",
    "\"10.0.0.9\"",
    "'a'",
    "None",
    "5m",
    "Duration::from_secs(200)",
    "captured",
    "changed",
    "key",
    "i",
];

const OPERATORS: &[&str] = &["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||", "&", "^"];

const METHODS: &[&str] = &[
    "len()",
    "to_lowercase()",
    "to_uppercase()",
    "trim()",
    "is_some()",
    "is_none()",
    "is_empty()",
    "clone()",
];

const TESTS: &[&str] = &["starts_with", "ends_with", "contains"];

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(LEAVES).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            6 => (inner.clone(), prop::sample::select(OPERATORS), inner.clone())
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            2 => (inner.clone(), prop::sample::select(METHODS)).prop_map(|(a, method)| format!("{a}.{method}")),
            1 => (inner.clone(), prop::sample::select(TESTS), inner.clone())
                .prop_map(|(a, test, b)| format!("{a}.{test}({b})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

/// Expressions that a computed function could get wrong.
const BODIES: &[&str] = &[
    "x.id > 7",
    "x.id <= 7",
    "x.id != 7",
    "x.id == -1",
    "x.small == 300",
    "x.small + 10",
    "x.small - 10",
    "x.signed + 1",
    "x.wide % 2 == 1",
    "x.wide + 1",
    "x.huge > 3",
    "x.id / 0",
    "x.id + x.small",
    "x.price > 1",
    "x.price * 2",
    "x.price == x.price",
    "x.single * 3.0",
    "x.single + 0.1",
    "x.single == 0.1",
    "x.id > x.small && x.flag",
    "x.flag || x.missing",
    "!x.flag",
    "x.label.len()",
    "x.label.len() == 5",
    "x.label.to_lowercase().contains(\"är\")",
    "x.label.trim() == \"anvil\"",
    "x.label.starts_with(' ')",
    "x.label > \"B\"",
    "x.path.starts_with(\"/va\")",
    "x.path == \"/var/log\"",
    "x.address < \"10.0.0.10\"",
    "x.letter == 'a'",
    "x.idle > 5m",
    "x.idle == Duration::from_secs(200)",
    "x.idle > \"5m\"",
    "x.idle > 3",
    "x.hits % 2 == 0",
    "x.mode == \"Idle\"",
    "x.mode == \"Idel\"",
    "x.mode == Mode::Busy",
    "x.maybe.is_some()",
    "x.maybe.is_none()",
    "x.maybe == None",
    "x.maybe > 3",
    "x.maybe",
    "x.note == \"late\"",
    "x.inner.depth + 1",
    "x.inner == 9",
    "x.locked > 3",
    "x.tags == [3]",
    "x.tags.len()",
    "x.token == \"\"",
    "x.id == captured",
    "x.id >= changed",
    "key",
    "key > \"k02\"",
    "i",
    "i % 3 == 0",
];

/// Where a function is called.
const CALLS: &[(&str, &str)] = &[
    ("items.filter(|x| ", ").map(|x| x.id)"),
    ("items.map(|x| ", ")"),
    ("items.map(|x| ", ").sum()"),
    ("items.skip(3).sort_by_key(|x| ", ").map(|x| x.id)"),
    ("items.group_by(|x| ", ").map(|g| g.len())"),
    ("items.max_by_key(|x| ", ").id"),
    ("items.any(|x| ", ")"),
    ("items.find(|x| ", ").id"),
    ("items.filter(|x| ", ").count()"),
    ("items.filter(|x| x.flag).filter(|x| ", ").map(|x| x.id)"),
    ("items.map(|i, x| ", ")"),
    ("map.filter(|x| ", ").keys()"),
    ("map.filter(|(key, x)| ", ").keys()"),
    ("map.filter(|key, x| ", ").keys()"),
    ("map.map(|(key, x)| ", ")"),
    ("[1, 2, 3].map(|x| ", ")"),
];

/// Returns what differs if the script engine runs the functions with these bodies.
fn differences(bodies: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let items: Vec<_> = (0..40).map(item).collect();
    let map: BTreeMap<String, Item> = (0..40).map(|id| (format!("k{id:02}"), item(id))).collect();
    let manhole =
        Manhole::new(manhole! { items => Arc::new(Mutex::new(items)), map => Arc::new(Mutex::new(map)) });
    let mut client = manhole.connect();
    client.ask("set(\"items\", 100);");
    client.ask("let captured = 7; let changed = 1; changed += 1;");
    let mut differences = Vec::new();
    for body in bodies {
        let body = body.as_ref();
        for (before, after) in CALLS {
            let computed = client.ask(&format!("{before}{body}{after}"));
            // A block of two statements is left to the engine.
            let run = client.ask(&format!("{before}{{ let it = {body}; it }}{after}"));
            let without_position = |answer: &str| match answer.starts_with("error") {
                true => answer.lines().next().unwrap_or_default().to_owned(),
                false => answer.to_owned(),
            };
            if without_position(&computed) != without_position(&run) {
                differences.push(format!("{before}{body}{after}: {computed} instead of {run}"));
            }
        }
    }
    differences
}

#[test]
fn a_computed_function_does_what_the_engine_does() {
    assert_eq!(differences(BODIES), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_computed_function_does_what_the_engine_does(bodies in vec(expressions(), 12)) {
        prop_assert_eq!(differences(bodies), Vec::<String>::new());
    }
}
