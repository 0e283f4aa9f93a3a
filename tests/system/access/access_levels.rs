//! Access levels: each level, each kind of access, by each access path.
//!
//! The matrix is generated: accesses × access paths × levels.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use manhole::{Access, Level, Manhole as Inspect, Namespace, manhole};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::serve_modes::{MODES, Mode, Served};

#[derive(Inspect)]
struct Gizmo {
    open: u64,
    other: u64,
    #[manhole(admin)]
    key: u64,
    inner: Inner,
    items: Vec<u64>,
    things: Vec<Inner>,
    things_by_name: BTreeMap<String, Inner>,
    kinds: VecDeque<Kind>,
    by_name: BTreeMap<String, u64>,
    maybe: Option<Inner>,
    cell: AtomicU64,
    #[manhole(secret)]
    secret: String,
}

#[derive(Inspect)]
struct Inner {
    open: u64,
    #[manhole(admin)]
    key: u64,
}

#[derive(Inspect)]
enum Kind {
    Open(u64),
    Key(#[manhole(admin)] u64),
}

#[manhole::methods]
impl Gizmo {
    #[manhole(observe)]
    pub fn look(&self) -> u64 {
        self.open
    }

    #[manhole(observe)]
    pub fn look_closely(&mut self) -> u64 {
        self.open
    }

    pub fn touch(&mut self) -> u64 {
        self.open += 1;
        self.open
    }

    pub fn touch_shared(&self) -> u64 {
        self.cell.fetch_add(1, Ordering::SeqCst)
    }

