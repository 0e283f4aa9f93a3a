//! Scripts imported from the application's scripts directory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Builder, Manhole as Inspect, Namespace, manhole};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::support::{Manhole, refused, shown, wait_until};

#[derive(Inspect)]
struct Gizmo {
    count: u64,
    items: Vec<u32>,
}

struct Served {
    manhole: Manhole,
    counter: Arc<AtomicU64>,
    gizmo: Arc<Mutex<Gizmo>>,
    scripts: TempDir,
}

impl Served {
    fn new(files: &[(&str, &str)]) -> Self {
        let scripts = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write(scripts.path(), name, text);
        }
        let counter = Arc::new(AtomicU64::new(0));
        let gizmo = Arc::new(Mutex::new(Gizmo { count: 1, items: vec![1, 2, 3] }));
        let namespace = manhole! { counter => counter, gizmo => gizmo, double => |n: i64| n * 2 };
        let manhole = Manhole::with(namespace, |builder| builder.scripts_dir(scripts.path()));
        Self { manhole, counter, gizmo, scripts }
    }
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn an_imported_script_sees_roots_and_stays_imported() {
    let served = Served::new(&[
        (
            "tools.rhai",
            "fn total() { gizmo.items.sum() }\nfn bump(n) { counter += n; gizmo.count += n; counter }\nfn twice(n) { double(n) }\nexport const LIMIT = 7;\nprint(\"loaded\");",
        ),
        ("net/peers.rhai", "import \"tools\" as t;\nfn all() { 3 }\nexport let seen = t::total();"),
    ]);
    let mut client = served.manhole.connect();
    for (code, answer) in [
        ("import \"tools\" as t;", "loaded"),
        ("t::total()", "6"),
        ("t::bump(2)", "2"),
        ("t::twice(t::LIMIT)", "14"),
        ("let f = |n| t::twice(n); f.call(4)", "8"),
        ("import \"net/peers\" as peers; peers::seen + peers::all()", "9"),
        ("peers::all() + t::LIMIT", "10"),
        ("import \"tools.rhai\" as again; again::LIMIT", "7"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!((served.counter.load(Ordering::SeqCst), served.gizmo.lock().count), (2, 3));
    assert!(client_is_new(&served.manhole), "another session has imported nothing");
}

fn client_is_new(manhole: &Manhole) -> bool {
    manhole.ask("t::LIMIT").starts_with("error: ")
}

#[test]
fn a_changed_script_is_reloaded() {
    let served =
        Served::new(&[("a.rhai", "fn f() { 1 }"), ("b.rhai", "import \"a\" as a; export let x = a::f();")]);
    let mut client = served.manhole.connect();
    assert_eq!(client.ask("import \"a\" as a; import \"b\" as b; a::f() + b::x"), "2");
    write(served.scripts.path(), "a.rhai", "fn f() { 100 }");
    assert_eq!(client.ask("a::f()"), "100");
    assert_eq!(client.ask("b::x"), "100", "what imports it is read again too");
    fs::remove_file(served.scripts.path().join("a.rhai")).unwrap();
    let answer = client.ask("1 + 1");
    assert!(answer.starts_with("note: cannot import `a` again: there is no script `a`"), "{answer}");
    assert!(answer.ends_with("\n2"), "{answer}");
    assert_eq!(client.ask("2"), "2", "it is said once");
}

#[test]
fn imports_cannot_leave_the_scripts_directory() {
    let served = Served::new(&[("tools.rhai", ""), ("big.rhai", &"x".repeat(70_000)), ("folder.rhai/x", "")]);
    let directory = served.scripts.path();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.rhai", "export let secret = 1;");
    symlink(outside.path().join("secret.rhai"), directory.join("link.rhai")).unwrap();
    symlink(outside.path(), directory.join("links")).unwrap();
    symlink(directory.join("tools.rhai"), directory.join("inside.rhai")).unwrap();
    rustix_fifo(&directory.join("pipe.rhai"));
    fs::write(directory.join("latin.rhai"), b"\"\xfc\"").unwrap();
    for (name, error) in [
        ("/etc/passwd", "cannot import \"/etc/passwd\": it is not in the directory of scripts"),
        ("../secret", "cannot import \"../secret\": it is not in the directory of scripts"),
        ("a/../../b", "cannot import \"a/../../b\": it is not in the directory of scripts"),
        ("./tools", "cannot import \"./tools\": it is not in the directory of scripts"),
        ("", "cannot import \"\": it is not in the directory of scripts"),
        ("link", "cannot import \"link\": it is not in the directory of scripts"),
        ("links/secret", "cannot import \"links/secret\": it is not in the directory of scripts"),
        ("pipe", "cannot import \"pipe\": it is not a file"),
        ("folder", "cannot import \"folder\": it is not a file"),
        ("big", "cannot import \"big\": it is larger than 64 KiB"),
        ("latin", "cannot import \"latin\": it is not UTF-8"),
        ("tool", "there is no script `tool`; did you mean `tools`?"),
    ] {
        let code = format!("import {name:?} as x;");
        assert_eq!(served.manhole.connect().first_line(&code), format!("error: {error}"), "{code}");
    }
    let help = served.manhole.ask("import \"x\" as x;");
    assert!(help.contains("help: use one of big, folder, inside, latin, link, pipe, tools"), "{help}");
    assert_eq!(
        served.manhole.ask("import \"inside\" as x;"),
        "",
        "a link that stays inside is none of our business"
    );
}

/// Creates a pipe without a writer: opening it to read would block.
fn rustix_fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn import_errors_name_the_script_and_line() {
    let served = Served::new(&[
        ("broken.rhai", "let x = 1;\nlet = 2;"),
        ("fails.rhai", "fn f(g) {\n    g.cuont\n}\n"),
        ("outer.rhai", "let ok = 1;\nimport \"fails\" as fails;\nfails::f(gizmo);"),
        ("write.rhai", "fn f() { counter = 1; counter = \"x\" }"),
        ("loop.rhai", "import \"pool\" as p;"),
        ("pool.rhai", "import \"loop\" as p;"),
    ]);
    shown(
        &served.manhole,
        &[
            (
                "import \"broken\" as b;",
                "error: expecting name of a variable\n --> broken.rhai, line 2, column 5\n  | let = 2;\n  |     ^",
            ),
            (
                "import \"fails\" as x; x::f(gizmo)",
                "error: Gizmo has no field `cuont`; did you mean `count`?\n --> fails.rhai, line 2, column 7, in `f`\n  |     g.cuont\n  |       ^\nhelp: Gizmo has: count, items",
            ),
            (
                "import \"outer\" as o;",
                "error: Gizmo has no field `cuont`; did you mean `count`?\n --> fails.rhai, line 2, column 7, in `f`\n  |     g.cuont\n  |       ^\nhelp: Gizmo has: count, items",
            ),
            (
                "import \"write\" as w; w::f()",
                "error: cannot write counter: u64 takes an integer, not the string \"x\"\n --> write.rhai, line 1, column 23, in `f`\n  | fn f() { counter = 1; counter = \"x\" }\n  |                       ^",
            ),
        ],
    );
    let answer = served.manhole.connect().first_line("import \"loop\" as l;");
    assert_eq!(answer, "error: cannot import \"loop\": it imports itself: loop → pool → loop");
    assert_eq!(served.manhole.ask("import \"broken\" as b;").lines().count(), 4, "and the session lives on");
}

#[test]
fn an_imported_script_stops_like_a_command() {
    let scripts = tempfile::tempdir().unwrap();
    write(scripts.path(), "endless.rhai", "loop {}");
    write(scripts.path(), "function.rhai", "fn f() { loop {} }");
    let setup = |builder: Builder| {
        builder.scripts_dir(scripts.path()).limits(|limits| limits.timeout = Duration::from_millis(100))
    };
    let manhole = Manhole::with(Namespace::new(), setup);
    refused(
        &manhole,
        &[
            ("import \"endless\" as e;", "stopped: the command ran longer than 100ms"),
            ("import \"function\" as f; f::f()", "stopped: the command ran longer than 100ms"),
        ],
    );
    assert_eq!(manhole.connect().insist("1"), "1");
}

#[test]
fn imports_need_a_scripts_directory() {
    let manhole = Manhole::new(Namespace::new());
    assert_eq!(
        manhole.ask("import \"x\" as x;"),
        "error: cannot import scripts: the application names no directory of scripts\n --> line 1, column 8\n  | import \"x\" as x;\n  |        ^\nhelp: name one in the application with Builder::scripts_dir"
    );
    let error =
        Builder::new(Namespace::new()).scripts_dir("/nowhere").spawn("/tmp/unused.manhole").unwrap_err();
    assert!(error.to_string().starts_with("cannot use the directory of scripts /nowhere: "), "{error}");
}

#[test]
fn reads_in_a_script_are_not_writes_elsewhere() {
    // Both functions read and write at the same line, column and depth.
    let served = Served::new(&[
        ("reads.rhai", "fn f() { gizmo.count + 0 }"),
        ("writes.rhai", "fn f() { gizmo.count = 5 }"),
    ]);
    let mut client = served.manhole.connect();
    client.ask("import \"reads\" as r; import \"writes\" as w;");
    client.ask("fn read() { gizmo.count + 0 }");
    client.ask("fn written() { gizmo.count = 5 }");
    client.ask("fn write() { gizmo.count = 5 }");
    for command in ["r::f(); tick(); w::f()", "read(); tick(); write()"] {
        served.gizmo.lock().count = 5;
        let gizmo = Arc::clone(&served.gizmo);
        // The application increments the counter between them.
        client.send(format!("{}\n", command.replace("tick()", "counter = 1; while counter == 1 { }")));
        wait_until("it has read", || served.counter.load(Ordering::SeqCst) == 1);
        gizmo.lock().count = 6;
        served.counter.store(0, Ordering::SeqCst);
        client.prompt();
        assert_eq!(gizmo.lock().count, 5, "{command}");
    }
}

#[test]
fn a_reloaded_script_runs_under_the_command_timeout() {
    let scripts = tempfile::tempdir().unwrap();
    let setup = |builder: Builder| {
        builder.scripts_dir(scripts.path()).limits(|limits| limits.timeout = Duration::from_millis(500))
    };
    let manhole = Manhole::with(Namespace::new(), setup);
    let mut client = manhole.connect();
    // On a busy machine even this may exceed the timeout.
    wait_until("it is read again in time", || {
        client = manhole.connect();
        write(scripts.path(), "a.rhai", "export let x = 1;");
        let imported = client.ask("import \"a\" as a; a::x") == "1";
        // It takes more than a few steps, long after the last command began.
        std::thread::sleep(Duration::from_millis(600));
        write(scripts.path(), "a.rhai", "let n = 0; for i in 0..2000 { n += 1 } export let x = n;");
        imported && client.ask("a::x") == "2000"
    });
    write(scripts.path(), "a.rhai", "loop { }");
    let answer = client.ask("1");
    assert!(answer.contains("error: stopped: the command ran longer than 500ms"), "{answer}");
    assert_eq!(client.insist("1"), "1", "what cannot be read any more is not imported again");
}
