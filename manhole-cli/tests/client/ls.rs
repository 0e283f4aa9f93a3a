//! What runs, and what was left behind.

use std::os::unix::net::UnixListener;

use crate::support::{App, Home, said};

#[test]
fn what_runs_is_listed_with_what_is_known_of_it() {
    let home = Home::new();
    assert_eq!(said(&home.run(&["ls"])), (String::new(), String::new(), 0));
    let app = App::start(&home.socket("app", 7));
    let left = home.socket("gone", 8);
    drop(UnixListener::bind(&left).unwrap());
    let (out, err, status) = said(&home.run(&["ls"]));
    assert_eq!(status, 0);
    let lines: Vec<_> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    assert_eq!((lines[1][0], lines[1][1], lines[1].last()), ("app", "7", Some(&app.target())), "{out}");
    assert!(lines[1].contains(&"admin"), "{out}");
    assert_eq!(lines[2][..2], ["gone", "8"]);
    assert!(lines[2].contains(&"stale"), "{out}");
    assert!(err.contains("manhole ls --prune"), "{err}");
    let json = said(&home.run(&["ls", "--json"])).0;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["application"], &first["pid"], &first["live"]),
        (&"app".into(), &7.into(), &true.into())
    );

    let (out, _, status) = said(&home.run(&["ls", "--prune"]));
    assert_eq!((out, status), (format!("removed {}\n", left.display()), 0));
    assert!(!left.exists() && app.path.exists());
    assert_eq!(said(&home.run(&["eval", "app", "gizmo.count"])).0, "42\n");
}

#[test]
fn what_is_served_is_never_pruned() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 7));
    assert_eq!(said(&home.run(&["ls", "--prune"])), (String::new(), String::new(), 0));
    assert!(app.path.exists());
    app.stop();
    // A program that has ended has removed its socket, or left it behind for this.
    said(&home.run(&["ls", "--prune"]));
    assert!(!app.path.exists());
}