    #[manhole(admin)]
    pub fn wreck(&mut self) -> u64 {
        self.open = 0;
        self.open
    }
}

/// The level that each access needs, and its expression.
const ACCESSES: &[(Level, &str)] = &[
    (Level::Observe, "gizmo.open"),
    (Level::Observe, "gizmo.inner.open"),
    (Level::Observe, "gizmo.items[0]"),
    (Level::Observe, "gizmo.things[0].open"),
    (Level::Observe, "gizmo.by_name.a"),
    (Level::Observe, "gizmo.maybe.open"),
    (Level::Observe, "gizmo.cell"),
    (Level::Observe, "counter"),
    (Level::Observe, "gizmo.look()"),
    (Level::Observe, "gizmo.look_closely()"),
    (Level::Observe, "seen()"),
    (Level::Observe, "gizmo.items.sum()"),
    (Level::Observe, "gizmo.snapshot()"),
    (Level::Observe, "gizmo.things.map(|thing| thing.open).sum()"),
    (Level::Operate, "gizmo.open = 1"),
    (Level::Operate, "gizmo.open += 1"),
    (Level::Operate, "gizmo.inner.open = 1"),
    (Level::Operate, "gizmo.items[0] = 1"),
    (Level::Operate, "gizmo.things[0].open = 1"),
    (Level::Operate, "gizmo.by_name.a = 1"),
    (Level::Operate, "gizmo.maybe.open = 1"),
    (Level::Operate, "gizmo.cell = 1"),
    (Level::Operate, "counter = 1"),
    (Level::Operate, "counter += 1"),
    (Level::Operate, "gizmo.items = [1, 2]"),
    (Level::Operate, "gizmo.items.push(1)"),
    (Level::Operate, "gizmo.items.insert(0, 1)"),
    (Level::Operate, "gizmo.items.remove(0)"),
    (Level::Operate, "gizmo.items.truncate(9)"),
    (Level::Operate, "gizmo.by_name.insert(\"b\", 1)"),
    (Level::Operate, "gizmo.by_name.remove(\"b\")"),
    (Level::Operate, "gizmo.kinds.truncate(0)"),
    (Level::Operate, "gizmo.things_by_name.remove(\"b\")"),
    (Level::Operate, "gizmo.update(\"open\", |n| n + 1)"),
    (Level::Operate, "gizmo.touch()"),
    (Level::Operate, "gizmo.touch_shared()"),
    (Level::Operate, "done()"),
    (Level::Admin, "gizmo.key"),
    (Level::Admin, "gizmo.key = 1"),
    (Level::Admin, "gizmo.key += 1"),
    (Level::Admin, "gizmo.inner.key"),
    (Level::Admin, "gizmo.inner.key = 1"),
    (Level::Admin, "gizmo.things[0].key"),
    (Level::Admin, "gizmo.maybe.key"),
    (Level::Admin, "gizmo.inner = #{ open: 1, key: 1 }"),
    (Level::Admin, "gizmo.things = [#{ open: 1, key: 1 }]"),
    (Level::Admin, "gizmo.things.push(#{ open: 1, key: 1 })"),
    (Level::Admin, "gizmo.things.insert(0, #{ open: 1, key: 1 })"),
    (Level::Admin, "gizmo.things_by_name.insert(\"a\", #{ open: 1, key: 1 })"),
    (Level::Admin, "gizmo.things_by_name[\"a\"] = #{ open: 1, key: 1 }"),
    (Level::Admin, "gizmo.kinds.push(#{ Key: 1 })"),
    (Level::Admin, "gizmo.kinds.push(#{ Open: 1 })"),
    (Level::Admin, "gizmo.update(\"key\", |n| n + 1)"),
    (Level::Admin, "gizmo.things.map(|thing| thing.key).sum()"),
    (Level::Admin, "gizmo.wreck()"),
    (Level::Admin, "vault.open"),
    (Level::Admin, "vault"),
    (Level::Admin, "vault.open = 1"),
    (Level::Admin, "number"),
    (Level::Admin, "number = 1"),
    (Level::Admin, "break_everything()"),
];

/// Lists the access paths, each with the commands that perform the access.
fn ways(access: &str) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("directly", vec![access.to_owned()]),
        ("in a block", vec![format!("if true {{ {access} }}")]),
        ("in a function", vec![format!("fn f() {{ {access} }}"), "f()".to_owned()]),
        ("in a closure", vec![format!("let f = || {{ {access} }}; f.call()")]),
        ("in a closure over items", vec![format!("gizmo.items.take(1).for_each(|item| {{ {access} }})")]),
        ("in a callback of an array", vec![format!("[1].map(|item| {{ {access} }})")]),
        ("in an update", vec![format!("gizmo.update(\"other\", |n| {{ {access}; n }})")]),
        ("in a run-book", vec!["import \"book\" as book;".to_owned(), "book::run()".to_owned()]),
        ("in a try", vec![format!("try {{ {access} }} catch (e) {{ throw e }}")]),
    ]
}

/// Lists the JSON-RPC requests that perform the same access: its code by each method that runs code, and the specific
/// method if there is one.
fn requests(access: &str) -> Vec<(&'static str, Json)> {
    let mut requests = vec![
        ("eval", json!({ "code": access })),
        ("eval", json!({ "code": access, "format": "value" })),
        ("eval", json!({ "code": format!("let f = || {{ {access} }}; f.call()"), "format": "text" })),
    ];
    let is_path = |text: &str| text.chars().all(|char| char.is_alphanumeric() || "_.[]".contains(char));
    if is_path(access) {
        requests.push(("inspect", json!({ "path": access })));
    }
    if let Some((path, value)) = access.split_once(" = ")
        && let Ok(value) = value.parse::<u64>()
    {
        requests.push(("set", json!({ "path": path, "value": value })));
    }
    if let Some(called) = access.strip_suffix("()") {
        match called.rsplit_once('.') {
            Some((_, "sum" | "snapshot")) => {}
            Some((path, method)) if is_path(path) => {
                requests.push(("call", json!({ "path": path, "method": method })));
            }
            Some(_) => {}
            None => requests.push(("call", json!({ "path": called }))),
        }
    }
    requests
}

