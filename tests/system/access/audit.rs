//! Audit events that the application receives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use manhole::{
    Access, Builder, Console, EventKind, Level, Manhole as Inspect, Namespace, NamespaceItem, manhole,
};

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, Manhole, wait_until};

#[derive(Inspect, Default)]
struct Gizmo {
    count: u64,
    #[manhole(secret)]
    token: String,
    #[manhole(admin)]
    key: u64,
}

/// The received events, a line each.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn listen(&self, builder: Builder) -> Builder {
        let heard = self.clone();
        builder.audit(move |event| {
            let what = match &event.kind {
                EventKind::Connected { level, .. } => format!("connected at {level}"),
                EventKind::Refused { reason, .. } => format!("refused: {reason}"),
                EventKind::Command { level, text, outcome, took, .. } => {
                    assert!(*took < Duration::from_secs(30));
                    format!("{level}: {text} ({outcome})")
                }
                EventKind::Change { path, kind, values, .. } => {
                    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                    let after = match event.suppressed {
                        0 => String::new(),
                        count => format!(" after {count}"),
                    };
                    format!("change: {kind} {path} [{}]{after}", values.join(", "))
                }
                EventKind::Disconnected { commands, .. } => format!("disconnected after {commands}"),
                _ => "something else".to_owned(),
            };
            assert_eq!(event.peer.pid, Some(std::process::id()));
            heard.0.lock().unwrap().push(format!("{} {what}", event.session));
        })
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[test]
fn json_rpc_requests_are_audited() {
    for mode in MODES {
        let heard = Heard::default();
        let gizmo =
            Arc::new(parking_lot::Mutex::new(Gizmo { count: 1, token: "correct horse".to_owned(), key: 7 }));
        let served = Served::start(mode, manhole! { gizmo => gizmo }, |builder| {
            heard.listen(builder.access(Access::from_fn(|_| Some(Level::Operate))))
        });
        let mut client = Client::connect(&served.path);
        let request = |method: &str, params: &str| {
            format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}\n")
        };
        for (method, params) in [
            ("eval", "[\"gizmo.count\"]"),
            ("set", "[\"gizmo.count\", 5]"),
            ("set", "[\"gizmo.key\", 5]"),
            ("inspect", "[\"gizmo\"]"),
            ("call", "[\"gizmo\", \"nothing\", [\"token x\"]]"),
            ("eval", "[\"gizmo.token == \\\"guess\\\"\"]"),
            ("complete", "[\"gizmo.\", 6]"),
            ("shutdown", "[]"),
        ] {
            client.send(request(method, params));
            client.until("\"id\":1");
        }
        wait_until("all events are received", || {
            heard.lines().iter().any(|line| line.contains("disconnected after 7"))
        });
        let lines = heard.lines();
        for event in [
            "operate: gizmo.count (done)",
            "operate: gizmo.count = 5 (done)",
            "operate: gizmo.key = 5 (denied: cannot access gizmo.key: it takes the level admin",
            "operate: inspect gizmo (done)",
            "operate: complete gizmo. (done)",
            "change: write gizmo.count [5]",
            "operate: gizmo.nothing(…) (failed: error left out",
        ] {
            assert!(lines.iter().any(|line| line.contains(event)), "{mode:?}: {event} is not in {lines:#?}");
        }
        assert!(!lines.iter().any(|line| line.contains("guess") || line.contains("horse")), "{lines:#?}");
    }
}

