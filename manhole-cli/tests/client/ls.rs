//! What runs, and what was left behind.

use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::support::{App, Home, has_tool, said};

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

#[test]
fn what_else_is_there_is_left_alone() {
    let home = Home::new();
    let at = |name: &str| home.path().join("manhole").join(name);
    std::fs::write(at("report-2024.sock"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", at("link-5.sock")).unwrap();
    let app = App::start(&home.path().join("app.sock"));
    std::os::unix::fs::symlink(&app.path, at("link-6.sock")).unwrap();
    // A lock that nobody ever opens at the other end.
    let stuck = home.socket("a", 1);
    drop(UnixListener::bind(&stuck).unwrap());
    assert!(Command::new("mkfifo").arg(at("a-1.sock.lock")).status().unwrap().success());
    // Somebody serves it who knows of no lock.
    let served = home.socket("served", 2);
    let listener = UnixListener::bind(&served).unwrap();
    // One that was left behind with its lock.
    let left = home.socket("left", 3);
    drop(UnixListener::bind(&left).unwrap());
    std::fs::write(at("left-3.sock.lock"), "3\n").unwrap();

    let (out, _, status) = said(&home.run(&["ls", "--json"]));
    assert_eq!(status, 0);
    assert!(!out.contains("report") && !out.contains("link"), "{out}");
    assert_eq!(out.lines().count(), 3, "{out}");

    let (out, _, _) = said(&home.run(&["ls", "--prune"]));
    assert!(out.contains(&format!("removed {}\n", left.display())), "{out}");
    assert!(!left.exists() && !at("left-3.sock.lock").exists());
    assert!(served.exists() && !out.contains("served"), "{out}");
    for name in ["report-2024.sock", "link-5.sock", "link-6.sock"] {
        assert!(at(name).symlink_metadata().is_ok(), "{name}");
    }
    drop((app, listener));
}

#[test]
fn a_terminal_is_told_that_there_is_nothing_and_where_it_was_looked_for() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let terminal = home.terminal("ls");
    terminal.shows("no program of this user has a manhole in");
    let screen = terminal.shows("left with 0");
    assert!(screen.replace('\n', "").contains(home.path().join("manhole").to_str().unwrap()), "{screen}");
}
