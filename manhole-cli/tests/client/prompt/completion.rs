//! Completion at the prompt, as it is seen in a terminal.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::support::{App, Home, Mode, Terminal, has_tool, wait_until};

/// Attaches, types a line and presses Tab.
fn complete(home: &Home, line: &str) -> Terminal {
    complete_with(home, "", line)
}

fn complete_with(home: &Home, environment: &str, line: &str) -> Terminal {
    let terminal = home.terminal_with(environment, "attach app");
    continue_with(&terminal, line);
    terminal
}

/// Waits for an empty prompt, types a line and presses Tab.
fn continue_with(terminal: &Terminal, line: &str) {
    terminal.until("an empty prompt", |screen| screen.trim_end().ends_with("app admin>"));
    terminal.types(line);
    terminal.until("the line", |screen| screen.contains(line.trim_end()));
    terminal.presses("Tab");
}

#[test]
fn values_are_offered_behind_an_assignment() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = complete(&home, "gizmo.mode = ");
    let screen = terminal.shows("│Idle");
    assert!(screen.contains("│Busy"), "{screen}");
    terminal.types("bu");
    terminal.until("the other is gone", |screen| !screen.contains("│Idle"));
    terminal.presses("Enter");
    terminal.shows("gizmo.mode = Busy");
    terminal.until("no menu", |screen| !screen.contains('╭'));
    terminal.presses("Enter");
    wait_until("it is written", || matches!(app.gizmo.lock().mode, Mode::Busy));
    complete(&home, "gizmo.mode == Mode::i").shows("Mode::Idle");
    // Letters in their order are enough.
    complete(&home, "gizmo.cnt").shows("gizmo.count");
}

#[test]
fn a_menu_says_how_much_it_does_not_show_and_an_empty_one_nothing() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for environment in ["", "NO_COLOR=1"] {
        let terminal = complete_with(&home, environment, "gizmo.items.");
        let screen = terminal.shows(" more");
        assert!(screen.contains("… ") && screen.contains("len()") && screen.contains("filter("), "{screen}");
        assert!(!screen.contains("update("), "{screen}");
        // The next letters find less.
        terminal.types("fil");
        let screen =
            terminal.until("two", |screen| !screen.contains(" more") && screen.contains("filter_map("));
        assert!(!screen.contains("len()"), "{screen}");
        let terminal = complete_with(&home, environment, "gizmo.nothing_at_all");
        terminal.types(" + 1");
        let screen = terminal.shows("gizmo.nothing_at_all + 1");
        assert!(!screen.contains("RECORDS") && !screen.contains('╭'), "{screen}");
        // A line that goes on from there is completed as usual.
        let terminal = complete_with(&home, environment, "gizmo.xyz");
        terminal.presses("BSpace");
        terminal.presses("BSpace");
        terminal.presses("BSpace");
        terminal.types("coun");
        terminal.shows("gizmo.coun");
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
    let terminal = complete(&home, "names.");
    let screen = terminal.shows("│anvil");
    assert!(screen.contains("│[\"a key\"]") && screen.contains("│len()"), "{screen}");
    // The key with a space replaces the dot.
    terminal.presses("Enter");
    terminal.shows("names[\"a key\"]");
    terminal.until("no menu", |screen| !screen.contains('╭'));
    terminal.presses("Enter");
    terminal.shows("\n1\n");
    let held = names.lock();
    continue_with(&terminal, "names.");
    terminal.shows("as it was");
    drop(held);
    complete(&home, "names[\"anv").shows("names[\"anvil\"]");
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
    let screen = complete(&home, "import \"").shows("│net/");
    assert!(screen.contains("│checks\" as checks"), "{screen}");
    let terminal = complete(&home, "import \"net/");
    terminal.shows("import \"net/peers\" as peers");
    terminal.presses("Enter");
    continue_with(&terminal, "peers::");
    terminal.shows("peers::longest()");
}