#[test]
fn levels_apply_to_json_rpc() {
    let mut count = 0;
    for mode in MODES {
        for level in Level::ALL {
            let world = World::new(mode, level, "");
            let mut client = crate::support::Client::connect(&world.served.path);
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"info\"}\n");
            client.until(">>> \n");
            for (needed, access) in ACCESSES {
                for (method, params) in requests(access) {
                    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
                    client.send(format!("{request}\n"));
                    let answer: Json = serde_json::from_str(&client.until("\n")).unwrap();
                    let allowed = answer["error"]["code"] != -32_004;
                    let what =
                        format!("{mode:?}, {level}: {request} takes {needed}, and is answered with {answer}");
                    assert_eq!(allowed, level >= *needed, "{what}");
                    assert!(!allowed || answer.get("result").is_some(), "{what}");
                    count += 1;
                }
            }
            // A watch is evaluated at its session's level.
            for (needed, access) in ACCESSES.iter().filter(|(needed, _)| *needed == Level::Admin).take(5) {
                let params = json!({ "code": access, "interval_ms": 10 });
                let request = json!({ "jsonrpc": "2.0", "method": "watch", "params": params });
                client.send(format!("{request}\n"));
                let seen: Json = serde_json::from_str(&client.until("\n")).unwrap();
                assert_eq!(seen["params"]["error"]["code"] != -32_004, level >= *needed, "{access}: {seen}");
                let watch = json!({ "watch": seen["params"]["watch"] });
                let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "unwatch", "params": watch });
                client.send(format!("{request}\n"));
                while !client.until("\n").contains("\"id\":1") {}
            }
            if level < Level::Admin {
                let gizmo = world.gizmo.lock();
                assert_eq!((gizmo.key, gizmo.inner.key, gizmo.things[0].key), (7, 7, 7), "{level}");
                assert_eq!((gizmo.things.len(), gizmo.things_by_name["a"].key), (1, 7), "{level}");
            }
            if level < Level::Operate {
                let gizmo = world.gizmo.lock();
                assert_eq!((gizmo.open, gizmo.items.len(), gizmo.cell.load(Ordering::SeqCst)), (1, 3, 1));
            }
        }
    }
    assert!(count > 9 * 3 * ACCESSES.len(), "{count}");
}

struct World {
    gizmo: Arc<Mutex<Gizmo>>,
    scripts: TempDir,
    served: Served,
}

impl World {
    fn new(mode: Mode, level: Level, startup: &'static str) -> Self {
        let inner = || Inner { open: 1, key: 7 };
        let gizmo = Arc::new(Mutex::new(Gizmo {
            open: 1,
            other: 1,
            key: 7,
            inner: inner(),
            items: vec![1, 2, 3],
            things: vec![inner()],
            things_by_name: [("a".to_owned(), inner())].into(),
            kinds: [Kind::Open(1), Kind::Key(7)].into(),
            by_name: [("a".to_owned(), 1)].into(),
            maybe: Some(inner()),
            cell: AtomicU64::new(1),
            secret: "correct horse".to_owned(),
        }));
        assert_eq!(gizmo.lock().secret.len(), 13);
        let counter = Arc::new(AtomicU64::new(1));
        let (vault, number) = (Arc::new(Mutex::new(inner())), Arc::new(AtomicU64::new(1)));
        let namespace = manhole! {
            gizmo => gizmo,
            counter => counter,
            #[manhole(admin)]
            vault => vault,
            #[manhole(admin)]
            number => number,
            #[manhole(observe)]
            seen => || 1_u8,
            done => || 1_u8,
            #[manhole(admin)]
            break_everything => || 1_u8,
        };
        let scripts = tempfile::tempdir().unwrap();
        let served = Served::start(mode, namespace, |builder| {
            let access = Access::from_fn(move |_| Some(level));
            let builder = builder.access(access).scripts_dir(scripts.path());
            if startup.is_empty() { builder } else { builder.startup(startup) }
        });
        Self { gizmo, scripts, served }
    }
}

