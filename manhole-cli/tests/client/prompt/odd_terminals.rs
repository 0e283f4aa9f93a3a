//! `attach` in terminals without a size, and in those that only print text.

use manhole::Listener;

use crate::support::{App, Home, has_tool};

#[test]
fn a_terminal_without_a_size_gets_one() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal_after("stty rows 0 cols 0", "", "attach app; stty size");
    terminal.enters("6 * 7");
    let screen = terminal.shows("6 * 7\n42\n");
    assert!(!screen.contains("q returns"), "{screen}");
    terminal.enters("exit");
    // The shell gets the terminal as it was.
    terminal.shows("\n0 0\nleft with 0");
}

#[test]
fn a_dumb_terminal_gets_lines_without_escape_sequences() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal_with("TERM=dumb", "attach app");
    terminal.enters("fn twice(n) {");
    terminal.enters("n * 2 }");
    terminal.enters("twice(21)");
    terminal.shows("twice(21)\n42\n");
    terminal.enters("for n in 0..200 { print(n) }");
    terminal.shows("\n199\n");
    // Ctrl-C drops a line, and stops a command. Keys that are pressed then are kept.
    terminal.types("gizmo.reset()");
    terminal.presses("C-c");
    terminal.until("a prompt", |screen| screen.trim_end().ends_with("app admin>"));
    terminal.enters("print(\"begun\"); loop {}");
    terminal.shows("\nbegun\n");
    terminal.presses("C-c");
    terminal.shows("error: stopped: interrupted");
    terminal.enters("print(\"again\"); sleep(0.5)");
    terminal.shows("\nagain\n");
    terminal.types("1000 + 1");
    terminal.presses("Enter");
    terminal.types("1000 +");
    let screen = terminal.until("half a line", |screen| screen.trim_end().ends_with("> 1000 +"));
    assert!(screen.contains("1000 + 1\n1001\n") && !screen.contains("running;"), "{screen}");
    terminal.types(" 2");
    terminal.presses("Enter");
    terminal.shows("1000 + 2\n1002\n");
    assert_eq!(app.gizmo.lock().count, 42);
    let screen = terminal.colors();
    assert!(!screen.contains('\x1b'), "{screen:?}");
    terminal.until("a prompt", |screen| screen.trim_end().ends_with("app admin>"));
    terminal.presses("C-d");
    terminal.shows("left with 0");
    let terminal = home.terminal_with("TERM=dumb", "tree app");
    terminal.shows("error: cannot show the tree: the terminal cannot move its cursor (TERM=dumb)");
}

#[test]
fn the_prompt_shows_the_machine_and_the_level() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::with(&home.socket("app", 1), |builder| builder.listen(Listener::tcp(([127, 0, 0, 1], 0))));
    let terminal = home.terminal(&format!("attach tcp:127.0.0.1:{}", app.port()));
    terminal.shows(&format!("app@127.0.0.1:{} admin>", app.port()));
    terminal.enters("level(\"observe\")");
    terminal.shows(&format!("app@127.0.0.1:{} observe>", app.port()));
}

#[test]
fn texts_fit_the_columns_of_the_terminal() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    app.gizmo.lock().items[0].label = "an anvil of more than forty characters, which is long".to_owned();
    app.gizmo.lock().items[1].label = "漢字".to_owned();
    let terminal = home.terminal("attach app");
    terminal.enters("table(gizmo.items)");
    terminal.shows("\n 1  \"an anvil of more than forty characters, which is long\"\n 2  \"漢字\"\n");
    let terminal = home.terminal_after("stty cols 40", "", "attach app");
    let screen = terminal.shows("Ctrl-D exits");
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("level admin); help lists the names, Ctrl-D exits"), "{screen}");
    terminal.enters("table(gizmo.items)");
    terminal.shows("\n 1  \"an anvil of more than forty charac…\n 2  \"漢字\"\n");
    terminal.enters("[gizmo.count, 1000000001, 1000000002, 1000000003, 1000000004]");
    terminal.shows("\n[\n    42,\n    1000000001,\n");
    // An error and help break between words.
    terminal.enters("gizmo.nothing_like_it");
    terminal.shows("\n`nothing_like_it`\n");
}