#[test]
fn events_and_the_list_of_sessions_have_the_name_that_a_client_gives_itself() {
    for mode in MODES {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let events = Arc::clone(&heard);
        let served = Served::start(mode, manhole! { count => 7_u8 }, |builder| {
            builder.audit(move |event| {
                let kind = match &event.kind {
                    EventKind::Connected { .. } => "connected",
                    EventKind::Command { text, .. } if *text == "count" => "command",
                    EventKind::Disconnected { .. } => "disconnected",
                    _ => return,
                };
                events.lock().unwrap().push((kind, event.client.map(str::to_owned)));
            })
        });
        let mut client = Client::connect(&served.path);
        let notification = |name: &str| {
            format!(r#"{{"jsonrpc":"2.0","method":"identify","params":{{"client":"{name}"}}}}"#) + "\n"
        };
        let eval = |id: u8, code: &str| {
            let code = serde_json::to_string(code).unwrap();
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eval","params":{{"code":{code}}}}}"#) + "\n"
        };
        let long = "x".repeat(1_000);
        client.send(notification(&format!("check\\u001b[2J {long}")));
        // The first name counts.
        client.send(notification("another"));
        client.send(eval(1, "count"));
        let response = client.until("\"id\":1");
        assert_eq!(response.matches("jsonrpc").count(), 1, "a notification has no response: {response}");
        client.send(eval(2, "console.sessions.values().next().unwrap().client.unwrap().len()"));
        let shown = client.until("\n");
        let shown = shown + &client.until("\"id\":2") + &client.until("\n");
        assert!(shown.contains("\"value\":"), "{shown}");
        client.send("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"shutdown\"}\n");
        client.until("\"id\":3");
        wait_until("all events are received", || {
            heard.lock().unwrap().iter().any(|event| matches!(event, ("disconnected", Some(_))))
        });
        let name = Some(format!("check\u{fffd}[2J {}", "x".repeat(90)));
        // The events without a name are those of all connections: another client has waited until the console listens.
        let heard = heard.lock().unwrap();
        let named: Vec<_> = heard.iter().filter(|(_, client)| client.is_some()).cloned().collect();
        assert_eq!(named, [("command", name.clone()), ("disconnected", name)], "{mode:?}: {heard:?}");
        assert!(heard.contains(&("connected", None)), "{mode:?}: {heard:?}");
    }
}

#[test]
fn every_command_is_audited_with_its_outcome() {
    for mode in MODES {
        let heard = Heard::default();
        let gizmo = Arc::new(parking_lot::Mutex::new(Gizmo { count: 1, token: String::new(), key: 7 }));
        assert_eq!(
            {
                let gizmo = gizmo.lock();
                (gizmo.token.len(), gizmo.key)
            },
            (0, 7)
        );
        let served = Served::start(mode, manhole! { gizmo => gizmo }, |builder| {
            let access = Access::from_fn(|_| Some(Level::Operate));
            heard.listen(builder.access(access))
        });
        let mut client = served.connect();
        for code in [
            "gizmo.count",
            "x = [1,\n2]",
            "gizmo.cuont",
            "gizmo.key",
            "try { gizmo.key = 1 } catch { }",
            "let = 1",
            "gizmo.token = \"s3cret\"",
            "/* token */ gizmo.count = 2",
            "0; gizmo.key = 5 // token",
            "loop {}\n\x03",
            "",
            "level(\"observe\")",
            "gizmo.count = 2",
        ] {
            client.ask(code);
        }
        client.send("exit\n");
        client.rest();
        wait_until("the end is recorded", || {
            heard.lines().iter().any(|line| line.contains("disconnected after 12"))
        });
        let lines = heard.lines();
        // `wait_until` has connected once, so this may be the second session.
        let last = lines.iter().find(|line| line.contains("disconnected after 12")).unwrap();
        let session = last.split_inclusive(' ').next().unwrap();
        let own: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(session)).collect();
        assert_eq!(
            own,
            [
                "connected at operate",
                "operate: gizmo.count (done)",
                "operate: x = [1,\n2] (done)",
                "operate: gizmo.cuont (failed: Gizmo has no field `cuont`; did you mean `count`?)",
                "operate: gizmo.key (denied: cannot access gizmo.key: it takes the level admin, and this session is at operate)",
                "change: write gizmo.key [1]",
                "operate: try { gizmo.key = 1 } catch { } (denied: cannot access gizmo.key: it takes the level admin, and this session is at operate)",
                "operate: let = 1 (failed: expecting name of a variable)",
                "change: write gizmo.token [\"<secret>\"]",
                "operate: gizmo.token = … (failed: error left out, since the command mentions a secret)",
                "change: write gizmo.count [2]",
                "operate: gizmo.count = … (done)",
                "change: write gizmo.key [5]",
                "operate: …; gizmo.key = … (denied: cannot access gizmo.key: it takes the level admin, and this session is at operate)",
                "operate: loop {} (stopped: interrupted)",
                "operate: level(\"observe\") (done)",
                "observe: gizmo.count = 2 (denied: cannot access gizmo.count: it takes the level operate, and this session is at observe)",
                "disconnected after 12",
            ],
            "{mode:?}"
        );
    }
}

