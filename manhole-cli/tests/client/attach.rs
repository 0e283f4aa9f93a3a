//! `attach`: a prompt in a terminal.

use crate::support::{App, Home, has_tool};

/// Returns whether the last non-empty line is `line`.
fn ends_with(screen: &str, line: &str) -> bool {
    screen.trim_end().ends_with(line)
}

#[test]
fn commands_are_completed_with_types_and_documentation() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal(&format!("attach {}", app.target()));
    terminal.shows("app admin>");
    terminal.types("gizmo.co");
    terminal.presses("Tab");
    let screen = terminal.shows("Requests served since the start.");
    assert!(screen.contains("count") && screen.contains("config") && screen.contains("u64"), "{screen}");
    terminal.types("n");
    terminal.until("only config", |screen| {
        screen.contains("What can be changed.") || screen.contains("config") && !screen.contains("count")
    });
    // Waits between keys: Escape and another key in one read are one key with Alt, and the editor drops what follows Ctrl-C in one read.
    terminal.presses("Escape");
    terminal.until("no menu", |screen| !screen.contains('╭'));
    terminal.presses("C-c");
    terminal.until("a new prompt", |screen| ends_with(screen, "app admin>"));
    // A single candidate completes without a menu.
    terminal.types("gizmo.res");
    terminal.presses("Tab");
    terminal.shows("gizmo.reset()");
    terminal.presses("Enter");
    terminal.until("the answer", |screen| screen.contains("gizmo.reset()\n42"));
    assert_eq!(app.gizmo.lock().count, 0);
}

#[test]
fn the_menu_leaves_the_prompt_as_it_is() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (environment, bordered) in [("", true), ("NO_COLOR=1", false)] {
        let terminal = home.terminal_with(environment, "attach app");
        terminal.shows("app admin>");
        terminal.types("gizmo.co");
        terminal.presses("Tab");
        let screen = terminal.shows("Requests served since the start.");
        assert!(screen.contains("app admin> gizmo.co"), "{screen}");
        let border = screen.contains('╮') || screen.contains('│');
        assert_eq!(border, bordered, "{screen}");
    }
}

#[test]
fn syntax_is_colored_unless_no_color_is_set() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    for (environment, colored) in [("", true), ("NO_COLOR=1", false)] {
        let terminal = home.terminal_with(environment, "attach app");
        terminal.shows("app admin>");
        terminal.enters("if true { \"text\" }");
        terminal.shows("\"text\"\n");
        terminal.enters("gizmo.nothing");
        terminal.shows("error: Gizmo has no field");
        let screen = terminal.colors();
        assert_eq!(screen.contains("\x1b["), colored, "{screen:?}");
        // A keyword, a string and the label of an error.
        let painted = ["\x1b[35mif", "\x1b[32m\"text\"", "\x1b[1m\x1b[31merror:"];
        assert!(!colored || painted.iter().all(|part| screen.contains(part)), "{screen:?}");
    }
    drop(app);
}

#[test]
fn an_incomplete_command_continues_on_the_next_line() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach");
    terminal.shows("app admin>");
    terminal.enters("fn twice(n) {");
    terminal.shows("\n....");
    terminal.enters("n * 2");
    terminal.enters("}");
    terminal.enters("twice(21)");
    terminal.until("42", |screen| screen.contains("twice(21)\n42\n"));
}

#[test]
fn ctrl_c_stops_the_command_but_not_the_client() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.enters("let kept = 5; print(\"begun\"); loop {}");
    terminal.shows("begun\n");
    // A long command shows a spinner.
    terminal.shows("running; Ctrl-C stops it");
    terminal.presses("C-c");
    let screen = terminal.shows("error: stopped: interrupted");
    assert!(!screen.contains("running;"), "{screen}");
    terminal.enters("kept + 1");
    terminal.until("6", |screen| screen.contains("kept + 1\n6\n"));
    // At the prompt, Ctrl-C drops the line.
    terminal.types("gizmo.reset()");
    terminal.shows("gizmo.reset()");
    terminal.presses("C-c");
    // The editor drops what arrives in one read with the key.
    terminal.until("a new prompt", |screen| ends_with(screen, "app admin>"));
    terminal.enters("gizmo.count");
    terminal.until("42", |screen| screen.contains("gizmo.count\n42\n"));
    terminal.presses("C-d");
    terminal.shows("left with 0");
}

