//! Completion at the prompt, as it is seen in a terminal.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::support::{App, Home, Mode, Terminal, has_tool};

/// Types a line into an empty prompt and presses Tab.
fn complete(terminal: &Terminal, line: &str) {
    terminal.until("an empty prompt", |screen| screen.trim_end().ends_with('>'));
    terminal.types(line);
    terminal.until("the line", |screen| screen.contains(line.trim_end()));
    terminal.presses("Tab");
}

/// Drops the line. Waits between keys: Escape and another key in one read are one key with Alt.
fn drop_line(terminal: &Terminal) {
    terminal.presses("Escape");
    terminal.until("no menu", |screen| !screen.contains('╭'));
    terminal.presses("C-c");
    terminal.until("an empty prompt", |screen| screen.trim_end().ends_with('>'));
    terminal.presses("C-l");
    terminal.until("a clean screen", |screen| screen.trim().lines().count() == 1);
}

#[test]
fn values_are_offered_behind_an_assignment() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    complete(&terminal, "gizmo.mode = ");
    let screen = terminal.shows("│Idle");
    assert!(screen.contains("│Busy"), "{screen}");
    terminal.presses("Tab");
    terminal.presses("Enter");
    terminal.shows("gizmo.mode = Busy");
    terminal.until("no menu", |screen| !screen.contains('╭'));
    terminal.presses("Enter");
    terminal.until("a prompt", |screen| screen.trim_end().ends_with('>'));
    assert!(matches!(app.gizmo.lock().mode, Mode::Busy));
    drop_line(&terminal);
    complete(&terminal, "gizmo.mode == Mode::i");
    terminal.shows("Mode::Idle");
    drop_line(&terminal);
    // Letters in their order are enough.
    complete(&terminal, "gizmo.cnt");
    terminal.shows("gizmo.count");
    drop_line(&terminal);
}

#[test]
fn a_menu_says_how_much_it_does_not_show_and_an_empty_one_nothing() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for environment in ["", "NO_COLOR=1"] {
        let terminal = home.terminal_with(environment, "attach app");
        complete(&terminal, "gizmo.items.");
        let screen = terminal.shows(" more");
        assert!(screen.contains("… ") && screen.contains("len()") && screen.contains("filter("), "{screen}");
        assert!(!screen.contains("update("), "{screen}");
        // The next letter finds less.
        terminal.types("fil");
        let screen =
            terminal.until("two", |screen| !screen.contains(" more") && screen.contains("filter_map("));
        assert!(!screen.contains("len()"), "{screen}");
        terminal.presses("Escape");
        terminal.presses("C-c");
        complete(&terminal, "gizmo.nothing_at_all");
        terminal.types(" + 1");
        let screen = terminal.shows("gizmo.nothing_at_all + 1");
        assert!(!screen.contains("RECORDS") && !screen.contains('╭'), "{screen}");
        // A line that goes on from there is completed as usual.
        terminal.presses("C-c");
        complete(&terminal, "gizmo.xyz");
        terminal.presses("C-w");
        terminal.types("gizmo.coun");
        terminal.presses("Tab");
        terminal.until("the name", |screen| screen.trim_end().ends_with("gizmo.count"));
    }
}

#[test]
fn keys_are_offered_after_a_dot_also_while_the_lock_is_held() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let names = BTreeMap::from([("a key".to_owned(), 1), ("anvil".to_owned(), 2_u32)]);
    let names = Arc::new(Mutex::new(names));
    let _added = app.console().add("names", Arc::clone(&names)).unwrap();
    let terminal = home.terminal("attach app");
    complete(&terminal, "names.");
    let screen = terminal.shows("│anvil");
    assert!(screen.contains("│[\"a key\"]") && screen.contains("│len()"), "{screen}");
    // The key with a space replaces the dot.
    terminal.presses("Enter");
    terminal.shows("names[\"a key\"]");
    terminal.presses("Enter");
    terminal.shows("\n1\n");
    drop_line(&terminal);
    let held = names.lock();
    complete(&terminal, "names.");
    terminal.shows("as it was");
    drop(held);
    drop_line(&terminal);
    complete(&terminal, "names[\"anv");
    terminal.shows("names[\"anvil\"]");
}

#[test]
fn scripts_are_offered_behind_import() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let scripts = home.path().join("scripts");
    std::fs::create_dir_all(scripts.join("net")).unwrap();
    std::fs::write(scripts.join("net/peers.rhai"), "fn longest() { 7 }").unwrap();
    std::fs::write(scripts.join("checks.rhai"), "").unwrap();
    let _app = App::with(&home.socket("app", 1), |builder| builder.scripts_dir(&scripts));
    let terminal = home.terminal("attach app");
    complete(&terminal, "import \"");
    let screen = terminal.shows("│net/");
    assert!(screen.contains("│checks\" as checks"), "{screen}");
    drop_line(&terminal);
    complete(&terminal, "import \"net/");
    terminal.shows("import \"net/peers\" as peers");
    terminal.presses("Enter");
    complete(&terminal, "peers::");
    terminal.shows("peers::longest()");
}