#[test]
fn refused_clients_are_audited() {
    for mode in MODES {
        let heard = Heard::default();
        let served =
            Served::start(mode, Namespace::new(), |builder| heard.listen(builder.access(Access::none())));
        Client::connect(&served.path).rest();
        wait_until("the event is received", || heard.lines().len() >= 2);
        assert!(heard.lines().iter().all(|line| line.starts_with("0 refused: user ")), "{mode:?}");
    }
}

#[test]
fn an_audit_callback_that_panics_or_is_slow_affects_no_other_session() {
    let served = Served::start(Mode::Threads, Namespace::new(), |builder| {
        builder.audit(|event| match &event.kind {
            EventKind::Command { text: "1", .. } => panic!("not today"),
            EventKind::Command { text: "2", .. } => std::thread::sleep(Duration::from_millis(500)),
            _ => {}
        })
    });
    let mut client = served.connect();
    assert_eq!(client.ask("1"), "1");
    client.send("2\n");
    assert_eq!(served.connect().ask("3"), "3");
    assert_eq!(client.prompt(), "2\n");
}

/// Records the events that go to `tracing` with the console's target, a line each.
struct Lines;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "manhole"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line(String);
        impl tracing::field::Visit for Line {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                use std::fmt::Write as _;
                write!(self.0, " {}={value:?}", field.name()).unwrap();
            }
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn audit_events_go_to_tracing() {
    tracing::subscriber::set_global_default(Lines).unwrap();
    let served = Served::start(Mode::Threads, Namespace::new(), |builder| {
        builder.access(Access::default().max_level(Level::Observe))
    });
    let mut client = served.connect();
    client.ask("\"this one\"");
    client.ask("process::exit(\"that one\")");
    drop(client);
    Manhole::new(manhole! { double => |n: u64| n * 2 }).ask("double(21)");
    let has = |parts: &[&str]| {
        let lines = LINES.lock().unwrap();
        lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let pid = format!("pid={}", std::process::id());
    wait_until("the event is received", || {
        has(&["INFO", &pid, "level=observe", "text=\"\\\"this one\\\"\"", "outcome=done", "command"])
            && has(&["INFO", "text=\"process::exit(", "outcome=failed: "])
            && has(&["INFO", "disconnected", "commands=2"])
            && has(&["INFO", &pid, "change", "path=\"double\"", "kind=call", "values=[\"21\"]"])
    });
}

#[test]
fn an_audit_callback_may_use_and_close_the_console() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let kept = Arc::new(OnceLock::<Console>::new());
    let events = Arc::new(Mutex::new(Vec::new()));
    let (console, heard) = (Arc::clone(&kept), Arc::clone(&events));
    let builder = Builder::new(Namespace::new()).start_closed(true).audit(move |event| {
        let console = console.get().unwrap();
        let open = (console.is_open(), console.addresses().len());
        match &event.kind {
            EventKind::Opened => heard.lock().unwrap().push(("opened", open)),
            EventKind::Command { text: "close", .. } => console.shutdown(),
            EventKind::Disconnected { .. } => heard.lock().unwrap().push(("disconnected", open)),
            EventKind::Closed => heard.lock().unwrap().push(("closed", open)),
            _ => {}
        }
    });
    let console = kept.get_or_init(|| builder.spawn(&path).unwrap());
    console.open().unwrap();
    let mut client = Client::connect(&path);
    client.prompt();
    client.send("close\n");
    client.rest();
    wait_until("it is closed", || events.lock().unwrap().len() == 3);
    let mut events = events.lock().unwrap().clone();
    events[1..].sort_unstable();
    assert_eq!(events, [("opened", (true, 1)), ("closed", (false, 0)), ("disconnected", (false, 0))]);
}

