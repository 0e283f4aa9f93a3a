//! `watch` with line output.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use manhole::Access;

use crate::support::{App, Home, interrupt, output_of, wait_until};

#[test]
fn a_bad_expression_does_not_stop_the_others() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let arguments = ["watch", "app", "let = 1", "gizmo.count", "--csv", "--lines", "2"];
    let (out, err, status) = output_of(&home.run(&arguments));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    assert!(out.contains(",app 1,let = 1,error: ") && out.contains(",app 1,gizmo.count,42\n"), "{out}");
    drop(app);
}

#[test]
fn watch_ends_with_the_first_error_when_all_watches_have_ended() {
    let home = Home::new();
    let app = App::with(&home.socket("app", 1), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(5))
    });
    let closed = App::with(&home.socket("closed", 2), |builder| builder.access(Access::none()));
    for (arguments, rows, status, error) in [
        // The server ends a watch that takes too long.
        (&["watch", "app", "loop {}"][..], 1, 5, "error: stopped: the command ran longer than"),
        (&["watch", "app", "let = 1", "let = 2"], 2, 1, "error: "),
        // These go on, but never have a value.
        (&["watch", "app", "gizmo.nothing", "--lines", "1"], 1, 1, "error: Gizmo has no field `nothing`"),
        (&["watch", "closed", "gizmo.count"], 1, 4, "error: cannot open a session with closed 2: user"),
        (&["watch", "/nope", "1", "--target", "nobody"], 2, 3, "error: "),
    ] {
        let (out, err, code) = output_of(&home.run(arguments));
        assert_eq!((out.lines().count(), code), (rows, status), "{arguments:?}: {out}{err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
    drop((app, closed));
}

#[test]
fn ctrl_c_ends_line_output_with_status_130() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let mut client = home.client();
    client.args(["watch", "app", "gizmo.count"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.ends_with("  42\n"), "{first}");
    interrupt(&child);
    let (_, err, status) = output_of(&child.wait_with_output().unwrap());
    assert_eq!((err.as_str(), status), ("error: interrupted\n", 130));
}

/// Runs `watch` while `change` changes the application, and returns its output.
fn watch_while(home: &Home, arguments: &[&str], mut change: impl FnMut()) -> (String, String, i32) {
    let mut client = home.client();
    client.arg("watch").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn().unwrap();
    wait_until("the watch has ended", || {
        change();
        child.try_wait().unwrap().is_some()
    });
    output_of(&child.wait_with_output().unwrap())
}

#[test]
fn until_ends_a_watch_as_soon_as_its_expression_is_true() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let grow = || app.gizmo.lock().count += 1;
    let until = ["app", "--until", "gizmo.count > 100", "--interval", "10ms"];
    let (out, err, status) = watch_while(&home, &until, grow);
    assert_eq!((err.as_str(), status), ("", 0));
    let values: Vec<_> = out.lines().map(|line| line.split("  ").nth(1).unwrap()).collect();
    assert_eq!(values, ["false", "true"]);
    // Beside others it is not shown.
    app.gizmo.lock().count = 0;
    let until = ["app", "gizmo.mode", "--until", "gizmo.count > 100", "--interval", "10ms"];
    let (out, _, status) = watch_while(&home, &until, grow);
    assert_eq!((out.lines().count(), out.ends_with("  Idle\n"), status), (1, true, 0), "{out}");
    // In all targets.
    let other = App::start(&home.socket("other", 2));
    let until = ["app", "-t", "other", "--until", "gizmo.count > 100", "--interval", "10ms", "--json"];
    let (_, err, status) = watch_while(&home, &until, || other.gizmo.lock().count += 1);
    assert_eq!((err.as_str(), status, other.gizmo.lock().count > 100), ("", 0, true));
}

#[test]
fn a_watch_ends_after_its_time() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    assert_eq!(output_of(&home.run(&["watch", "app", "gizmo.count", "--until", "let = 1"])).2, 1);
    for (arguments, lines, status, error) in [
        (&["watch", "app", "gizmo.count", "--for", "0.2"][..], 1, 0, ""),
        (&["watch", "app", "gizmo.nothing", "--for", "0.2"], 1, 1, "error: Gizmo has no field"),
        (
            &["watch", "app", "--until", "gizmo.count < 0", "--for", "200ms"],
            1,
            5,
            "error: gizmo.count < 0 was not true within 200ms",
        ),
        (&["watch", "app"], 0, 2, "error: the following required arguments"),
    ] {
        let (out, err, code) = output_of(&home.run(arguments));
        assert_eq!((out.lines().count(), code), (lines, status), "{arguments:?}: {out}{err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
}

#[test]
fn a_command_runs_when_an_expression_becomes_true_or_false() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let log = home.path().join("log");
    let command = format!(
        "echo \"$MANHOLE_TARGET $MANHOLE_EXPRESSION $MANHOLE_VALUE $MANHOLE_TRUTH\" >> {}",
        log.display()
    );
    let mut count = 42;
    let arguments = [
        "app",
        "gizmo.count % 10 == 0",
        "gizmo.count",
        "--interval",
        "10ms",
        "--exec",
        &command,
        "--until",
        "gizmo.count > 60",
    ];
    let (_, err, status) = watch_while(&home, &arguments, || {
        // Each value is there long enough to be seen.
        std::thread::sleep(Duration::from_millis(40));
        count += 1;
        app.gizmo.lock().count = count;
    });
    assert_eq!((err.as_str(), status), ("", 0));
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<_> = log.lines().collect();
    // A value that is true at first is a change.
    assert!(
        lines.iter().any(|line| line.starts_with("app 1 gizmo.count 4") && line.ends_with(" true")),
        "{log}"
    );
    let of_condition: Vec<_> = lines.iter().filter(|line| line.contains("% 10")).collect();
    assert_eq!(*of_condition[0], "app 1 gizmo.count % 10 == 0 true true");
    assert_eq!(*of_condition[1], "app 1 gizmo.count % 10 == 0 false false");
    let (_, err, _) =
        output_of(&home.run(&["watch", "app", "gizmo.count", "--for", "0.2", "--exec", "exit 7"]));
    assert!(err.starts_with("note: the command of --exec failed: exit status: 7"), "{err}");
}

#[test]
fn changes_are_the_parts_that_differ() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let mut is_first = true;
    let (out, _, status) =
        watch_while(&home, &["app", "gizmo", "--changes", "-n", "2", "--interval", "10ms"], || {
            if std::mem::take(&mut is_first) {
                std::thread::sleep(Duration::from_millis(500));
            }
            app.gizmo.lock().count += 1;
            std::thread::sleep(Duration::from_millis(200));
        });
    assert_eq!(status, 0);
    let lines: Vec<_> = out.lines().collect();
    assert!(
        lines[0].contains("Gizmo { count: ")
            && lines[1].contains("  .count: ")
            && !lines[1].contains("items"),
        "{out}"
    );
}
