//! `watch` with line output.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use manhole::Access;

use crate::support::{App, Home, interrupt, output_of};

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