#[test]
fn an_access_function_that_never_returns_blocks_no_other_client() {
    for mode in MODES {
        let (judged, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, open) = (Arc::clone(&judged), Arc::clone(&gate));
        let mut served = Served::start(mode, Namespace::new(), |builder| {
            builder.access(Access::from_fn(move |_| {
                // The first session waited for the socket.
                if count.fetch_add(1, Ordering::SeqCst) == 1 {
                    wait_until("the gate opens", || open.load(Ordering::SeqCst));
                }
                Some(Level::Operate)
            }))
        });
        wait_until("the first is judged", || judged.load(Ordering::SeqCst) == 1);
        let waiting = Client::connect(&served.path);
        wait_until("the judge is asked", || judged.load(Ordering::SeqCst) == 2);
        if mode == Mode::Threads {
            assert_eq!(served.connect().ask("1"), "1");
            served.stop();
        }
        gate.store(true, Ordering::SeqCst);
        drop(waiting);
    }
}

#[test]
fn an_audit_callback_that_waits_for_the_event_loop_does_not_block_it() {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let served = Served::start(Mode::Inline, Namespace::new(), |builder| {
        builder.audit(move |event| {
            if matches!(event.kind, EventKind::Command { text: "1", .. }) {
                wait_until("the gate opens", || gate.load(Ordering::SeqCst));
            }
        })
    });
    let mut client = served.connect();
    client.send("1\n");
    client.rest();
    assert_eq!(served.connect().ask("2"), "2", "the loop goes on");
    open.store(true, Ordering::SeqCst);
}

#[derive(Inspect, Default)]
struct Service {
    count: u64,
    names: Vec<String>,
    table: BTreeMap<String, u64>,
    account: Account,
    #[manhole(skip)]
    heard: Heard,
}

#[derive(Inspect, Default)]
struct Account {
    name: String,
    #[manhole(secret)]
    token: String,
    cards: BTreeMap<String, u64>,
}

#[manhole::methods]
impl Service {
    /// Adds a line to the events.
    pub fn run(&self, text: &str) -> usize {
        self.heard.0.lock().unwrap().push("0 running".to_owned());
        text.len()
    }

    #[manhole(observe)]
    pub fn size(&self) -> usize {
        self.names.len()
    }

    pub fn set_token(&mut self, token: &str) {
        self.account.token = token.to_owned();
    }
}

/// Starts a console that a client has at `level`.
fn service(level: Level) -> (Manhole, Heard) {
    let heard = Heard::default();
    let service = parking_lot::Mutex::new(Service { heard: heard.clone(), ..Service::default() });
    let namespace = manhole! { service => Arc::new(service), double => |n: u64| n * 2 };
    let setup = |builder: Builder| heard.listen(builder.access(Access::from_fn(move |_| Some(level))));
    (Manhole::with(namespace, setup), heard)
}

impl Heard {
    fn changes(&self) -> Vec<String> {
        let lines = self.lines();
        lines.iter().filter_map(|line| Some(line.split_once("change: ")?.1.to_owned())).collect()
    }
}

