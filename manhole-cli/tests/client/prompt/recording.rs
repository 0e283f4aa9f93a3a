//! `attach --record`: what a session leaves behind.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{App, Home, has_tool, wait_until};

/// Runs commands with a recording, and returns the file's text.
fn recorded(name: &str) -> Option<String> {
    if !has_tool("tmux", "-V") {
        return None;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join(name);
    let terminal = home.terminal(&format!("attach app --record {}", file.display()));
    terminal.enters("print(\"one\"); gizmo.count");
    terminal.shows("one\n42\n");
    terminal.enters("gizmo.nothing");
    terminal.shows("error: Gizmo has no field");
    terminal.enters("let password = \"hunter2\";");
    terminal.enters("fn twice(n) {");
    terminal.shows("\n....");
    terminal.enters("n * 2 }");
    terminal.enters("twice(21) + 1");
    terminal.until("43", |screen| screen.contains("\n43\n"));
    let text = || std::fs::read_to_string(&file).unwrap();
    // At once: nothing is lost if the client is killed.
    wait_until("the answer is in the file", || text().contains("43"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    terminal.enters("exit");
    terminal.shows("left with 0");
    Some(text())
}

#[test]
fn a_transcript_has_commands_and_answers() {
    let Some(text) = recorded("incident.txt") else { return };
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("// 20") && !line.is_empty()).collect();
    let expected = [
        "app admin> print(\"one\"); gizmo.count",
        "one",
        "42",
        "app admin> gizmo.nothing",
        "error: Gizmo has no field `nothing`",
    ];
    assert!(lines[0].starts_with("// app, process ") && lines[1].starts_with("app (process "), "{text}");
    assert_eq!(&lines[2..2 + expected.len()], expected);
    assert!(text.contains("app admin> // A command that mentions a secret.\n"), "{text}");
    assert!(text.contains("app admin> fn twice(n) {\n.......... n * 2 }\n"), "{text}");
    assert!(text.contains("app admin> twice(21) + 1\n43\n") && text.ends_with("app admin> exit\n"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains('\x1b'), "{text}");
}

#[test]
fn a_cast_can_be_played() {
    let Some(text) = recorded("incident.cast") else { return };
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["version"], &lines[0]["width"], &lines[0]["height"]),
        (&2.into(), &100.into(), &30.into())
    );
    let (mut shown, mut last) = (String::new(), 0.0);
    for event in &lines[1..] {
        let time = event[0].as_f64().unwrap();
        assert!(time >= last && event[1] == "o", "{event}");
        last = time;
        shown += event[2].as_str().unwrap();
    }
    assert!(shown.contains("app admin> print(\"one\"); gizmo.count\r\none\r\n"), "{shown:?}");
    assert!(shown.contains("\x1b[1;31merror:") && !shown.contains("hunter2"), "{shown:?}");
    assert!(shown.contains("app admin> fn twice(n) {\r\n.......... n * 2 }\r\n"), "{shown:?}");
}

#[test]
fn a_recording_overwrites_nothing() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    for path in [&file, Path::new("/nowhere/at/all")] {
        let terminal = home.terminal(&format!("attach app --record {}", path.display()));
        terminal.shows(&format!("error: cannot write to {}", path.display()));
        terminal.shows("left with 2");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_full_disk_ends_the_recording_alone() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join("small.txt");
    // The limit is 1024 bytes. Without the signal, a write above it is an error.
    let setup = "trap '' XFSZ; ulimit -f 1";
    let terminal =
        home.terminal_after(setup, "", &format!("attach app --no-history --record {}", file.display()));
    terminal.enters("\"x\".repeat(2000).len()");
    terminal.shows("2000");
    terminal.enters("print(\"y\".repeat(1500)); 7");
    let screen = terminal.shows("note: cannot write to");
    terminal.enters("6 * 7");
    terminal.until("42", |screen| screen.contains("6 * 7\n42\n"));
    assert_eq!(screen.matches("note: cannot write to").count(), 1, "{screen}");
}
