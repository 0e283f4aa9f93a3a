//! The screen of `top`, and its text.

use std::sync::Arc;
use std::time::Duration;

use manhole::{Access, Level, manhole};

use crate::busy_service::BusyService;
use crate::support::{App, Home, has_tool, output_of};

#[test]
fn once_prints_one_screen() {
    let home = Home::new();
    let _service = BusyService::start(&home.socket("busy", 1));
    let (out, err, status) = output_of(&home.run(&["top", "busy", "--once"]));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    for part in [
        &*format!("pid {}  version 1.2.3", std::process::id()),
        "runtime runs  2 workers, busy ",
        "\nthreads: ",
        "\ncruncher ",
        "\ntasks: ",
        "\nrefill ",
        "busy_service.rs:",
        "path=\"/orders\" user=7",
        "\nstore.lines ",
        "\nsessions: 1\n",
        " (this) ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("error:"), "{out}");
}

#[test]
fn what_the_application_does_not_have_is_left_out() {
    let home = Home::new();
    let app = App::with(&home.socket("bare", 1), |builder| builder.builtin_roots(false));
    let (out, err, status) = output_of(&home.run(&["top", "bare", "--once"]));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    assert!(out.starts_with(&format!("pid {}  console up ", std::process::id())), "{out}");
    assert!(out.contains("\nsizes: ") && !out.contains("threads") && !out.contains("tasks"), "{out}");
    drop(app);
    // A session that only observes sees no fields of spans and no commands.
    let service = BusyService::with(&home.socket("shy", 2), |builder| {
        builder.access(Access::none().own_user(Level::Observe))
    });
    let (out, err, status) = output_of(&home.run(&["top", "shy", "--once"]));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    assert!(out.contains("\nrequest ") && !out.contains("/orders") && !out.contains("RUNS"), "{out}");
    drop(service);
    let (_, err, status) = output_of(&home.run(&["top", "shy"]));
    assert!(err.contains("use `manhole top TARGET --once`") && status == 2, "{err}");
}

#[test]
fn a_question_that_fails_does_not_stop_the_others() {
    let home = Home::new();
    let path = home.socket("app", 1);
    // Its own root has the name of the function.
    let console = manhole::spawn(&path, manhole! { sizes => Arc::new(7_u32) }).unwrap();
    let (out, err, status) = output_of(&home.run(&["top", "app", "--once"]));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    assert!(
        out.contains("\nsizes: error: ") && out.contains("\nthreads: ") && out.contains(" (this) "),
        "{out}"
    );
    console.shutdown();
}

#[test]
fn keys_select_sort_filter_open_and_abort() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _service = BusyService::start(&home.socket("busy", 1));
    let terminal = home.terminal("top busy");
    terminal.until("all sections", |screen| {
        let parts = [
            "busy 1",
            "runtime runs",
            "1 threads ",
            "CPU▾",
            "2 tasks ",
            "3 spans ",
            "4 sizes ",
            "5 sessions ",
        ];
        parts.iter().all(|part| screen.contains(part)) && screen.contains("store.lines")
    });
    // Only tasks and sessions can be ended.
    terminal.types("a");
    terminal.shows("error: cannot abort threads");
    terminal.types("s");
    terminal.shows("CPU TIME▾");
    terminal.types("/crunch");
    terminal.presses("Enter");
    terminal.until("one thread", |screen| screen.contains("/crunch") && !screen.contains("manhole-session"));
    terminal.presses("Enter");
    terminal.until("the thread", |screen| {
        screen.contains("manhole::threads[") && screen.contains("name: \"cruncher\"")
    });
    terminal.types("x");
    terminal.shows("1 threads ");
    terminal.types("2/refill");
    terminal.presses("Enter");
    terminal.until("one task", |screen| screen.contains("/refill") && !screen.contains("poller"));
    terminal.types("a");
    terminal.shows("y to abort manhole::tasks[\"refill#");
    terminal.types("n");
    terminal.shows("nothing done");
    terminal.types("a");
    terminal.shows("y to abort manhole::tasks[\"refill#");
    terminal.types("y");
    terminal.shows("called abort of manhole::tasks[\"refill#");
    terminal.until("no task", |screen| !screen.contains("busy_service.rs:"));
    terminal.types("?");
    terminal.shows("Press any key to return.");
    terminal.types(" ");
    terminal.types(" ");
    terminal.shows("paused; Space goes on");
    terminal.types(" ");
    terminal.shows("q quits");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn a_small_terminal_shows_the_beginning_of_each_section() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _service = BusyService::start(&home.socket("busy", 1));
    let terminal = home.terminal("top busy");
    terminal.shows("store.lines");
    for (columns, lines) in [(40, 24), (20, 10), (4, 3), (1, 1)] {
        terminal.resizes(columns, lines);
        terminal.presses("Tab");
        terminal.types("?");
        terminal.types("x");
    }
    terminal.resizes(40, 24);
    // A screen is drawn from the top: the last line stands for all.
    terminal.until("all sections", |screen| {
        let parts = ["1 threads", "2 tasks", "3 spans", "4 sizes", "5 sessions", "? keys  q quits"];
        parts.iter().all(|part| screen.contains(part))
    });
    terminal.types("q");
}

#[test]
fn top_reconnects_after_a_restart() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let terminal = home.terminal("top app");
    terminal.shows("4 sizes ");
    drop(app);
    terminal.shows("waiting for it to restart");
    // One question that takes too long does not stop the others.
    let _app = App::with(&home.socket("app", 2), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(5))
    });
    terminal.shows("reconnected to ");
    terminal.types("5");
    terminal.shows("(this)");
    terminal.types("q");
    terminal.shows("left with 0");
}

#[test]
fn observers_abort_nothing() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let _service = BusyService::with(&home.socket("busy", 1), |builder| {
        builder.access(Access::none().own_user(Level::Observe))
    });
    let terminal = home.terminal("top busy");
    terminal.shows("refill");
    terminal.types("2a");
    terminal.shows("error: cannot abort it: it takes the level operate");
    terminal.types("5a");
    terminal.shows("error: cannot end it: it takes the level admin");
    terminal.types("q");
    terminal.shows("left with 0");
}