#[test]
fn what_changes_or_calls_is_reported_as_data() {
    let (manhole, heard) = service(Level::Operate);
    let mut client = manhole.connect();
    for (command, reported) in [
        ("service.count", &[][..]),
        ("let x = service.count + 1; x += 1; service.names.len(); service.account.to_string()", &[]),
        ("service.count = 7", &["write service.count [7]"]),
        ("service.count += 1", &["write service.count [8]"]),
        ("service.update(\"count\", |n| n * 2)", &["write service.count [16]"]),
        (
            "for i in 0..3 { service.names.push(\"n\" + i) }",
            &["push service.names [\"n0\"]", "push service.names [\"n1\"]", "push service.names [\"n2\"]"],
        ),
        ("service.names.insert(0, \"first\")", &["insert service.names [0, \"first\"]"]),
        ("service.names[1] = \"x\"", &["write service.names[1] [\"x\"]"]),
        ("service.names.remove(0)", &["remove service.names [0]"]),
        ("service.names.pop()", &["pop service.names []"]),
        ("service.names.truncate(1)", &["truncate service.names [1]"]),
        ("service.table.insert(\"a\", 1)", &["insert service.table [\"a\", 1]"]),
        ("service.table[\"a\"] = 1", &["write service.table[\"a\"] [1]"]),
        ("service.table.clear()", &["clear service.table []"]),
        ("double(21)", &["call double [21]"]),
        ("service.run(\"abc\")", &["call service.run [\"abc\"]"]),
        ("call(|| service.count = 1)", &["write service.count [1]"]),
        ("[1].map(|n| service.count = n)", &["write service.count [1]"]),
        ("let f = |s| s.count = 5; f.call(service)", &["write service.count [5]"]),
        ("try { service.count = \"no\" } catch {}", &["write service.count [\"no\"]"]),
        ("service.account.name = \"anna\"", &["write service.account.name [\"anna\"]"]),
        (
            "service.account = #{ name: \"a\", token: \"hush\", cards: #{} }",
            &["write service.account [\"<secret>\"]"],
        ),
        ("service.account.token = \"hush\"", &["write service.account.token [\"<secret>\"]"]),
        ("try { double(#{ token: \"hush\" }) } catch {}", &["call double [\"<secret>\"]"]),
        ("service.account.token == 123456789012345678901234567890", &[]),
    ] {
        let before = heard.changes().len();
        client.ask(command);
        assert_eq!(heard.changes()[before..], *reported, "{command}");
    }
    let is_secret = |line: &String| line.contains("hush") || line.contains("1234567890");
    assert!(!heard.lines().iter().any(is_secret), "{:#?}", heard.lines());
}

#[test]
fn a_change_does_not_hide() {
    let (manhole, heard) = service(Level::Operate);
    let mut client = manhole.connect();
    for _ in 0..400 {
        client.ask("1");
    }
    client.ask("service.count = 7");
    let filler = "-".repeat(3_000);
    client.ask(&format!("/*{filler}*/ service.count = 8 /*{filler}*/; service.count = 9"));
    client.ask(&format!("service.names.push(\"begin{filler}end\")"));
    let changes = heard.changes();
    assert_eq!(
        changes[..3],
        ["write service.count [7]", "write service.count [8]", "write service.count [9]"]
    );
    assert!(changes[3].contains("\"begin---") && changes[3].contains("---end\""), "{}", changes[3]);
    assert!(changes[3].len() < 1_200, "{}", changes[3]);
    // Each evaluation of a watch, though only the first is recorded as a command.
    client = manhole.connect();
    client.send(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":[\"service.count += 1\", 50]}\n",
    );
    wait_until("the watch has run three times", || heard.changes().len() >= 7);
}

#[test]
fn a_loop_of_changes_floods_no_log_and_hides_none() {
    let (manhole, heard) = service(Level::Operate);
    let mut client = manhole.connect();
    client.ask("for i in 0..10 { service.table.insert(\"k\" + i, i) }");
    let before = heard.changes().len();
    let answer = client.ask(
        "for i in 0..3000 { service.count = i; service.table[\"k\" + i % 10] = i; \
         if i == 2000 { service.account.name = \"x\"; service.run(\"y\") } }",
    );
    assert_eq!(answer, "");
    client.ask("service.count = 7");
    let changes = &heard.changes()[before..];
    assert_eq!(changes[..2], ["write service.count [0]", "write service.table[\"k0\"] [0]"]);
    assert_eq!(
        changes[1_000..],
        [
            // The first at each place, before it happens.
            "write service.count [500]",
            "write service.table[\"k0\"] [500]",
            "write service.account.name [\"x\"]",
            "call service.run [\"y\"]",
            // The last at each place, with the number of those before it.
            "write service.count [2999] after 2498",
            "write service.table[\"k9\"] [2999] after 2498",
            "write service.count [7]",
        ]
    );
    // Each evaluation of a watch is bounded like a command, though only the first is recorded as one.
    let before = heard.changes().len();
    client = manhole.connect();
    client.send(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"watch\",\"params\":[\"for i in 0..2000 { service.count = i }\", 50]}\n",
    );
    let ends = || heard.changes()[before..].iter().filter(|line| line.ends_with("[1999] after 998")).count();
    wait_until("the watch has run twice", || ends() >= 2);
}