#[test]
fn output_streams_and_long_values_are_paged() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let code = "set(\"items\", 300); many.take(200)";
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.enters("for n in 0..40 { print(n); sleep(0.01) }");
    terminal.until("all of it", |screen| screen.contains("\n39\n") && ends_with(screen, "app admin>"));
    terminal.enters("set(\"output\", 100_000); let a = []; for n in many.take(200) { a.push(`row ${n}`) } set(\"items\", 300); a");
    let screen = terminal.shows("q returns to the prompt");
    assert!(!screen.contains("row 199") && screen.contains("\"row 1\""), "{screen}");
    terminal.presses("G");
    terminal.shows("row 199");
    terminal.presses("q");
    // The last page stays on the screen.
    let screen = terminal.until("the prompt", |screen| ends_with(screen, "app admin>"));
    assert!(screen.contains("row 199") && screen.contains(" of 202\n"), "{screen}");
    // Without a pager, and with the user's pager.
    let terminal = home.terminal("attach app --no-pager");
    terminal.shows("app admin>");
    terminal.enters(&format!("{code}; let a = []; for n in many.take(200) {{ a.push(`row ${{n}}`) }} a"));
    terminal.until("the end", |screen| screen.contains("row 199") && ends_with(screen, "app admin>"));
    let terminal = home.terminal_with("PAGER='tail -n 2'", "attach app");
    terminal.shows("app admin>");
    terminal.enters(&format!("{code}; let a = []; for n in many.take(200) {{ a.push(`row ${{n}}`) }} a"));
    let screen =
        terminal.until("the end", |screen| screen.contains("row 199") && ends_with(screen, "app admin>"));
    assert!(!screen.contains("row 197"), "{screen}");
}

#[test]
fn attach_reconnects_after_a_restart() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.types("gizmo.count + ");
    drop(app);
    terminal.shows("note: the connection has ended: the console is shutting down");
    terminal.shows("waiting for app to restart; Ctrl-C exits");
    // Another process has another socket.
    let app = App::start(&home.socket("app", 2));
    terminal.shows("note: reconnected");
    // The editor keeps the line.
    terminal.until("the line", |screen| ends_with(screen, "app admin> gizmo.count +"));
    terminal.enters("1");
    terminal.until("43", |screen| screen.contains("gizmo.count + 1\n43\n"));
    // In the middle of a command.
    terminal.enters("sleep(100)");
    terminal.shows("running;");
    drop(app);
    terminal.shows("note: the command may or may not have run");
    terminal.presses("C-c");
    terminal.shows("left with 3");
}

#[test]
fn control_characters_are_replaced() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.enters("print(\"before\\x1b[2J\\x1b]0;title\\x07after\"); throw \"\\x1b[2J\"");
    let screen = terminal.shows("error: ");
    assert!(screen.contains("before\u{fffd}[2J\u{fffd}]0;title\u{fffd}after"), "{screen}");
}

#[test]
fn a_hostile_application_does_not_control_the_terminal() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::with(&home.socket("app", 1), |builder| builder.name("evil\x1b[2J\x1b]0;title\x07name"));
    let name = "evil\u{fffd}[2J\u{fffd}]0;title\u{fffd}name";
    let terminal = home.terminal("attach app");
    terminal.shows(&format!("{name} (process"));
    terminal.shows(&format!("{name} admin>"));
    let code = "print(\"before\\x1b[2Jafter\"); print(\"a\\u009bb\")";
    let terminal = home.terminal(&format!("eval app '{code}'"));
    let screen = terminal.shows("left with 0");
    assert!(screen.contains("before\u{fffd}[2Jafter\na\u{fffd}b\n"), "{screen}");
    let terminal = home.terminal("eval app --json '\"a\\u009bb\"'");
    terminal.shows("\"a\\u009bb\"");
}

#[test]
fn each_application_has_a_history() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.enters("1000 + 1");
    terminal.shows("1001");
    terminal.enters("exit");
    terminal.shows("left with 0");
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    // A hint while typing, and the previous line with Up.
    terminal.types("100");
    terminal.shows("1000 + 1");
    terminal.presses("C-u");
    // Above the `exit` of the last session.
    terminal.presses("Up");
    terminal.presses("Up");
    terminal.presses("Enter");
    terminal.shows("\n1001");
    assert!(home.path().join("state/manhole/app.history").exists());
}

#[test]
fn attach_works_without_a_history() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    // A file in place of the directory.
    std::fs::write(home.path().join("state"), "").unwrap();
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    terminal.enters("1000 + 1");
    let screen = terminal.shows("\n1001");
    assert!(screen.contains("note: cannot open the history "), "{screen}");
    terminal.presses("C-d");
    terminal.shows("left with 0");
}

#[test]
fn without_a_target_attach_takes_the_only_one_or_asks() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let terminal = home.terminal("attach");
    terminal.shows("error: cannot find a running application");
    terminal.shows("left with 3");
    let first = App::start(&home.socket("app", 1));
    let second = App::start(&home.socket("other", 2));
    second.gizmo.lock().count = 5;
    let terminal = home.terminal("attach");
    let screen = terminal.shows("Which one?");
    assert!(screen.contains("1  app 1\n  2  other 2\n"), "{screen}");
    terminal.enters("2");
    terminal.shows("app admin>");
    terminal.enters("gizmo.count");
    terminal.until("5", |screen| screen.contains("gizmo.count\n5\n"));
    drop(first);
}

#[test]
fn attach_needs_a_terminal() {
    let home = Home::new();
    let output = home.run(&["attach", "app"]);
    assert_eq!(output.status.code(), Some(2));
}
