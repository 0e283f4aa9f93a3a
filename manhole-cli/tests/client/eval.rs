//! For scripts: output and exit status.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use manhole::{Access, Level};

use crate::support::{App, Home, said};

#[test]
fn a_value_is_printed_and_the_status_is_0() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    for target in ["app", "1", app.target()] {
        assert_eq!(said(&home.run(&["eval", target, "gizmo.count"])), ("42\n".to_owned(), String::new(), 0));
    }
    assert_eq!(said(&home.run(&["eval", "app", "let x = 1;"])).0, "");
    assert_eq!(said(&home.run(&["eval", "app", "print(1); 2"])).0, "1\n2\n");
    let (out, err, _) = said(&home.run(&["eval", "app", "print(1); gizmo.items[0]", "--json"]));
    assert_eq!((out.as_str(), err.as_str()), ("{\"id\":1,\"label\":\"anvil\"}\n", "1\n"));
    assert_eq!(said(&home.run(&["eval", "app", "None", "--json"])).0, "null\n");
}

#[test]
fn the_code_comes_from_an_argument_a_file_or_the_standard_input() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join("check.rhai");
    std::fs::write(&file, "let n = gizmo.count;\nn * 2\n").unwrap();
    assert_eq!(said(&home.run(&["eval", "app", "--file", file.to_str().unwrap()])).0, "84\n");
    for arguments in [&["eval", "app"][..], &["eval", "app", "--file", "-"]] {
        let mut client = home.client();
        let mut child = client.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"gizmo.count\n+ 1").unwrap();
        assert_eq!(said(&child.wait_with_output().unwrap()).0, "43\n");
    }
    let (_, err, status) = said(&home.run(&["eval", "app", "--file", "/nope"]));
    assert_eq!((status, err.starts_with("error: /nope cannot be read")), (2, true), "{err}");
}

#[test]
fn the_exit_status_tells_what_went_wrong() {
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
        (&["eval", "app", "if true {"], 1, "error: the command is not complete"),
        (&["eval"], 2, "error: "),
        (&["eval", "app", "1", "--timeout", "soon"], 2, "error: "),
        (&["eval", "app", "1", "--timeout", "1h"], 2, "error: timeout is at most 60s here"),
        (&["eval", "ssh://host", "1"], 2, "error: "),
        (&["eval", "nobody", "1"], 3, "error: no program called \"nobody\" has a manhole"),
        (&["eval", "/nope/app", "1"], 3, "error: there is no /nope/app"),
        (&["eval", "/", "1"], 3, "error: / is not a socket"),
        (&["eval", "app", "gizmo.count = 1"], 4, "error: gizmo.count takes the level operate"),
        (&["eval", "app", "gizmo.key"], 4, "error: gizmo.key takes the level admin"),
        (&["eval", "closed", "1"], 4, "error: closed 2: user"),
        (
            &["eval", "app", "loop {}", "--timeout", "100ms"],
            5,
            "error: stopped: the command ran longer than 100ms",
        ),
    ] {
        let (out, err, code) = said(&home.run(arguments));
        assert_eq!((out.as_str(), code), ("", status), "{arguments:?}: {err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
    // A longer timeout than the session has is asked for.
    assert_eq!(said(&home.run(&["eval", "app", "set(\"timeout\")", "--timeout", "30s"])).0, "30s\n");
    drop((app, closed));
}

#[test]
fn several_targets_are_asked_at_once_and_have_a_row_each() {
    let home = Home::new();
    let apps: Vec<_> = (1..=20).map(|pid| App::start(&home.socket("app", pid))).collect();
    apps[4].gizmo.lock().count = 5;
    let (out, _, status) = said(&home.run(&["eval", "app", "gizmo.count", "--all", "--jobs", "3"]));
    assert_eq!(status, 0);
    assert_eq!(out.lines().count(), 21, "{out}");
    assert!(out.contains("app 5   5\n") && out.contains("app 20  42\n"), "{out}");
    let arguments = ["eval", "1", "gizmo.count", "-t", "/nope", "-t", "2", "-t", "3", "--json"];
    let (out, _, status) = said(&home.run(&arguments));
    assert_eq!(status, 3);
    assert_eq!(
        out,
        "{\"target\":\"app 1\",\"value\":42}\n{\"error\":\"there is no /nope\",\"target\":\"/nope\"}\n\
         {\"target\":\"app 2\",\"value\":42}\n{\"target\":\"app 3\",\"value\":42}\n"
    );
    let (_, err, status) = said(&home.run(&["eval", "app", "1"]));
    assert_eq!(status, 2);
    assert!(err.starts_with("error: several programs could be meant:\n  app 1\n"), "{err}");
    assert!(err.ends_with("by its process: manhole eval PID …; or take all of them: --all\n"), "{err}");
    // A name that means none, or several, is a row as well.
    let (out, _, status) = said(&home.run(&["eval", "nobody", "gizmo.count", "-t", "1", "-t", "app"]));
    assert_eq!(status, 3);
    let rows: Vec<_> = out.lines().skip(1).collect();
    assert_eq!(rows[0], "nobody  error: no program called \"nobody\" has a manhole where it is looked for");
    assert_eq!(rows[1], "app 1   42");
    assert_eq!(rows[2], "app     error: several programs could be meant; --all takes all of them");
}

#[test]
fn what_several_targets_print_tells_whose_it_is() {
    let home = Home::new();
    let apps: Vec<_> = (1..=2).map(|pid| App::start(&home.socket("app", pid))).collect();
    let (out, err, status) =
        said(&home.run(&["eval", "1", "print(\"a\\nb\"); 3", "--target", "2", "--json", "--jobs", "1"]));
    assert_eq!(err, "app 1: a\napp 1: b\napp 2: a\napp 2: b\n");
    assert_eq!(out, "{\"target\":\"app 1\",\"value\":3}\n{\"target\":\"app 2\",\"value\":3}\n");
    assert_eq!(status, 0);
    drop(apps);
}

#[test]
fn what_is_not_a_manhole_or_of_another_version_is_told_apart() {
    let home = Home::new();
    let says = |name: &str, words: &'static str| {
        let path = home.path().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.write_all(words.as_bytes());
                // Until the client has read it.
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
            says("new", information(99)),
            "speaks version 99 of the protocol (manhole 9.9.9), and this client only version 1\nhelp: update it",
        ),
        (
            says("old", information(0)),
            "speaks version 0 of the protocol (manhole 9.9.9), which is too old for this client\nhelp: ",
        ),
        (says("strange", "{\"hello\": 1}\n"), "is not a manhole: it says \"{\\\"hello\\\": 1}\""),
    ] {
        let (_, err, status) = said(&home.run(&["eval", &path, "1"]));
        assert_eq!(status, 3);
        assert!(err.contains(error), "{err}");
    }
    // Something else that talks and hangs up.
    let path = home.path().join("web");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (_, err, status) = said(&home.run(&["eval", path.to_str().unwrap(), "1"]));
    assert_eq!(status, 3);
    assert!(err.contains("is not a manhole: it says \"HTTP/1.1 400 Bad Request\""), "{err}");
}

