//! What the program is told of its sessions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole::{Access, Builder, EventKind, Level, Manhole as Inspect, Namespace, manhole};

use crate::served::{MODES, Mode, Served};
use crate::support::{Client, wait_until};

#[derive(Inspect, Default)]
struct Gizmo {
    count: u64,
    #[manhole(secret)]
    token: String,
    #[manhole(admin)]
    key: u64,
}

/// What was told, a line for each event.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn listen(&self, builder: Builder) -> Builder {
        let heard = self.clone();
        builder.audit(move |event| {
            let what = match &event.kind {
                EventKind::Connected { level } => format!("connected at {level}"),
                EventKind::Refused { reason } => format!("refused: {reason}"),
                EventKind::Command { level, text, outcome, took } => {
                    assert!(*took < Duration::from_secs(30));
                    format!("{level}: {text} ({outcome})")
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
fn every_command_is_told_with_what_came_of_it() {
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
            let access = Access::judged_by(|_| Some(Level::Operate));
            heard.listen(builder.access(access).timeout(Duration::from_millis(100)))
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
            "loop {}",
            "",
            "level(\"observe\")",
            "gizmo.count = 2",
        ] {
            client.ask(code);
        }
        client.send("exit\n");
        client.rest();
        wait_until("the end is told", || {
            heard.lines().last().is_some_and(|line| line.contains("disconnected"))
        });
        let lines = heard.lines();
        // Waiting for the socket has connected once.
        let own: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("2 ")).collect();
        assert_eq!(
            own,
            [
                "connected at operate",
                "operate: gizmo.count (done)",
                "operate: x = [1,\n2] (done)",
                "operate: gizmo.cuont (failed: Gizmo has no field `cuont`; did you mean `count`?)",
                "operate: gizmo.key (denied: gizmo.key takes the level admin, and this session is at operate)",
                "operate: try { gizmo.key = 1 } catch { } (denied: gizmo.key takes the level admin, and this session is at operate)",
                "operate: let = 1 (failed: expecting name of a variable)",
                "operate: gizmo.token = \"…\" (failed: gizmo.token is secret: it can be neither read nor written from here)",
                "operate: loop {} (stopped: the command ran longer than 100ms)",
                "operate: level(\"observe\") (done)",
                "observe: gizmo.count = 2 (denied: gizmo.count takes the level operate, and this session is at observe)",
                "disconnected after 10",
            ],
            "{mode:?}"
        );
    }
}

#[test]
fn who_is_not_let_in_is_told() {
    for mode in MODES {
        let heard = Heard::default();
        let served =
            Served::start(mode, Namespace::new(), |builder| heard.listen(builder.access(Access::none())));
        Client::connect(&served.path).rest();
        wait_until("it is told", || heard.lines().len() >= 2);
        assert!(heard.lines().iter().all(|line| line.starts_with("0 refused: user ")), "{mode:?}");
    }
}

#[test]
fn a_listener_that_panics_or_is_slow_harms_nobody_else() {
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

/// Keeps what goes to `tracing` with the target of the manhole, a line for each event.
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
fn everything_goes_to_tracing_too() {
    tracing::subscriber::set_global_default(Lines).unwrap();
    let served = Served::start(Mode::Threads, Namespace::new(), Builder::read_only);
    let mut client = served.connect();
    client.ask("\"this one\"");
    client.ask("process::exit(\"that one\")");
    drop(client);
    let has = |parts: &[&str]| {
        let lines = LINES.lock().unwrap();
        lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let pid = format!("pid={}", std::process::id());
    wait_until("it is told", || {
        has(&["INFO", &pid, "level=observe", "text=\"\\\"this one\\\"\"", "outcome=done", "command"])
            && has(&["INFO", "text=\"process::exit(", "outcome=failed: "])
            && has(&["INFO", "disconnected", "commands=2"])
    });
}
