//! Reads and writes of live state, by every kind of root.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use manhole::{Computed, Manhole as Inspect, computed, manhole};

use crate::support::Manhole;

/// One field of each kind.
#[derive(Inspect)]
struct Gizmo {
    /// A counter.
    count: u64,
    level: u8,
    ratio: f64,
    name: String,
    #[manhole(readonly)]
    id: u32,
    #[manhole(secret)]
    #[expect(dead_code, reason = "must stay unseen")]
    token: String,
    #[manhole(skip)]
    #[expect(dead_code, reason = "must stay unseen")]
    scratch: Vec<std::cell::Cell<u8>>,
    config: Config,
    last_error: Option<String>,
    items: Vec<Config>,
    by_name: HashMap<String, Config>,
    by_number: BTreeMap<u16, VecDeque<char>>,
    mode: Mode,
    #[manhole(rename = "kind")]
    r#type: u8,
}

#[derive(Inspect, Clone, Default)]
struct Config {
    limit: u32,
    verbose: bool,
}

#[derive(Inspect)]
enum Mode {
    Idle,
    Busy { job: u32 },
    Failed(String),
}

#[manhole::methods]
impl Gizmo {
    /// Sets the counter back and returns what it was.
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }

    pub fn rename(&mut self, name: &str) -> Result<usize, String> {
        if name.is_empty() {
            return Err("a gizmo needs a name".to_owned());
        }
        self.name = name.to_owned();
        Ok(self.name.len())
    }

    pub fn sum(&self, extra: i64, more: u8) -> i64 {
        self.count.cast_signed() + extra + i64::from(more)
    }

    pub fn copy(&self) -> Config {
        self.config.clone()
    }

    #[expect(dead_code, reason = "not exposed")]
    fn hidden(&self) {}
}

fn gizmo() -> Gizmo {
    Gizmo {
        count: 42,
        level: 3,
        ratio: 0.5,
        name: "gizmo".to_owned(),
        id: 7,
        token: "hunter2".to_owned(),
        scratch: Vec::new(),
        config: Config { limit: 100, verbose: false },
        last_error: None,
        items: vec![Config::default(), Config { limit: 5, verbose: true }],
        by_name: HashMap::from([("a".to_owned(), Config::default())]),
        by_number: BTreeMap::from([(4, VecDeque::from(['x', 'y']))]),
        mode: Mode::Busy { job: 3 },
        r#type: 9,
    }
}

type Shared = Arc<parking_lot::Mutex<Gizmo>>;

fn served() -> (Shared, Manhole) {
    let gizmo = Arc::new(parking_lot::Mutex::new(gizmo()));
    let manhole = Manhole::new(manhole! { gizmo => gizmo });
    (gizmo, manhole)
}

#[test]
fn reads_see_the_current_value() {
    let (gizmo, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("gizmo.count"), "42");
    gizmo.lock().count = u64::MAX;
    assert_eq!(client.ask("gizmo.count"), "18446744073709551615");
    assert_eq!(client.ask("let g = gizmo; g.config.limit"), "100");
    gizmo.lock().config.limit = 101;
    assert_eq!(client.ask("g.config.limit"), "101", "a handle is not a copy");
}