#[test]
fn levels_apply_to_every_access() {
    for mode in MODES {
        for level in Level::ALL {
            let world = World::new(mode, level, "");
            for (needed, access) in ACCESSES {
                std::fs::write(world.scripts.path().join("book.rhai"), format!("fn run() {{ {access} }}"))
                    .unwrap();
                for (way, commands) in ways(access) {
                    let mut client = world.served.connect();
                    let (last, first) = commands.split_last().unwrap();
                    for command in first {
                        assert_eq!(client.ask(command), "");
                    }
                    let answer = client.ask(last);
                    let needed = if way == "in an update" { (*needed).max(Level::Operate) } else { *needed };
                    let allowed = !answer.contains("takes the level");
                    assert_eq!(
                        allowed,
                        level >= needed,
                        "{mode:?}, {level}: {access} {way} takes {needed}, and is answered with {answer}"
                    );
                    assert!(!allowed || !answer.starts_with("error"), "{access} {way}: {answer}");
                    if !allowed {
                        // A write is refused before its target is resolved.
                        let said = |needed| {
                            answer.contains(&format!(
                                "takes the level {needed}, and this session is at {level}"
                            ))
                        };
                        assert!(said(needed) || said(Level::Operate), "{access} {way}: {answer}");
                    }
                }
            }
            // A refused access has had no effect.
            if level < Level::Admin {
                let gizmo = world.gizmo.lock();
                assert_eq!((gizmo.key, gizmo.inner.key, gizmo.things[0].key), (7, 7, 7), "{level}");
                assert_eq!((gizmo.things.len(), gizmo.things_by_name["a"].key), (1, 7), "{level}");
            }
            if level < Level::Operate {
                let gizmo = world.gizmo.lock();
                assert_eq!((gizmo.open, gizmo.items.len(), gizmo.cell.load(Ordering::SeqCst)), (1, 3, 1));
            }
        }
    }
}