#[test]
fn a_stale_socket_and_one_of_somebody_else_are_told_apart() {
    let home = Home::new();
    let path = home.path().join("left");
    drop(UnixListener::bind(&path).unwrap());
    let (_, err, status) = said(&home.run(&["eval", path.to_str().unwrap(), "1"]));
    assert_eq!(status, 3);
    assert!(err.contains("the socket is stale") && err.contains("help: start the program"), "{err}");

    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root || !crate::support::has_tool("setpriv", "--version") {
        assert!(!is_root || std::env::var_os("MANHOLE_REQUIRE_TOOLS").is_none());
        return;
    }
    // In a directory that others may pass.
    let open = tempfile::Builder::new().prefix("manhole-test-").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(open.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let app = App::start(&open.path().join("app.sock"));
    let client = open.path().join("client");
    std::fs::copy(env!("CARGO_BIN_EXE_manhole"), &client).unwrap();
    let nobody = |target: &str| {
        let mut setpriv = std::process::Command::new("setpriv");
        setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&client);
        said(&setpriv.args(["eval", target, "1"]).output().unwrap())
    };
    let (_, err, status) = nobody(app.target());
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("no permission to connect to") && err.contains("belongs to root and has mode 0600"),
        "{err}"
    );
    assert!(err.contains("help: run it as root"), "{err}");
    // More permission would not make a socket of it.
    assert_eq!(nobody("/"), (String::new(), "error: / is not a socket\n".to_owned(), 3));
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let client = env!("CARGO_BIN_EXE_manhole");
    let pipe = format!(
        "{client} eval {} 'for n in 0..100000 {{ print(n) }}' | head -n 1; echo ${{PIPESTATUS[0]}}",
        app.target()
    );
    let output = std::process::Command::new("bash").args(["-c", &pipe]).output().unwrap();
    assert_eq!(said(&output), ("0\n0\n".to_owned(), String::new(), 0));
}
