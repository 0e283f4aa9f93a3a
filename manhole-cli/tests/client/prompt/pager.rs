//! The pager of `attach`.

use std::process::Command;

use crate::support::{App, Home, Terminal, has_tool};

/// A command with a value of 200 lines.
const LONG: &str = "set(\"output\", 100_000); set(\"items\", 300); let a = []; for n in many.take(200) { a.push(`row ${n}`) } a";

/// Starts a terminal that shows the first page.
fn paged(home: &Home, environment: &str) -> Terminal {
    let terminal = home.terminal_with(environment, "attach app");
    terminal.shows("app admin>");
    terminal.enters(LONG);
    let screen = terminal.until("the first page", |screen| screen.contains("\"row 7\""));
    assert!(!screen.contains("row 199"), "{screen}");
    terminal
}

#[test]
fn a_search_scrolls_to_the_match_or_reports_none() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = paged(&home, "");
    terminal.types("/nothing");
    terminal.shows("/nothing");
    terminal.presses("Enter");
    terminal.shows("not found; q returns to the prompt");
    terminal.types("/row 150");
    terminal.presses("Enter");
    terminal.shows("\"row 150\"");
    terminal.types("q");
    terminal.until("the prompt", |screen| screen.trim_end().ends_with("app admin>"));
    terminal.enters("6 * 7");
    terminal.until("42", |screen| screen.contains("6 * 7\n42\n"));
}

#[test]
fn the_text_is_saved_and_the_keys_are_listed() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = paged(&home, "");
    terminal.types("h");
    terminal.shows("save the whole text to a file");
    terminal.types("x");
    terminal.until("no keys", |screen| !screen.contains("save the whole text"));
    let file = home.path().join("answer.txt");
    for outcome in ["saved to", "cannot save to"] {
        terminal.types("s");
        terminal.shows("save to the file:");
        terminal.types(file.to_str().unwrap());
        terminal.presses("Enter");
        terminal.shows(outcome);
    }
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"row 0\"") && text.contains("\"row 199\""), "{text}");
    terminal.types("q");
    let screen = terminal.until("the prompt", |screen| screen.trim_end().ends_with("app admin>"));
    assert!(screen.contains("\"row 7\"") && !screen.contains("row 199"), "{screen}");
}

#[test]
fn keys_before_the_first_page_go_to_the_prompt() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    let held = app.gizmo.lock();
    terminal.enters("set(\"lock_wait\", \"10s\"); gizmo.count; set(\"items\", 300); many.take(200).map(|n| `row number ${n}`)");
    terminal.shows("running;");
    terminal.types("qqG + 1");
    drop(held);
    let screen = terminal.shows("q returns to the prompt");
    assert!(screen.contains("\"row number 1\"") && !screen.contains("row number 199"), "{screen}");
    terminal.types("q");
    terminal.until("the keys", |screen| screen.trim_end().ends_with("> qqG + 1"));
}

#[test]
fn fast_output_is_paged_with_the_value() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("attach app");
    terminal.shows("app admin>");
    let is_paged = |attempt: &i32| {
        terminal.enters(&format!("for n in 0..200 {{ print(`row ${{n}}`) }} \"value {attempt}\""));
        let printed = format!("\nrow 199\n\"value {attempt}\"\n");
        let screen = terminal.until("an answer", |screen| {
            screen.contains("q returns to the prompt") || screen.contains(&printed)
        });
        screen.contains("q returns to the prompt")
    };
    // On a busy machine it may take longer than output is buffered.
    let attempt = (0..20).find(is_paged).unwrap();
    let screen = terminal.screen();
    assert!(screen.contains("row 0\n") && !screen.contains("row 199"), "{screen}");
    terminal.presses("G");
    terminal.shows(&format!("\nrow 199\n\"value {attempt}\"\n"));
    terminal.types("q");
    terminal.until("the prompt", |screen| screen.trim_end().ends_with("app admin>"));
    // An error stays on the screen.
    terminal.enters("print(\"before\"); throw \"it\"");
    let screen = terminal.shows("error: ");
    assert!(screen.contains("\nbefore\nerror: "), "{screen}");
}

#[test]
fn sigterm_ends_the_client_in_a_pager() {
    if !has_tool("tmux", "-V") || !has_tool("pgrep", "-V") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    // A pager that reads the keyboard, and nothing of its input.
    let own = home.path().join("pager");
    std::fs::write(&own, "stty raw -echo </dev/tty; echo '\"row 7\" and more'; sleep 600").unwrap();
    // The built-in pager, a user's pager, and one below a shell that stays.
    let theirs =
        [format!("PAGER='exec sh {}'", own.display()), format!("PAGER='sh {}; true'", own.display())];
    for environment in [String::new()].into_iter().chain(theirs) {
        let terminal = paged(&home, &environment);
        assert!(Command::new("kill").arg(terminal.process()).status().unwrap().success());
        terminal.shows("left with 143");
        terminal
            .until("lines are typed as before", |screen| screen.lines().any(|line| line == "icanon echo"));
        assert!(terminal.has_cursor());
    }
}
