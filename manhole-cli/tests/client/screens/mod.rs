//! `tree` and `watch` as full screens.

mod top;
mod tree;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Namespace, manhole};
use parking_lot::Mutex;

use crate::support::{App, Home, has_tool, output_of, wait_until};

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
    // An edit is written after confirmation.
    terminal.presses("Down");
    terminal.types("e");
    terminal.shows("gizmo.count = 1234");
    terminal.presses("BSpace");
    terminal.types("5");
    terminal.presses("Enter");
    terminal.shows("write gizmo.count = 1235?");
    terminal.types("n");
    terminal.shows("nothing written");
    assert_eq!(app.gizmo.lock().count, 1234);
    terminal.types("e");
    terminal.shows("gizmo.count = 1234");
    terminal.presses("C-u");
    terminal.types("9");
    terminal.presses("Enter");
    terminal.types("y");
    terminal.shows("wrote gizmo.count");
    terminal.shows("    count: 9");
    assert_eq!(app.gizmo.lock().count, 9);
    // A wrong value is an error.
    terminal.types("e");
    terminal.types("x");
    terminal.presses("Enter");
    terminal.types("y");
    terminal.shows("error: ");
    // A search selects the match.
    terminal.types("/limit");
    terminal.presses("Enter");
    terminal.shows("gizmo.config");
    terminal.presses("Right");
    terminal.shows("limit: 100");
    terminal.types("/nothing like it");
    terminal.presses("Enter");
    terminal.shows("error: cannot find the text in the open values");
    terminal.types("?");
    terminal.shows("edit; asks before it writes");
    terminal.types("x");
    terminal.until("no help", |screen| !screen.contains(" Keys "));
    // A large list is paged.
    // Below it is what every process has.
    terminal.presses("End");
    terminal.presses("Up");
    terminal.presses("Enter");
    terminal.shows("▾ many");
    terminal.presses("End");
    terminal.shows("99900 more; Enter shows the next 100");
    terminal.presses("Up");
    terminal.presses("Enter");
    terminal.shows("99800 more");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_tree_starts_at_a_path_and_reconnects_after_a_restart() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("tree app gizmo.items[1]");
    let screen = terminal.shows("label: \"bellows\"");
    assert!(screen.contains("▾ gizmo.items[1]: Item"), "{screen}");
    drop(app);
    let screen = terminal.shows("waiting for it to restart");
    assert!(screen.contains("label: \"bellows\""), "the last rows stay: {screen}");
    // Another process has another socket.
    let app = App::start(&home.socket("app", 2));
    terminal.shows("reconnected to ");
    app.gizmo.lock().items[1].label = "hammer".to_owned();
    terminal.shows("label: \"hammer\"");
    drop(app);
    terminal.shows("waiting for it to restart");
    terminal.types("q");
    terminal.shows("left with 0");
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("tree app gizmo.nothing");
    terminal.shows("error: cannot inspect gizmo.nothing: Gizmo has no field `nothing`");
    terminal.shows("left with 1");
}

#[test]
fn locked_values_do_not_block_keys() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let locks: Vec<_> = (0..20_u64).map(|n| Arc::new(Mutex::new(n))).collect();
    let namespace: Namespace = manhole! { locks => Arc::new(locks.clone()) };
    let held: Vec<_> = locks.iter().map(|lock| lock.lock()).collect();
    // A second for each of them would exceed the client's timeout.
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
    terminal.shows("error: cannot edit <locked>: the value is hidden");
    drop(held);
    terminal.shows("  19: 19");
    terminal.types("q");
    terminal.shows("left with 0");
    console.shutdown();
}

#[test]
fn a_truncated_value_is_not_offered_for_editing() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    app.gizmo.lock().items[0].label = "x".repeat(10_000);
    let terminal = home.terminal("tree app gizmo.items[0]");
    terminal.shows("▾ gizmo.items[0]: Item");
    terminal.types("e");
    terminal.shows("error: cannot edit a struct as a whole: open it and edit its fields");
    terminal.presses("End");
    terminal.types("e");
    terminal.until("an empty line to type in", |screen| {
        screen.lines().any(|line| line.trim_end() == "gizmo.items[0].label =")
    });
    terminal.presses("Enter");
    terminal.shows("nothing written");
    assert_eq!(app.gizmo.lock().items[0].label.len(), 10_000);
}

#[test]
fn a_watch_charts_numbers() {
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
    assert!(screen.contains("-1s┴─") && screen.contains("─now"), "{screen}");
    terminal.types("?");
    terminal.shows("show only the selected expression");
    terminal.types("?");
    terminal.types("c");
    terminal.shows("gizmo.count  190  min 190  max 190");
    app.gizmo.lock().count = 191;
    terminal.until("a rate", |screen| {
        screen
            .lines()
            .any(|line| line.contains("gizmo.count  191  min 190  max 191  +") && line.contains("/s"))
    });
    terminal.types("r");
    terminal.shows("(per second)");
    terminal.types("r-");
    terminal.shows("a column is 100ms");
    terminal.presses("Down");
    terminal.presses("Enter");
    terminal
        .until("one expression", |screen| screen.contains("gizmo.mode") && !screen.contains("gizmo.count"));
    // It leads back first.
    terminal.types("q");
    app.gizmo.lock().count = 0;
    terminal.shows("gizmo.count  0  min 0  max 191");
    drop(app);
    terminal.shows("gizmo.count  error: the connection to app 1 ended");
    let _app = App::start(&home.socket("app", 2));
    terminal.shows("gizmo.count  42  min 0  max 191");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_watch_has_a_grid_and_ends_by_its_condition() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let code: Vec<_> = (0..10).map(|number| format!("'gizmo.count+{number}'")).collect();
    let command = format!("watch app {} --interval 50ms --until 'gizmo.count > 99'", code.join(" "));
    let terminal = home.terminal(&command);
    // Ten do not fit below each other on thirty lines.
    let screen = terminal.until("the last one", |screen| screen.contains("gizmo.count+9  51"));
    let is_beside = |line: &str| line.contains("gizmo.count+0  42") && line.contains("gizmo.count+1  43");
    assert!(screen.lines().any(is_beside), "{screen}");
    assert!(!screen.contains("gizmo.count > 99"), "{screen}");
    app.gizmo.lock().count = 100;
    terminal.shows("left with 0");
}

#[test]
fn sigterm_restores_the_terminal_and_a_closed_terminal_ends_the_client() {
    if !has_tool("tmux", "-V") || !has_tool("pgrep", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (command, sign) in
        [("tree app", "▸ gizmo"), ("watch app gizmo.count", "gizmo.count  42"), ("attach app", "app admin>")]
    {
        let terminal = home.terminal(command);
        terminal.shows(sign);
        assert!(Command::new("kill").arg(terminal.process()).status().unwrap().success());
        // The shell reads lines again, not single keys.
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
    let (_, err, status) = output_of(&home.run(&["tree", "app"]));
    assert_eq!(
        (
            status,
            err.starts_with(
                "error: cannot show the tree: standard input and output are not a terminal\nhelp: "
            )
        ),
        (2, true),
        "{err}"
    );
}
