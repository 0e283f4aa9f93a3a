//! `tree` and `watch` in a terminal.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Namespace, manhole};
use parking_lot::Mutex;

use crate::support::{App, Home, has_tool, said, wait_until};

#[test]
fn a_tree_is_opened_changed_and_searched() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("tree app");
    terminal.shows("▸ gizmo: Gizmo { count: 42");
    terminal.presses("Enter");
    let screen = terminal.shows("▾ gizmo");
    assert!(
        screen.contains("count: 42") && screen.contains("u64") && screen.contains("▸ config"),
        "{screen}"
    );
    // Values change in place.
    app.gizmo.lock().count = 1234;
    terminal.shows("    count: 1234");
    // What is edited is written after a question.
    terminal.presses("Down");
    terminal.types("e");
    terminal.shows("gizmo.count = 1234");
    terminal.presses("BSpace");
    terminal.types("5");
    terminal.presses("Enter");
    terminal.shows("write gizmo.count = 1235?");
    terminal.types("n");
    terminal.shows("nothing was written");
    assert_eq!(app.gizmo.lock().count, 1234);
    terminal.types("e");
    terminal.shows("gizmo.count = 1234");
    terminal.presses("C-u");
    terminal.types("9");
    terminal.presses("Enter");
    terminal.types("y");
    terminal.shows("gizmo.count is written");
    terminal.shows("    count: 9");
    assert_eq!(app.gizmo.lock().count, 9);
    // What does not fit says why.
    terminal.types("e");
    terminal.types("x");
    terminal.presses("Enter");
    terminal.types("y");
    terminal.shows("error: ");
    // A search goes to what has it.
    terminal.types("/limit");
    terminal.presses("Enter");
    terminal.shows("gizmo.config");
    terminal.presses("Right");
    terminal.shows("limit: 100");
    terminal.types("/nothing like it");
    terminal.presses("Enter");
    terminal.shows("error: not found among what is open");
    terminal.types("?");
    terminal.shows("edit, with a question before it is written");
    terminal.types("x");
    terminal.until("no help", |screen| !screen.contains("Any key goes back."));
    // A large list is paged.
    terminal.presses("End");
    terminal.presses("Enter");
    terminal.presses("End");
    terminal.shows("99900 more; Enter shows the next 100");
    terminal.presses("Enter");
    terminal.shows("99800 more");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_tree_may_begin_anywhere_and_waits_for_its_program_to_come_back() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("tree app gizmo.items[1]");
    let screen = terminal.shows("label: \"bellows\"");
    assert!(screen.contains("▾ gizmo.items[1]: Item"), "{screen}");
    drop(app);
    let screen = terminal.shows("waiting for it to come back");
    assert!(screen.contains("label: \"bellows\""), "what was seen last stays: {screen}");
    // Another process has another socket.
    let app = App::start(&home.socket("app", 2));
    terminal.shows("connected again, to ");
    app.gizmo.lock().items[1].label = "hammer".to_owned();
    terminal.shows("label: \"hammer\"");
    drop(app);
    terminal.shows("waiting for it to come back");
    terminal.types("q");
    terminal.shows("left with 0");
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("tree app gizmo.nothing");
    terminal.shows("error: gizmo.nothing: Gizmo has no field `nothing`");
    terminal.shows("left with 1");
}

#[test]
fn what_the_program_has_locked_holds_up_no_key() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let locks: Vec<_> = (0..20_u64).map(|n| Arc::new(Mutex::new(n))).collect();
    let namespace: Namespace = manhole! { locks => Arc::new(locks.clone()) };
    let held: Vec<_> = locks.iter().map(|lock| lock.lock()).collect();
    // Waiting a second for each of them would be more than the client waits for an answer.
    let builder = Builder::new(namespace).limits(|limits| {
        limits.lock_wait = Duration::from_secs(1);
        limits.timeout = Duration::from_secs(60);
    });
    let console = builder.spawn(home.socket("app", 1)).unwrap();
    let terminal = home.terminal("tree app locks");
    let screen = terminal.shows("  19: <locked>");
    assert!(!screen.contains("error:") && screen.contains("  0: <locked>"), "{screen}");
    terminal.presses("Down");
    terminal.types("e");
    terminal.shows("error: it is <locked>: what is not shown is not edited");
    drop(held);
    terminal.shows("  19: 19");
    terminal.types("q");
    terminal.shows("left with 0");
    console.shutdown();
}

