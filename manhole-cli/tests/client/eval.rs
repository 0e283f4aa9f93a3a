//! `eval` for scripts: output and exit status.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use manhole::{Access, Level};

use crate::support::{App, Home, output_of};

#[test]
fn a_value_is_printed_and_the_status_is_0() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    for target in ["app", "1", app.target()] {
        assert_eq!(
            output_of(&home.run(&["eval", target, "gizmo.count"])),
            ("42\n".to_owned(), String::new(), 0)
        );
    }
    assert_eq!(output_of(&home.run(&["eval", "app", "let x = 1;"])).0, "");
    assert_eq!(output_of(&home.run(&["eval", "app", "print(1); 2"])).0, "1\n2\n");
    let (out, err, _) = output_of(&home.run(&["eval", "app", "print(1); gizmo.items[0]", "--json"]));
    assert_eq!((out.as_str(), err.as_str()), ("{\"id\":1,\"label\":\"anvil\"}\n", "1\n"));
    assert_eq!(output_of(&home.run(&["eval", "app", "None", "--json"])).0, "null\n");
    let clients = "console.sessions.values().map(|session| session.client.unwrap())";
    let own = format!("[\"manhole eval {}\"]\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(output_of(&home.run(&["eval", "app", clients])).0, own);
}

#[test]
fn the_command_is_an_argument_a_file_or_standard_input() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join("check.rhai");
    std::fs::write(&file, "let n = gizmo.count;\nn * 2\n").unwrap();
    assert_eq!(output_of(&home.run(&["eval", "app", "--file", file.to_str().unwrap()])).0, "84\n");
    for arguments in [&["eval", "app"][..], &["eval", "app", "--file", "-"]] {
        let mut client = home.client();
        let mut child = client.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"gizmo.count\n+ 1").unwrap();
        assert_eq!(output_of(&child.wait_with_output().unwrap()).0, "43\n");
    }
    let (_, err, status) = output_of(&home.run(&["eval", "app", "--file", "/nope"]));
    assert_eq!((status, err.starts_with("error: cannot read /nope")), (2, true), "{err}");
}

