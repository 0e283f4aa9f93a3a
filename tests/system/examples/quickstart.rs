//! The example `quickstart` through `nc` and `socat`, and the README's transcript of it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::support::example_process::Example;
use crate::support::{has_tool, is_there, wait_until};

const BANNER: &str = "Well this is neat\n";

fn start() -> Example {
    Example::start("quickstart")
}

/// Runs `program` with `input`, and returns its output.
fn pipe(program: &str, args: &[&str], input: &str) -> String {
    let mut child =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    child.wait().unwrap();
    output
}

#[test]
fn the_aiomanhole_transcript() {
    let mut quickstart = start();
    let mut client = quickstart.client(BANNER);
    for (code, answer) in [
        ("f = 5 + 5", ""),
        ("f", "10"),
        ("gizmo.count", "42"),
        ("gizmo.count = 7", ""),
        ("gizmo.reset()", "7"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(client.first_line("gizmo.cuont"), "error: Gizmo has no field `cuont`; did you mean `count`?");
    client.send("process::exit(0)\n");
    assert_eq!(client.rest(), "");
    quickstart.exited_with(0);
}

#[test]
fn every_root_of_quickstart() {
    let quickstart = start();
    let mut client = quickstart.client(BANNER);
    for (code, answer) in [
        ("gizmo.name", "\"gizmo\""),
        ("gizmo.ratio", "0.5"),
        ("gizmo.level", "3"),
        ("gizmo.config", "Config { limit: 100, verbose: false }"),
        ("gizmo.items.len()", "3"),
        ("gizmo.items[0].id", "1"),
        ("gizmo.sessions[\"bob\"].user", "\"bob\""),
        ("gizmo.sessions.alice.idle", "5s"),
        ("gizmo.mode", "Idle"),
        ("gizmo.last_error", "None"),
        ("gizmo.token", "<secret>"),
        ("add(20, 22)", "42"),
        ("gizmo.rename(\"renamed\"); gizmo.name", "\"renamed\""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert!(!client.ask("gizmo").contains("battery"));
    let before: u64 = client.ask("whatsit.ticks").parse().unwrap();
    wait_until("the whatsit ticks", || client.ask("whatsit.ticks").parse::<u64>().unwrap() > before);
    assert_eq!(client.ask("whatsit.ticks = 1000000; whatsit.ticks >= 1000000"), "true");
}

#[test]
fn quickstart_restarts_after_kill_9() {
    let mut quickstart = start();
    for _ in 0..3 {
        quickstart.client(BANNER).ask("gizmo.count = 1");
        quickstart = quickstart.restart();
        assert_eq!(quickstart.client(BANNER).ask("gizmo.count"), "42");
    }
}

#[test]
fn quickstart_through_nc() {
    if !has_tool("nc", "-h", "OpenBSD") {
        return;
    }
    let quickstart = start();
    let path = quickstart.path.to_str().unwrap();
    assert_eq!(pipe("nc", &["-N", "-U", path], "77"), "Well this is neat\n>>> 77\n");
    assert_eq!(
        pipe("nc", &["-N", "-U", path], "fn f(x) {\n  x + 1\n}\nf(gizmo.count)\nprint(\"hello\")\n"),
        "Well this is neat\n>>> ... ... >>> 43\n>>> hello\n>>> "
    );
}

#[test]
fn quickstart_through_socat() {
    if !has_tool("socat", "-V", "socat") {
        return;
    }
    let quickstart = start();
    let address = format!("UNIX-CONNECT:{}", quickstart.path.display());
    assert_eq!(
        pipe("socat", &["-t", "10", "-", &address], "gizmo.level\r\n"),
        "Well this is neat\n>>> 3\n>>> "
    );
}

/// Replays the README's transcript, and compares it line by line.
#[test]
fn the_readme_transcript() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("```console\n$ nc -U /var/tmp/testing.manhole\n").unwrap();
    let (transcript, _) = rest.split_once("\n```").unwrap();

    let mut quickstart = start();
    let mut client = quickstart.client(BANNER);
    let mut shown = BANNER.to_owned();
    let mut ended = false;
    let mut lines = transcript.lines();
    for line in lines.by_ref().filter(|line| line.starts_with(">>> ") || line.starts_with("... ")) {
        let (prompt, code) = line.split_at(4);
        shown += &format!("{prompt}{code}\n");
        client.send(format!("{code}\n"));
        if code.starts_with("process::exit") {
            ended = true;
            break;
        }
        // After an unfinished line comes the continuation prompt, with which the transcript's next line begins.
        let answer = client.until_any(&[">>> ", "... "]);
        let answer = answer.replace("note: the command goes on; two blank lines drop it\n", "");
        shown += answer.trim_end_matches(">>> ").trim_end_matches("... ");
    }
    assert_eq!(shown.trim_end(), transcript);
    if ended {
        quickstart.exited_with(0);
    }
}

#[test]
fn its_executable_is_the_connection_to_its_console() {
    let quickstart = start();
    let program = quickstart.executable();
    let path = quickstart.path.to_str().unwrap();
    let output = pipe(program.to_str().unwrap(), &["manhole-proxy", path], "gizmo.count + 1\n");
    assert!(output.starts_with(BANNER) && output.contains("43"), "{output}");
    let missing =
        Command::new(&program).args(["manhole-proxy", "/nope"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("error: cannot connect to /nope: "));
}

#[test]
fn a_proxy_finds_the_console_of_its_container() {
    if !has_tool("unshare", "--version", "util-linux") {
        return;
    }
    // A namespace of the network has its own list of sockets, as a container has.
    let script = "MANHOLE_SOCKET=\"$2\" \"$1\" >/dev/null & app=$!\n\
                  until [ -S \"$2\" ]; do sleep 0.05; done\n\
                  echo 'gizmo.count + 1' | \"$1\" manhole-proxy; kill $app";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.sock");
    let arguments = ["--user", "--map-root-user", "--net", "sh", "-c", script, "sh"];
    let output = Command::new("unshare")
        .args(arguments)
        .args([Example::executable_of("quickstart"), path])
        .env("XDG_RUNTIME_DIR", directory.path())
        .output()
        .unwrap();
    if String::from_utf8_lossy(&output.stderr).contains("unshare") {
        is_there(false, "namespaces are not permitted");
        return;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with(BANNER) && text.contains("43"), "{output:?}");
}