#[test]
fn fields_above_the_level_are_never_shown() {
    let world = World::new(Mode::Threads, Level::Operate, "");
    let mut client = world.served.connect();
    for (code, answer) in [
        ("gizmo.inner", "Inner { open: 1, key: <admin> }"),
        ("gizmo.inner.snapshot()", "Inner { open: 1, key: \"<admin>\" }"),
        ("gizmo.inner.to_json()", "\"{\\\"open\\\":1,\\\"key\\\":\\\"<admin>\\\"}\""),
        ("table(gizmo.things)", "open  key\n────  ───────\n   1  <admin>"),
        ("tree(gizmo.maybe)", "Some\n└── 0: Inner\n    ├── open: 1\n    └── key: <admin>"),
        ("gizmo.things.remove(0)", "Inner { open: 1, key: \"<admin>\" }"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    // A comparison does not reveal them either.
    for code in ["gizmo.inner == #{ open: 1, key: 7 }", "gizmo.inner == #{ open: 2, key: 8 }", "gizmo == #{}"]
    {
        assert!(client.first_line(code).starts_with("error: cannot compare "), "{code}");
    }
    for code in
        ["gizmo", "gizmo.to_string()", "gizmo.to_debug()", "json(gizmo)", "dbg(gizmo)", "print(gizmo)"]
    {
        let answer = client.ask(code);
        assert!(!answer.contains('7') && !answer.contains("horse"), "{code}: {answer}");
    }
}

#[test]
fn a_startup_script_has_the_level_of_its_session() {
    let world = World::new(Mode::Threads, Level::Observe, "gizmo.open = 5");
    let mut client = crate::support::Client::connect(&world.served.path);
    let greeting = client.prompt();
    assert!(
        greeting.starts_with("error: cannot access gizmo.open: it takes the level operate"),
        "{greeting}"
    );
    assert_eq!(world.gizmo.lock().open, 1);
}

#[test]
fn levels_apply_in_a_startup_script() {
    for level in Level::ALL {
        for (needed, access) in ACCESSES {
            let world = World::new(Mode::Threads, level, access);
            let greeting = crate::support::Client::connect(&world.served.path).prompt();
            let allowed = !greeting.contains("takes the level");
            assert_eq!(allowed, level >= *needed, "{level}: {access} takes {needed}: {greeting}");
            assert!(!allowed || !greeting.contains("error"), "{access}: {greeting}");
        }
    }
}

#[test]
fn a_level_can_be_lowered_and_not_raised() {
    let world = World::new(Mode::Threads, Level::Admin, "");
    let mut client = world.served.connect();
    for (code, answer) in [
        ("level()", "\"admin\""),
        ("gizmo.key", "7"),
        ("level(\"operate\"); level()", "\"operate\""),
        ("gizmo.open = 2", ""),
        ("level(\"operate\")", ""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    for (code, error) in [
        ("gizmo.key", "cannot access gizmo.key: it takes the level admin, and this session is at operate"),
        ("level(\"admin\")", "cannot raise the session's level from operate to admin"),
        ("level(\"root\")", "\"root\" is not a level: expected observe, operate or admin"),
        ("process::exit(0)", "cannot end the application: process::exit is not enabled"),
    ] {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
    assert_eq!(world.served.connect().ask("level()"), "\"admin\"", "another session is where it was");
}

#[test]
fn read_only_refuses_every_change() {
    for mode in MODES {
        let counter = Arc::new(AtomicU64::new(1));
        let served = Served::start(mode, manhole! { counter => counter }, |builder| {
            builder.access(Access::default().max_level(Level::Observe)).allow_exit(true)
        });
        let mut client = served.connect();
        assert_eq!(client.ask("counter"), "1");
        for code in ["counter = 2", "counter += 1", "counter += 0", "process::exit(0)"] {
            assert!(client.ask(code).contains("and this session is at observe"), "{mode:?}: {code}");
        }
        assert_eq!(counter.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_refused_client_gets_one_line() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| builder.access(Access::none()));
        let mut client = crate::support::Client::connect(&served.path);
        assert_eq!(
            client.rest(),
            format!("\nerror: cannot open a session: user {} has no access\n", uid()),
            "{mode:?}"
        );
    }
}

#[test]
fn sessions_and_connection_rate_are_limited_per_user() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| {
            builder.connection_limits(|limits| limits.sessions_per_user = Some(2))
        });
        // `wait_until` has connected once.
        crate::support::wait_until("there is room", || {
            let mut client = crate::support::Client::connect(&served.path);
            client.until_any(&[">>> ", "already\n"]) == ">>> "
        });
        let mut clients = Vec::new();
        crate::support::wait_until("two are in", || {
            let mut client = crate::support::Client::connect(&served.path);
            if client.until_any(&[">>> ", "already\n"]) == ">>> " {
                clients.push(client);
            }
            clients.len() == 2
        });
        let mut refused = crate::support::Client::connect(&served.path);
        assert_eq!(
            refused.rest(),
            "\nerror: cannot open a session: this user has its maximum of 2 sessions\n",
            "{mode:?}"
        );
    }
    let served = Served::start(Mode::Threads, Namespace::new(), |builder| {
        builder.connection_limits(|limits| limits.connections_per_second = 5)
    });
    let start = std::time::Instant::now();
    let answers: Vec<_> = (0..30).map(|_| crate::support::Client::connect(&served.path).first()).collect();
    // As many as in two seconds at once, and then as the time allows, however slow the machine is.
    let admitted = answers.iter().filter(|answer| !answer.contains("too many new connections")).count();
    let allowed = 5.0 * (start.elapsed().as_secs_f64() + 2.0) + 1.0;
    assert!((5..30).contains(&admitted) || allowed >= 30.0, "{answers:?}");
    assert!(admitted as f64 <= allowed, "{admitted} of {allowed}: {answers:?}");
}

/// Returns the user that runs the tests.
fn uid() -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid()
}