#[test]
fn values_are_shown_in_rust_syntax() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    for (code, shown) in [
        ("gizmo.ratio", "0.5"),
        ("gizmo.name", "\"gizmo\""),
        ("gizmo.config", "Config { limit: 100, verbose: false }"),
        ("gizmo.last_error", "None"),
        ("gizmo.token", "<secret>"),
        ("gizmo.kind", "9"),
        ("gizmo.mode", "Busy { job: 3 }"),
        ("gizmo.mode.job", "3"),
        ("gizmo.items[1].limit", "5"),
        ("gizmo.items[-1].verbose", "true"),
        ("gizmo.items.len", "2"),
        ("gizmo.by_name[\"a\"]", "Config { limit: 0, verbose: false }"),
        ("gizmo.by_name.a.limit", "0"),
        ("gizmo.by_number[4]", "['x', 'y']"),
        ("gizmo.by_number[4][0]", "'x'"),
        ("type_of(gizmo)", "\"Gizmo\""),
        ("gizmo.items.type_of()", "\"Vec<Config>\""),
        ("type_of(gizmo.name)", "\"String\""),
        ("[gizmo.config, gizmo.count]", "[Config { limit: 100, verbose: false }, 42]"),
    ] {
        let code = if code.ends_with(".len") { format!("{code}()") } else { code.to_owned() };
        assert_eq!(client.ask(&code), shown, "{code}");
    }
    let whole = client.ask("gizmo");
    assert!(whole.starts_with("Gizmo {\n    count: 42,\n"), "{whole}");
    assert!(whole.contains("\n    token: <secret>,\n"), "{whole}");
    assert!(whole.contains("\n    by_number: {4: ['x', 'y']},\n"), "{whole}");
    assert!(!whole.contains("hunter2") && !whole.contains("scratch"), "{whole}");
}