#[test]
fn what_cannot_be_typed_as_a_whole_is_not_offered() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    app.gizmo.lock().items[0].label = "x".repeat(10_000);
    let terminal = home.terminal("tree app gizmo.items[0]");
    terminal.shows("▾ gizmo.items[0]: Item");
    terminal.types("e");
    terminal.shows("error: open it and edit its fields");
    terminal.presses("End");
    terminal.types("e");
    terminal.until("an empty line to type in", |screen| {
        screen.lines().any(|line| line.trim_end() == "gizmo.items[0].label =")
    });
    terminal.presses("Enter");
    terminal.shows("nothing was written");
    assert_eq!(app.gizmo.lock().items[0].label.len(), 10_000);
}

#[test]
fn a_watch_shows_how_numbers_go() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("watch app gizmo.count gizmo.mode gizmo.nothing --interval 50ms");
    terminal.shows("gizmo.count  42  min 42  max 42");
    terminal.shows("gizmo.mode  Idle");
    terminal.shows("gizmo.nothing  error: Gizmo has no field");
    app.gizmo.lock().count = 0;
    terminal.shows("gizmo.count  0  min 0  max 42");
    for count in (10..200).step_by(10) {
        app.gizmo.lock().count = count;
        terminal.shows(&format!("gizmo.count  {count}  min 0  "));
    }
    let screen = terminal.shows("gizmo.count  190  min 0  max 190");
    assert!(screen.contains('█') && screen.contains('▁'), "{screen}");
    drop(app);
    terminal.shows("gizmo.count  error: the connection to app 1 has ended");
    let _app = App::start(&home.socket("app", 2));
    terminal.shows("gizmo.count  42  min 0  max 190");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_signal_gives_the_terminal_back_and_ends_the_client_where_it_has_gone() {
    if !has_tool("tmux", "-V") || !has_tool("pgrep", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (command, sign) in
        [("tree app", "▸ gizmo"), ("watch app gizmo.count", "gizmo.count  42"), ("attach app", "app>")]
    {
        let terminal = home.terminal(command);
        terminal.shows(sign);
        assert!(Command::new("kill").arg(terminal.process()).status().unwrap().success());
        // Left to the shell, which sees lines again and not keys.
        terminal.shows("left with 143");
        terminal
            .until("a line is typed as before", |screen| screen.lines().any(|line| line == "icanon echo"));
        let terminal = home.terminal(command);
        terminal.shows(sign);
        let process = Path::new("/proc").join(terminal.process());
        drop(terminal);
        wait_until("the client has ended", || !process.exists());
    }
}

#[test]
fn a_watch_without_a_terminal_prints_lines() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let lines = |arguments: &[&str]| {
        let watch = ["watch", "app", "gizmo.count", "gizmo.mode", "--interval", "20ms", "--lines", "3"];
        let mut client = home.client();
        client.args(watch).args(arguments).stdout(std::process::Stdio::piped());
        let child = client.spawn().unwrap();
        let gizmo = Arc::clone(&app.gizmo);
        let mut child = child;
        wait_until("three lines are there", || {
            gizmo.lock().count += 1;
            child.try_wait().unwrap().is_some()
        });
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let plain = lines(&[]);
    assert_eq!(plain.lines().count(), 3, "{plain}");
    assert!(plain.contains("  gizmo.count  ") && plain.contains("  gizmo.mode  Idle\n"), "{plain}");
    let csv = lines(&["--csv"]);
    assert!(csv.starts_with("time,target,expression,value\n"), "{csv}");
    assert!(csv.contains(",app 1,gizmo.mode,Idle\n"), "{csv}");
    let json = lines(&["--json"]);
    for line in json.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["target"] == "app 1" && !line["value"].is_null(), "{line}");
    }
}

#[test]
fn a_tree_needs_a_terminal() {
    let home = Home::new();
    let (_, err, status) = said(&home.run(&["tree", "app"]));
    assert_eq!((status, err.starts_with("error: tree needs a terminal\nhelp: ")), (2, true), "{err}");
}
