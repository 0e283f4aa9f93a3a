//! `watch` as lines.

use std::time::Duration;

use manhole::Access;

use crate::support::{App, Home, said};

#[test]
fn one_bad_expression_is_no_reason_not_to_watch_the_others() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let arguments = ["watch", "app", "let = 1", "gizmo.count", "--csv", "--lines", "2"];
    let (out, err, status) = said(&home.run(&arguments));
    assert_eq!((err.as_str(), status), ("", 0), "{out}");
    assert!(out.contains(",app 1,let = 1,error: ") && out.contains(",app 1,gizmo.count,42\n"), "{out}");
    drop(app);
}

#[test]
fn it_ends_when_nothing_more_can_come_and_tells_why() {
    let home = Home::new();
    let app = App::with(&home.socket("app", 1), |builder| {
        builder.limits(|limits| limits.timeout = Duration::from_secs(5))
    });
    let closed = App::with(&home.socket("closed", 2), |builder| builder.access(Access::none()));
    for (arguments, rows, status, error) in [
        // A watch that takes too long is ended by the server.
        (&["watch", "app", "loop {}"][..], 1, 5, "error: stopped: the command ran longer than"),
        (&["watch", "app", "let = 1", "let = 2"], 2, 1, "error: "),
        (&["watch", "closed", "gizmo.count"], 1, 4, "error: closed 2: user"),
        (&["watch", "/nope", "1", "--target", "nobody"], 2, 3, "error: "),
    ] {
        let (out, err, code) = said(&home.run(arguments));
        assert_eq!((out.lines().count(), code), (rows, status), "{arguments:?}: {out}{err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
    drop((app, closed));
}