#[test]
fn a_long_key_makes_no_long_event() {
    let (manhole, heard) = service(Level::Operate);
    let mut client = manhole.connect();
    client.ask("let k = \"x\"; for i in 0..19 { k += k } service.table[\"begin\" + k + \"end\"] = 1");
    let changes = heard.changes();
    assert!(changes[0].starts_with("write service.table[\"beginxxx"), "{}", changes[0]);
    assert!(changes[0].ends_with("xxxend\"] [1]"), "{}", changes[0]);
    let lines = heard.lines();
    assert!(lines.iter().any(|line| line.contains("(failed: cannot ")));
    assert!(lines.iter().all(|line| line.len() < 4_096), "{lines:?}");
}

#[test]
fn a_change_is_reported_before_it_happens() {
    let (manhole, heard) = service(Level::Operate);
    manhole.connect().ask("service.run(\"now\")");
    let lines = heard.lines();
    let position = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    assert!(position("change: call service.run [\"now\"]") < position("running"), "{lines:#?}");
    assert!(position("running") < position("service.run(\"now\") (done)"), "{lines:#?}");
}

#[test]
fn an_observer_floods_no_log_with_changes() {
    let (manhole, heard) = service(Level::Observe);
    let mut client = manhole.connect();
    client.ask("for i in 0..1000 { try { service.count = i } catch {} }");
    assert_eq!(heard.changes(), [""; 0]);
    assert!(heard.lines().iter().any(|line| line.contains("(denied: ")), "{:#?}", heard.lines());
    client.ask("for i in 0..2000 { service.size() }");
    let calls = heard.changes();
    assert!((1..1_000).contains(&calls.len()), "{}", calls.len());
}

#[test]
fn a_placeholder_is_not_written_back() {
    let (manhole, heard) = service(Level::Admin);
    let mut client = manhole.connect();
    assert_eq!(
        client.ask(
            "service.account.cards.insert(\"a\", 1); service.set_token(\"hush\"); copy = service.account.snapshot()"
        ),
        ""
    );
    let before = heard.changes().len();
    for command in [
        "service.account = copy",
        "service.account.name = copy.token",
        "service.names.push(copy.token)",
        "service.names.insert(0, copy.token)",
        "service.set_token(copy.token)",
        "service.run(copy.token)",
        "service.names = [\"a\", copy.token]",
        "service.account.name = parse_json(copy.to_json()).token",
        "service.account.name = \"<secret>\"",
        "service.account.name = \"<locked>\"",
    ] {
        let answer = client.ask(command);
        let expected = "a copy shows it in place of a value that it leaves out";
        assert!(answer.contains(expected), "{command}: {answer}");
    }
    assert_eq!(heard.changes().len(), before);
    for text in ["secret", "<b>", "the <secret> of"] {
        assert_eq!(client.ask(&format!("service.account.name = \"{text}\"")), "");
    }
    assert_eq!(client.ask("service.names.len()"), "0");
}

#[test]
fn messages_of_panics_can_be_hidden() {
    let namespace = || {
        let function = NamespaceItem::function(|| -> u8 { panic!("the token is hush") });
        let later = NamespaceItem::function(|| async { panic!("the token is hush") as u8 });
        manhole! { loud => Arc::new(Loud { field: Panics }) }
            .with("panics", "", function)
            .with("later", "", later)
    };
    for show in [true, false] {
        let heard = Heard::default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let manhole = Manhole::with(namespace(), |builder| {
            heard.listen(builder.show_panic_messages(show).runtime(runtime.handle().clone()))
        });
        let mut client = manhole.connect();
        for command in ["panics()", "later()", "loud", "loud.field", "loud.snapshot()"] {
            let answer = client.ask(command);
            assert!(answer.contains("panicked: "), "{command}: {answer}");
            assert_eq!(answer.contains("hush"), show, "{command}: {answer}");
        }
        assert_eq!(heard.lines().iter().any(|line| line.contains("hush")), show, "{:#?}", heard.lines());
    }
}

#[derive(Inspect)]
struct Loud {
    #[manhole(debug)]
    field: Panics,
}

struct Panics;

impl std::fmt::Debug for Panics {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("the token is hush")
    }
}