#[test]
fn writes_are_visible_immediately() {
    let (gizmo, manhole) = served();
    let mut client = manhole.connect();
    for code in [
        "gizmo.count = 18446744073709551615",
        "gizmo.level += 4",
        "gizmo.ratio = 2",
        "gizmo.name = \"other\"",
        "gizmo.config.limit = 7",
        "gizmo.last_error = \"late\"",
        "gizmo.items[0].limit = 1",
        "gizmo.by_name.a.verbose = true",
        "gizmo.by_number[4][1] = 'z'",
        "gizmo.mode.job = 8",
        "gizmo[\"kind\"] = 1",
    ] {
        assert_eq!(client.ask(code), "", "{code}");
    }
    let state = gizmo.lock();
    assert_eq!((state.count, state.level, state.config.limit, state.r#type), (u64::MAX, 7, 7, 1));
    assert_eq!((state.name.as_str(), state.last_error.as_deref()), ("other", Some("late")));
    assert!((state.ratio - 2.0).abs() < f64::EPSILON);
    assert!(state.by_name["a"].verbose && state.items[0].limit == 1);
    assert_eq!(state.by_number[&4], ['x', 'z']);
    assert!(matches!(state.mode, Mode::Busy { job: 8 }));
    drop(state);
    assert_eq!(client.ask("gizmo.last_error = None"), "");
    assert_eq!(client.ask("gizmo.mode = \"Idle\""), "");
    assert!(gizmo.lock().last_error.is_none());
    assert!(matches!(gizmo.lock().mode, Mode::Idle));
}

#[test]
fn a_refused_write_gives_the_reason_and_changes_nothing() {
    let (gizmo, manhole) = served();
    let mut client = manhole.connect();
    for (code, error) in [
        ("gizmo.level = 300", "cannot write gizmo.level: 300 does not fit into u8 (0 to 255)"),
        ("gizmo.level = -1", "cannot write gizmo.level: -1 does not fit into u8 (0 to 255)"),
        ("gizmo.level += 253", "cannot write gizmo.level: 256 does not fit into u8 (0 to 255)"),
        ("gizmo.count = \"many\"", "cannot write gizmo.count: u64 takes an integer, not the string \"many\""),
        ("gizmo.name = 5", "cannot write gizmo.name: String takes a string, not the integer 5"),
        ("gizmo.count = 0.5", "cannot write gizmo.count: u64 takes an integer, not the float 0.5"),
        ("gizmo.id = 8", "cannot write gizmo.id: the field `id` of Gizmo is read-only"),
        ("gizmo.token = \"x\"", "cannot read or write gizmo.token: it is secret"),
        (
            "gizmo.config = 5",
            "cannot write gizmo.config: Config takes Config { limit: …, verbose: … }, not the integer 5",
        ),
        ("gizmo.cuont = 5", "Gizmo has no field `cuont`; did you mean `count`?"),
        ("gizmo.items[9].limit = 1", "cannot reach gizmo.items[9]: the list has 2 items"),
        ("gizmo.by_name[\"b\"].limit = 1", "cannot reach gizmo.by_name[\"b\"]: the map has no key \"b\""),
        ("gizmo.mode.jobs = 1", "cannot reach gizmo.mode.jobs: this Mode is Busy, which has no field `jobs`"),
        ("gizmo.last_error.x = 1", "() has no field `x`"),
        ("gizmo = 5", "cannot replace `gizmo`: it belongs to the application"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    let state = gizmo.lock();
    assert_eq!((state.count, state.level, state.id), (42, 3, 7));
    assert_eq!((state.name.as_str(), state.config.limit), ("gizmo", 100));
}

#[test]
fn an_unknown_field_error_lists_the_fields() {
    let (_gizmo, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(
        client.ask("gizmo.cuont"),
        "error: Gizmo has no field `cuont`; did you mean `count`?\n \
         --> line 1, column 7\n  | gizmo.cuont\n  |       ^\n\
         help: Gizmo has: count, level, ratio, name, id, token, config, last_error, items, by_name, by_number, mode, kind"
    );
    assert_eq!(client.first_line("gizmo.config.zzz"), "error: Config has no field `zzz`");
    assert_eq!(client.first_line("gizmo.count.zzz"), "error: integer has no field `zzz`");
}

#[test]
fn method_arguments_are_checked() {
    let (gizmo, manhole) = served();
    let mut client = manhole.connect();
    assert_eq!(client.ask("gizmo.sum(1, 2)"), "45");
    assert_eq!(client.ask("gizmo.reset()"), "42");
    assert_eq!(gizmo.lock().count, 0);
    assert_eq!(client.ask("gizmo.rename(\"new\")"), "3");
    assert_eq!(gizmo.lock().name, "new");
    assert_eq!(client.ask("gizmo.copy().limit"), "100");
    for (code, error) in [
        ("gizmo.rename(\"\")", "gizmo.rename: a gizmo needs a name"),
        ("gizmo.sum(1, 300)", "cannot call gizmo.sum: argument 2: 300 does not fit into u8 (0 to 255)"),
        ("gizmo.sum(1)", "cannot call gizmo.sum: expected 2 arguments, found 1"),
        ("gizmo.config.reset()", "Config has no method `reset`"),
        ("gizmo.hidden()", "Gizmo has no method `hidden`"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    assert!(client.ask("gizmo.sum(1)").contains("help: call it: sum(extra: i64, more: u8) -> i64"));
}

static LAZY: LazyLock<std::sync::Mutex<Config>> = LazyLock::new(|| std::sync::Mutex::new(Config::default()));
static ONCE: OnceLock<std::sync::RwLock<Config>> = OnceLock::new();
static ATOMIC: AtomicI32 = AtomicI32::new(-5);

#[test]
fn every_kind_of_root() {
    let std_mutex = Arc::new(std::sync::Mutex::new(Config::default()));
    let std_rwlock = Arc::new(std::sync::RwLock::new(Config::default()));
    let rwlock = Arc::new(parking_lot::RwLock::new(Config::default()));
    let new_mutex = Arc::new(parking_lot_013::Mutex::new(Config::default()));
    let new_rwlock = Arc::new(parking_lot_013::RwLock::new(Config::default()));
    let plain_arc = Arc::new(Config::default());
    let cloned = Config { limit: 9, verbose: true };
    let manhole = Manhole::new(manhole! {
        std_mutex => std_mutex,
        std_rwlock => &std_rwlock,
        rwlock => rwlock,
        new_mutex => new_mutex,
        new_rwlock => new_rwlock,
        plain_arc => plain_arc,
        lazy => LAZY,
        once => &ONCE,
        atomic => ATOMIC,
        cloned => cloned,
        moved => parking_lot::Mutex::new(Config { limit: 8, verbose: false }),
        number => 5_u8,
    });
    let mut client = manhole.connect();
    for name in ["std_mutex", "std_rwlock", "rwlock", "new_mutex", "new_rwlock", "moved"] {
        assert_eq!(client.ask(&format!("{name}.limit = 11; {name}.limit")), "11", "{name}");
    }
    assert_eq!(new_rwlock.read().limit, 11);
    assert_eq!(std_rwlock.read().unwrap().limit, 11);
    for name in ["plain_arc", "cloned"] {
        let error =
            format!("error: cannot change {name}.limit: no lock above this u32 gives exclusive access");
        assert_eq!(client.first_line(&format!("{name}.limit = 1")), error);
    }
    assert_eq!(client.ask("cloned"), "Config { limit: 9, verbose: true }");
    assert_eq!(client.first_line("lazy.limit"), "error: lazy is not initialized yet");
    drop(LAZY.lock());
    assert_eq!(client.ask("lazy.limit = 4; lazy"), "Config { limit: 4, verbose: false }");
    assert_eq!(client.first_line("once.limit"), "error: once is not set yet");
    ONCE.set(std::sync::RwLock::new(Config::default())).ok();
    assert_eq!(client.ask("once.limit"), "0");
    assert_eq!(client.ask("number + 1"), "6");
    assert_eq!(client.ask("atomic"), "-5");
    assert_eq!(client.ask("atomic = 6; atomic += 1; atomic * 2"), "14");
    assert_eq!(ATOMIC.load(Ordering::SeqCst), 7);
    assert_eq!(
        client.first_line("number = 6"),
        "error: cannot change number: no lock above this u8 gives exclusive access"
    );
    assert_eq!(client.ask("{ let number = 1; number + 1 }"), "2", "a variable hides a root");
}

#[test]
fn errors_in_rewritten_assignments_have_the_right_column() {
    let level = Arc::new(AtomicU64::new(0));
    let manhole = Manhole::new(manhole! { volume => level });
    let answer = manhole.ask("volume = 1; volume = \"x\" + missing");
    assert!(
        answer.contains(
            "column 28\n  | volume = 1; volume = \"x\" + missing\n  |                            ^"
        ),
        "{answer}"
    );
    let answer = manhole.ask("volume = -1");
    assert!(answer.contains("cannot write volume: -1 does not fit into u64"), "{answer}");
    assert!(answer.contains("column 1\n  | volume = -1\n  | ^"), "{answer}");
}

#[test]
fn the_macro_takes_braces_parentheses_and_brackets() {
    let n = Arc::new(AtomicU64::new(1));
    for namespace in [manhole! { n => n }, manhole!(n => n), manhole![n => n,], manhole! {}] {
        assert!(namespace.names().count() <= 1);
    }
}

#[derive(Inspect)]
struct Gauge {
    level: Computed<u32>,
}

#[test]
fn a_computed_value_is_read_when_it_is_looked_at() {
    let count = Arc::new(AtomicU32::new(0));
    let (root, field) = (Arc::clone(&count), Arc::clone(&count));
    let manhole = Manhole::new(manhole! {
        /// How often.
        count => computed(move || root.load(Ordering::SeqCst)),
        all => Gauge { level: computed(move || field.load(Ordering::SeqCst)) },
        list => computed(|| vec![1_u8, 2, 3]),
        broken => computed(|| -> u8 { panic!("not today") }),
    });
    let mut client = manhole.connect();
    count.store(7, Ordering::SeqCst);
    for (code, answer) in [
        ("count", "7"),
        ("count + 1", "8"),
        ("all", "Gauge { level: 7 }"),
        ("all.level * 2", "14"),
        ("list[1]", "2"),
        ("list.len()", "3"),
        ("list.filter(|n| n > 1)", "[2, 3]"),
        ("json(all)", "{\n  \"level\": 7\n}"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(client.first_line("broken"), "error: the application's code panicked: not today");
    assert!(client.ask("tree(count)").contains('7'));
    assert!(client.ask(r#"help("count")"#).contains("How often."));
    for code in ["count = 1", "all.level = 1", "list.push(4)"] {
        assert!(client.first_line(code).starts_with("error: cannot "), "{code}: {}", client.first_line(code));
    }
    assert_eq!(count.load(Ordering::SeqCst), 7);
}