#[test]
fn the_exit_status_is_the_class_of_the_error() {
    let home = Home::new();
    let app = App::with(&home.socket("app", 1), |builder| {
        builder
            .access(Access::from_fn(|_| Some(Level::Observe)))
            .limits(|limits| limits.timeout = Duration::from_secs(5))
    });
    let closed = App::with(&home.socket("closed", 2), |builder| builder.access(Access::none()));
    for (arguments, status, error) in [
        (&["eval", "app", "gizmo.nothing"][..], 1, "error: Gizmo has no field `nothing`"),
        (&["eval", "app", "let = 1"], 1, "error: "),
        (&["eval", "app", "if true {"], 1, "error: cannot run the command: it is incomplete"),
        (&["eval"], 2, "error: "),
        (&["eval", "app", "1", "--timeout", "soon"], 2, "error: "),
        (&["eval", "app", "1", "--timeout", "1h"], 2, "error: cannot set timeout to 1h: the ceiling is 1m"),
        (&["eval", "ssh://host", "1"], 2, "error: "),
        (&["eval", "nobody", "1"], 3, "error: cannot find an application named \"nobody\""),
        (&["eval", "/nope/app", "1"], 3, "error: cannot connect to /nope/app: no such file"),
        (&["eval", "/", "1"], 3, "error: cannot connect to /: not a socket"),
        (
            &["eval", "app", "gizmo.count = 1"],
            4,
            "error: cannot access gizmo.count: it takes the level operate",
        ),
        (&["eval", "app", "gizmo.key"], 4, "error: cannot access gizmo.key: it takes the level admin"),
        (&["eval", "closed", "1"], 4, "error: cannot open a session with closed 2: user"),
        (&["eval", "app", "loop {}", "--timeout", "1s"], 5, "error: stopped: the command ran longer than 1s"),
    ] {
        let (out, err, code) = output_of(&home.run(arguments));
        assert_eq!((out.as_str(), code), ("", status), "{arguments:?}: {err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
    // --timeout raises the session's timeout.
    assert_eq!(output_of(&home.run(&["eval", "app", "set(\"timeout\")", "--timeout", "30s"])).0, "30s\n");
    drop((app, closed));
}

#[test]
fn equal_answers_of_several_targets_are_one_line() {
    let home = Home::new();
    let apps: Vec<_> = (1..=20).map(|pid| App::start(&home.socket("app", pid))).collect();
    apps[4].gizmo.lock().count = 5;
    let (out, _, status) = output_of(&home.run(&["eval", "app", "gizmo.count", "--all", "--jobs", "3"]));
    assert_eq!(status, 0);
    assert_eq!(folded(&out), [(19, "42".to_owned()), (1, "5".to_owned())]);
    assert!(out.contains("app 5: 5\n"), "{out}");
    let (out, _, status) = output_of(&home.run(&["eval", "app", "gizmo.count", "--all", "--each"]));
    assert_eq!((out.lines().count(), status), (20, 0), "{out}");
    assert!(out.contains("app 5: 5\n") && out.contains("app 20: 42\n"), "{out}");
    let arguments = ["eval", "1", "gizmo.count", "-t", "/nope", "-t", "2", "-t", "3", "--json"];
    let (out, _, status) = output_of(&home.run(&arguments));
    assert_eq!(status, 3);
    // In the order in which they come.
    let mut lines: Vec<_> = out.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "{\"target\":\"/nope\",\"error\":\"cannot connect to /nope: no such file\"}",
            "{\"target\":\"app 1\",\"value\":42}",
            "{\"target\":\"app 2\",\"value\":42}",
            "{\"target\":\"app 3\",\"value\":42}"
        ]
    );
    let (_, err, status) = output_of(&home.run(&["eval", "app", "1"]));
    assert_eq!(status, 2);
    assert!(
        err.starts_with("error: cannot choose a target: several applications match:\n  app 1\n"),
        "{err}"
    );
    assert!(
        err.ends_with("by its process ID: manhole eval PID …, or take all of them with --all\n"),
        "{err}"
    );
    // A name that matches none or several is an answer as well.
    let arguments = ["eval", "nobody", "gizmo.count", "-t", "1", "-t", "app", "-t", "/nope", "-t", "/nada"];
    let (out, _, status) = output_of(&home.run(&arguments));
    assert_eq!(status, 3);
    for line in [
        "nobody: error: cannot find an application named \"nobody\"\n",
        "app 1: 42\n",
        "app: error: cannot choose a target: several applications match; --all takes all of them\n",
        "/nope, /nada: error: cannot connect to it: no such file\n",
    ] {
        assert!(out.contains(line), "{out}");
    }
}

/// Returns the answers with the numbers of their targets, the most frequent one first. Those of one answer may come at several times.
pub(crate) fn folded(out: &str) -> Vec<(usize, String)> {
    let mut counts = std::collections::BTreeMap::new();
    for line in out.lines() {
        let (targets, answer) = line.split_once(": ").unwrap();
        let count = match targets.strip_suffix(" targets") {
            Some(count) => count.parse().unwrap(),
            None => targets.split(", ").count(),
        };
        *counts.entry(answer.to_owned()).or_insert(0) += count;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(answer, count)| (count, answer)).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts
}

#[test]
fn output_of_several_targets_has_their_labels() {
    let home = Home::new();
    let apps: Vec<_> = (1..=2).map(|pid| App::start(&home.socket("app", pid))).collect();
    let (out, err, status) =
        output_of(&home.run(&["eval", "1", "print(\"a\\nb\"); 3", "--target", "2", "--json", "--jobs", "1"]));
    assert_eq!(err, "app 1: a\napp 1: b\napp 2: a\napp 2: b\n");
    assert_eq!(out, "{\"target\":\"app 1\",\"value\":3}\n{\"target\":\"app 2\",\"value\":3}\n");
    assert_eq!(status, 0);
    drop(apps);
}

#[test]
fn errors_distinguish_other_versions_from_other_servers() {
    let home = Home::new();
    let server = |name: &str, words: &'static str| {
        let path = home.path().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.write_all(words.as_bytes());
                // Keeps the connection open until the client closes it.
                let _ = std::io::copy(&mut (&stream), &mut std::io::sink());
            }
        });
        path.to_str().unwrap().to_owned()
    };
    let information = |protocol: u32| {
        format!("hello\n>>> \n{{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{{\"version\":\"9.9.9\",\"protocol\":{protocol}}}}}\n").leak() as &'static str
    };
    for (path, error) in [
        (
            server("new", information(99)),
            "expected version 1 of the protocol, found 99 (manhole 9.9.9)\nhelp: update the client",
        ),
        (
            server("old", information(0)),
            "expected version 1 of the protocol, found 0 (manhole 9.9.9)\nhelp: update manhole",
        ),
        (server("strange", "{\"hello\": 1}\n"), "not a manhole: it sent \"{\\\"hello\\\": 1}\""),
    ] {
        let (_, err, status) = output_of(&home.run(&["eval", &path, "1"]));
        assert_eq!(status, 3);
        assert!(err.contains(error), "{err}");
    }
    // A server that sends something else and disconnects.
    let path = home.path().join("web");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (_, err, status) = output_of(&home.run(&["eval", path.to_str().unwrap(), "1"]));
    assert_eq!(status, 3);
    assert!(err.contains("not a manhole: it sent \"HTTP/1.1 400 Bad Request\""), "{err}");
}

