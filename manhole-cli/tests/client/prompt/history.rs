//! The history of `attach`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{App, Home, has_tool};

/// Returns the permissions of a file or directory.
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn commands_are_kept_at_once_for_the_user_alone() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.enters("1000 + 1");
    terminal.shows("\n1001");
    // The terminal goes away, and the client with it.
    drop(terminal);
    let file = home.path().join("state/manhole/app.history");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1000 + 1\n");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn secrets_and_commands_after_a_space_are_left_out() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    // The application knows its secrets. The client knows some words.
    terminal.enters("gizmo.pin + 4712");
    terminal.shows("error: ");
    terminal.enters("let password = \"hunter2\"");
    terminal.enters(" 1000 + 2");
    terminal.shows("\n1002");
    // A command that is left out can still be corrected.
    terminal.until("a prompt", |screen| screen.trim_end().ends_with('>'));
    terminal.presses("Up");
    terminal.until("the last line", |screen| screen.matches("1000 + 2").count() == 2);
    terminal.presses("C-c");
    terminal.enters("1000 + 3");
    terminal.shows("\n1003");
    let file = home.path().join("state/manhole/app.history");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1000 + 3\n");
}

#[test]
fn without_a_history_no_file_is_written() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app --no-history");
    terminal.enters("1000 + 1");
    terminal.shows("\n1001");
    terminal.until("a prompt", |screen| screen.trim_end().ends_with('>'));
    terminal.presses("Up");
    terminal.until("the last line", |screen| screen.matches("1000 + 1").count() == 2);
    terminal.presses("C-c");
    terminal.enters("exit");
    terminal.shows("left with 0");
    assert!(!home.path().join("state").exists());
}
