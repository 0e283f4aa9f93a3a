//! Each value of the application is typed as it is shown: structs, enums, maps, sets, nested.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;
use proptest::collection;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{Client, Manhole};

/// An enum with all kinds of variants.
#[derive(Inspect, Debug, Clone, PartialEq, Default)]
enum Mode {
    #[default]
    Idle,
    Busy {
        job: u32,
        since: Option<Duration>,
    },
    Failed(String, u8),
    Nested(Box<Config>),
    At(Meters),
}

#[derive(Inspect, Debug, Clone, PartialEq, Default)]
struct Config {
    limit: Option<u64>,
    name: String,
    ratio: f64,
    size: (u8, i8),
    color: Color,
    nothing: (),
}

#[derive(Inspect, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meters(i64);

#[derive(Inspect, Debug, Clone, PartialEq, Default)]
struct Marker;

#[derive(Inspect, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
enum Color {
    #[default]
    Red,
    Green,
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![Just(Color::Red), Just(Color::Green)]
}

fn config() -> impl Strategy<Value = Config> {
    (any::<Option<u64>>(), text(), float(), any::<(u8, i8)>(), color())
        .prop_map(|(limit, name, ratio, size, color)| Config { limit, name, ratio, size, color, nothing: () })
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Idle),
        (any::<u32>(), any::<Option<Duration>>()).prop_map(|(job, since)| Mode::Busy { job, since }),
        (text(), any::<u8>()).prop_map(|(why, code)| Mode::Failed(why, code)),
        config().prop_map(|config| Mode::Nested(config.into())),
        any::<i64>().prop_map(|length| Mode::At(Meters(length))),
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    (any::<Option<i64>>(), text(), collection::vec(any::<bool>(), 0..5)).prop_map(
        |(number, name, flags)| serde_json::json!({ "number": number, "name": name, "flags": flags }),
    )
}

/// Declares the state: each type with a strategy.
macro_rules! shapes {
    ($($field:ident: $ty:ty = $strategy:expr;)*) => {
        /// Each type once.
        #[derive(Inspect, Debug, Clone, PartialEq, Default)]
        struct Shapes {
            $($field: $ty,)*
        }

        /// Returns a strategy for all fields. Tuples of strategies have too few elements.
        fn any_shapes() -> impl Strategy<Value = Shapes> {
            let strategy = Just(Shapes::default()).boxed();
            $(let strategy =
                (strategy, $strategy).prop_map(|(shapes, $field)| Shapes { $field, ..shapes }).boxed();)*
            strategy
        }

        const FIELDS: &[&str] = &[$(stringify!($field),)*];
    };
}

shapes! {
    byte_array: [u8; 3] = any::<[u8; 3]>();
    byte_list: Vec<u8> = any::<Vec<u8>>();
    range: Range<u16> = any::<Range<u16>>();
    mode: Mode = mode();
    modes: Vec<Mode> = collection::vec(mode(), 0..4);
    maybe: Option<Mode> = proptest::option::of(mode());
    config: Config = config();
    by_name: BTreeMap<String, Config> = collection::btree_map(text(), config(), 0..4);
    by_number: HashMap<u16, Vec<Mode>> = collection::hash_map(any::<u16>(), collection::vec(mode(), 0..3), 0..4);
    by_color: BTreeMap<Color, u8> = collection::btree_map(color(), any::<u8>(), 0..3);
    by_letter: BTreeMap<char, bool> = collection::btree_map(any::<char>(), any::<bool>(), 0..4);
    by_pair: BTreeMap<(u8, String), f32> = collection::btree_map((any::<u8>(), text()), -1.0_f32..1.0, 0..4);
    by_meters: BTreeMap<Meters, Duration> = collection::btree_map(any::<i64>().prop_map(Meters), any::<Duration>(), 0..4);
    by_host: HashMap<IpAddr, Option<u8>> = collection::hash_map(any::<IpAddr>(), any::<Option<u8>>(), 0..4);
    in_order: IndexMap<String, u8> = collection::vec((text(), any::<u8>()), 0..4).prop_map(IndexMap::from_iter);
    names: BTreeSet<String> = collection::btree_set(text(), 0..4);
    colors: HashSet<Color> = collection::hash_set(color(), 0..3);
    deque: VecDeque<i8> = collection::vec_deque(any::<i8>(), 0..4);
    json: serde_json::Value = json();
    marker: Marker = Just(Marker);
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn float() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("a number", |float| !float.is_nan())
}

type State = Arc<Mutex<Shapes>>;

/// Returns the answer to a command of several lines, without the prompts between them.
fn ask(client: &mut Client, command: &str) -> String {
    client.ask(command).trim_start_matches("... ").to_owned()
}

fn check(client: &mut Client, a: &State, b: &State, shapes: &Shapes) -> Result<(), TestCaseError> {
    *a.lock() = shapes.clone();
    *b.lock() = Shapes::default();
    for field in FIELDS {
        let shown = client.ask(&format!("a.{field}"));
        prop_assert_eq!(ask(client, &format!("b.{field} = {shown}")), "", "{} = {}", field, shown);
        // A session's own value is shown in a way that can be typed, too.
        let own = ask(client, &format!("let own = {shown}; own"));
        prop_assert_eq!(ask(client, &format!("b.{field} = {own}")), "", "{} = {}, {}", field, own, shown);
    }
    prop_assert_eq!(&*b.lock(), shapes);
    Ok(())
}

#[test]
fn every_value_is_typed_as_it_is_shown() {
    let (a, b) = (State::default(), State::default());
    let manhole = Manhole::new(manhole! { a => a, b => b });
    let cases = if cfg!(debug_assertions) { 32 } else { 256 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let run = |shapes| check(&mut manhole.connect(), &a, &b, &shapes);
    TestRunner::new(config).run(&any_shapes(), run).unwrap();
}