#[test]
fn errors_distinguish_a_stale_socket_from_a_forbidden_one() {
    let home = Home::new();
    let path = home.path().join("left");
    drop(UnixListener::bind(&path).unwrap());
    let (_, err, status) = output_of(&home.run(&["eval", path.to_str().unwrap(), "1"]));
    assert_eq!(status, 3);
    assert!(err.contains("stale socket") && err.contains("help: start the application"), "{err}");

    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root || !crate::support::has_tool("setpriv", "--version") {
        assert!(!is_root || std::env::var_os("MANHOLE_REQUIRE_TOOLS").is_none());
        return;
    }
    // In a directory that other users may traverse.
    let open = tempfile::Builder::new().prefix("manhole-test-").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(open.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let app = App::start(&open.path().join("app.sock"));
    let client = open.path().join("client");
    std::fs::copy(env!("CARGO_BIN_EXE_manhole"), &client).unwrap();
    let nobody = |target: &str| {
        let mut setpriv = std::process::Command::new("setpriv");
        setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&client);
        output_of(&setpriv.args(["eval", target, "1"]).output().unwrap())
    };
    let (_, err, status) = nobody(app.target());
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("permission denied: it") && err.contains("belongs to root and has mode 0600"),
        "{err}"
    );
    assert!(err.contains("help: run the client as root"), "{err}");
    // The error is the kind of file, not the missing permission.
    assert_eq!(nobody("/"), (String::new(), "error: cannot connect to /: not a socket\n".to_owned(), 3));
}

#[test]
fn json_is_plain_or_exact() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let code = "print(1); [2**60, 1.0 / 0.0, #{\"$a\": 1}, [1u8]]";
    for (form, expected) in [
        ("--json", "[1152921504606846976,\"inf\",{\"$a\":1},[1]]\n"),
        ("--json=plain", "[1152921504606846976,\"inf\",{\"$a\":1},[1]]\n"),
        (
            "--json=exact",
            "[{\"$int\":\"1152921504606846976\"},{\"$float\":\"inf\"},{\"$map\":[[\"$a\",1]]},[1]]\n",
        ),
    ] {
        let (out, err, status) = output_of(&home.run(&["eval", "app", code, form]));
        assert_eq!((out.as_str(), err.as_str(), status), (expected, "1\n", 0), "{form}");
    }
    let (out, err, _) = output_of(&home.run(&["eval", "app", "many", "--json"]));
    assert!(out.starts_with("[0,1,2"), "{out}");
    assert!(err.starts_with("note: the value is cut"), "{err}");
}

#[test]
fn raw_strings_have_no_quotes() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (code, expected) in [
        ("gizmo.items[0].label", "anvil\n"),
        ("\"a\\n\\x1b\"", "a\n\u{1b}\n"),
        ("'c'", "c\n"),
        ("gizmo.count", "42\n"),
        ("[\"a\"]", "[\"a\"]\n"),
        ("let x = 1;", ""),
    ] {
        assert_eq!(output_of(&home.run(&["eval", "app", code, "--raw"])).0, expected, "{code}");
    }
    assert_eq!(output_of(&home.run(&["eval", "app", "1", "--raw", "--json"])).2, 2);
}

#[test]
fn exit_status_is_1_for_a_value_that_is_false() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (code, status) in [
        ("true", 0),
        ("gizmo.count", 0),
        ("5 - 6", 0),
        ("\"\"", 0),
        ("[]", 0),
        ("gizmo.count > 100", 1),
        ("0", 1),
        ("0.0", 1),
        ("None", 1),
        ("let x = 1;", 1),
        ("gizmo.nothing", 1),
    ] {
        for form in [&[][..], &["--json"], &["--raw"]] {
            let arguments = [&["eval", "app", code, "--exit-status"], form].concat();
            assert_eq!(output_of(&home.run(&arguments)).2, status, "{arguments:?}");
        }
        let arguments = ["eval", "app", code, "-e", "-t", "1"];
        assert_eq!(output_of(&home.run(&arguments)).2, status, "{code}");
    }
    assert_eq!(output_of(&home.run(&["eval", "app", "false", "--exit-status"])).0, "false\n");
}

