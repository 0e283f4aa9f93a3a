//! Typing into `attach`: the ways to leave, pasted text, and keys that are pressed while a command runs.

use crate::support::{App, Home, has_tool, wait_until};

#[test]
fn the_words_that_leave_a_shell_leave_the_prompt() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (line, status) in [
        ("exit", 0),
        ("exit()", 0),
        ("quit();", 0),
        ("exit;", 0),
        (":q", 0),
        ("exit(3)", 3),
        ("if true { exit() }", 0),
    ] {
        let terminal = home.terminal("attach app");
        terminal.enters(line);
        let screen = terminal.shows("left with");
        assert!(screen.contains(&format!("left with {status}\n")), "{line}: {screen}");
        assert!(!screen.contains("note:") && !screen.contains("error:"), "{line}: {screen}");
    }
}

#[test]
fn a_paste_is_one_edit_that_enter_runs() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    let prompt = |screen: &str| screen.trim_end().ends_with('>');
    terminal.until("a prompt", prompt);
    terminal.pastes("gizmo.reset()\n");
    terminal.shows("gizmo.reset()");
    terminal.types(" + 1");
    terminal.shows("gizmo.reset() + 1");
    assert_eq!(app.gizmo.lock().count, 42);
    terminal.presses("Enter");
    terminal.shows("\n43\n");
    // A block of several lines is one command, also with `else` on a separate line and a tab.
    terminal.until("a prompt", prompt);
    terminal.pastes("if gizmo.count > 0\n{\n\t\"many\"\n}\nelse\n{\n\t\"none\"\n}\n");
    terminal.shows("\"none\"");
    terminal.presses("Enter");
    terminal.shows("\n\"none\"\n");
    terminal.until("a prompt", prompt);
    terminal.pastes("gizmo\n    .items\n    .filter(|item| item.id > 1)\n    .map(|item| item.label)\n");
    terminal.shows(".map(|item| item.label)");
    terminal.presses("Enter");
    terminal.shows("\n[\"bellows\"]\n");
}

#[test]
fn keys_that_are_pressed_while_a_command_runs_are_kept() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    // Also before the first prompt.
    terminal.types("3000 + 1");
    terminal.presses("Enter");
    terminal.types("3000 + 2");
    terminal.presses("Enter");
    terminal.shows("3000 + 1\n3001\n");
    terminal.shows("3000 + 2\n3002\n");
    let held = app.gizmo.lock();
    terminal.enters("set(\"lock_wait\", \"10s\"); gizmo.count");
    terminal.shows("running;");
    // A whole line with a correction, a block of several lines, and half a line.
    terminal.types("1000 + 22");
    terminal.presses("BSpace");
    terminal.presses("Enter");
    terminal.types("if true {");
    terminal.presses("Enter");
    terminal.types("2000 }");
    terminal.presses("Enter");
    terminal.types("gizmo.items.le");
    drop(held);
    let screen = terminal.until("half a line", |screen| screen.trim_end().ends_with("> gizmo.items.le"));
    assert!(screen.contains("1000 + 2\n1002\n") && screen.contains("2000 }\n2000\n"), "{screen}");
    terminal.types("n()");
    terminal.presses("Enter");
    terminal.shows("gizmo.items.len()\n2\n");
    // Ctrl-C stops the command, and drops what was typed before, as in shells.
    terminal.enters("sleep(100)");
    terminal.shows("running;");
    terminal.types("gizmo.count = 0");
    terminal.presses("C-c");
    terminal.shows("error: stopped: interrupted");
    terminal.until("an empty line", |screen| screen.trim_end().ends_with('>'));
    assert_eq!(app.gizmo.lock().count, 42);
    // A paste is one edit here too.
    terminal.enters("print(\"first\"); sleep(0.8)");
    terminal.shows("\nfirst\n");
    terminal.pastes("gizmo\n  .reset()\n");
    terminal.until("the pasted text", |screen| screen.trim_end().ends_with(".reset()"));
    assert_eq!(app.gizmo.lock().count, 42);
    terminal.presses("Enter");
    wait_until("the counter is reset", || app.gizmo.lock().count == 0);
    terminal.until("the end", |screen| screen.trim_end().ends_with('>'));
    terminal.enters("print(\"second\"); sleep(1)");
    terminal.shows("\nsecond\n");
    terminal.presses("C-d");
    terminal.shows("left with 0");
}
