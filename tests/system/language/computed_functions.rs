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
    let even = id % 2 == 0;
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
            1 => inner.clone().prop_map(|a| format!("!{a}")),
            1 => inner.prop_map(|a| format!("-{a}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_computed_function_has_the_values_and_errors_of_the_engine(bodies in vec(expressions(), 12)) {
        let items: Vec<_> = (0..40).map(item).collect();
        let map: BTreeMap<String, Item> = (0..40).map(|id| (format!("k{id:02}"), item(id))).collect();
        let manhole = Manhole::new(manhole! { items => Arc::new(Mutex::new(items)), map => Arc::new(Mutex::new(map)) });
        let mut client = manhole.connect();
        client.ask("set(\"items\", 100);");
        client.ask("let captured = 7; let changed = 1; changed += 1;");
        for body in &bodies {
            for (before, after) in [
                ("items.filter(|x| ", ").map(|x| x.id)"),
                ("items.map(|x| ", ")"),
                ("items.map(|x| ", ").sum()"),
                ("items.skip(3).sort_by_key(|x| ", ").map(|x| x.id)"),
                ("items.group_by(|x| ", ").map(|g| g.len())"),
                ("items.any(|x| ", ")"),
                ("map.filter(|x| ", ").keys()"),
                ("map.filter(|(key, x)| ", ").keys()"),
                ("map.filter(|key, x| ", ").keys()"),
                ("items.map(|i, x| ", ")"),
                ("[1, 2, 3].map(|x| ", ")"),
            ] {
                // A block of two statements is left to the engine.
                let computed = client.ask(&format!("{before}{body}{after}"));
                let run = client.ask(&format!("{before}{{ let it = {body}; it }}{after}"));
                let first_line = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
                let is_error = run.starts_with("error");
                let (computed, run) =
                    if is_error { (first_line(&computed), first_line(&run)) } else { (computed, run) };
                prop_assert_eq!(computed, run, "{}{}{}", before, body, after);
            }
        }
    }
}