#[test]
fn several_lines_run_as_at_the_prompt() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    for (code, out, err) in [
        ("let n = gizmo.count\nn * 2\n", "84\n", ""),
        ("gizmo.count\n\ngizmo.items\n    .len()\n", "42\n2\n", ""),
        ("fn f(x) {\n  x + 1\n}\nf(1)\nf(2)", "2\n3\n", ""),
        // The first command that fails is the last one.
        ("1\nthrow \"no\"\n3", "1\n", " --> line 2, column 1"),
        // Nothing runs if a line is invalid.
        ("gizmo.count = 1\ngizmo.count\nlet = 2\n", "", " --> line 3, column 5"),
        ("gizmo.count = 1\nif true {\n", "", "error: cannot run the command: it is incomplete"),
    ] {
        let (found, error, status) = output_of(&home.run(&["eval", "app", code]));
        assert_eq!((found.as_str(), status), (out, i32::from(!err.is_empty())), "{code}: {error}");
        assert!(error.contains(err), "{code}: {error}");
    }
    assert_eq!(app.gizmo.lock().count, 42);
    let (out, err, _) = output_of(&home.run(&["eval", "app", "let n = 1\nprint(n)\nn", "--json"]));
    assert_eq!((out.as_str(), err.as_str()), ("1\n", "1\n"));
}

#[test]
fn refusals_have_statuses_of_their_own() {
    let home = Home::new();
    let full =
        App::with(&home.socket("full", 1), |builder| builder.connection_limits(|limits| limits.sessions = 1));
    let held = std::os::unix::net::UnixStream::connect(&full.path).unwrap();
    std::io::Read::read(&mut (&held), &mut [0; 16]).unwrap();
    let (_, err, status) = output_of(&home.run(&["eval", "full", "1"]));
    assert_eq!(status, 6, "{err}");
    assert!(err.contains("maximum of 1 session") && err.contains("help: wait until"), "{err}");
}

#[test]
fn a_timeout_is_a_number_of_seconds() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    assert_eq!(output_of(&home.run(&["eval", "app", "set(\"timeout\")", "--timeout", "50"])).0, "50s\n");
    assert_eq!(output_of(&home.run(&["eval", "app", "loop {}", "--timeout", "1"])).2, 5);
    assert_eq!(output_of(&home.run(&["eval", "app", "1", "--timeout", "-1"])).2, 2);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let client = env!("CARGO_BIN_EXE_manhole");
    let pipe = format!(
        "{client} eval {} 'for n in 0..100000 {{ print(n) }}' | head -n 1; echo ${{PIPESTATUS[0]}}",
        app.target()
    );
    let output = std::process::Command::new("bash").args(["-c", &pipe]).output().unwrap();
    assert_eq!(output_of(&output), ("0\n0\n".to_owned(), String::new(), 0));
    // Also while there is nothing to print.
    for arguments in ["watch app gizmo.count", "watch app gizmo.count --json", "eval app 'print(1); loop {}'"]
    {
        let pipe = format!("timeout 50 {client} {arguments} | head -n 1; echo ${{PIPESTATUS[0]}}");
        let output = home.environment_of("bash").args(["-c", &pipe]).output().unwrap();
        let (out, err, _) = output_of(&output);
        assert_eq!((out.lines().last(), err.as_str()), (Some("0"), ""), "{arguments}: {out}");
    }
}

#[test]
fn output_to_a_file_has_no_control_characters_of_the_application() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let code = r#"print("\x1b[31mred\r"); throw "\x1b[2J""#;
    let (out, err, _) = output_of(&home.run(&["eval", "app", code]));
    assert_eq!(out, "\\u{1b}[31mred\\r\n");
    assert!(!err.contains('\u{1b}'), "{err:?}");
    let (out, err, _) = output_of(&home.run(&["eval", "app", code, "--json"]));
    assert_eq!((out.as_str(), err.lines().next()), ("", Some("\\u{1b}[31mred\\r")));
}
