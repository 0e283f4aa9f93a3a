//! `ls`: live and stale sockets.

use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::support::{App, Home, has_tool, output_of};

#[test]
fn ls_lists_live_and_stale_sockets() {
    let home = Home::new();
    assert_eq!(output_of(&home.run(&["ls"])), (String::new(), String::new(), 0));
    let app = App::start(&home.socket("app", 7));
    let left = home.socket("gone", 8);
    drop(UnixListener::bind(&left).unwrap());
    let (out, err, status) = output_of(&home.run(&["ls"]));
    assert_eq!(status, 0);
    let lines: Vec<_> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    assert_eq!((lines[1][0], lines[1][1], lines[1].last()), ("app", "7", Some(&app.target())), "{out}");
    assert!(lines[1].contains(&"admin"), "{out}");
    assert_eq!(lines[2][..2], ["gone", "8"]);
    assert!(lines[2].contains(&"stale"), "{out}");
    assert!(err.contains("manhole ls --prune"), "{err}");
    let json = output_of(&home.run(&["ls", "--json"])).0;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["application"], &first["pid"], &first["live"]),
        (&"app".into(), &7.into(), &true.into())
    );

    let (out, _, status) = output_of(&home.run(&["ls", "--prune"]));
    assert_eq!((out, status), (format!("removed {}\n", left.display()), 0));
    assert!(!left.exists() && app.path.exists());
    assert_eq!(output_of(&home.run(&["eval", "app", "gizmo.count"])).0, "42\n");
}

#[test]
fn prune_keeps_live_sockets() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 7));
    assert_eq!(output_of(&home.run(&["ls", "--prune"])), (String::new(), String::new(), 0));
    assert!(app.path.exists());
    app.stop();
    // A stopped server has removed its socket, or leaves it for this.
    output_of(&home.run(&["ls", "--prune"]));
    assert!(!app.path.exists());
}

#[test]
fn ls_ignores_other_files() {
    let home = Home::new();
    let at = |name: &str| home.path().join("manhole").join(name);
    std::fs::write(at("report-2024.sock"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", at("link-5.sock")).unwrap();
    let app = App::start(&home.path().join("app.sock"));
    std::os::unix::fs::symlink(&app.path, at("link-6.sock")).unwrap();
    // A pipe in place of a lock file, without a writer.
    let stuck = home.socket("a", 1);
    drop(UnixListener::bind(&stuck).unwrap());
    assert!(Command::new("mkfifo").arg(at("a-1.sock.lock")).status().unwrap().success());
    // A server that uses no lock file.
    let served = home.socket("served", 2);
    let listener = UnixListener::bind(&served).unwrap();
    // A stale socket with its lock file.
    let left = home.socket("left", 3);
    drop(UnixListener::bind(&left).unwrap());
    std::fs::write(at("left-3.sock.lock"), "3\n").unwrap();

    let (out, _, status) = output_of(&home.run(&["ls", "--json"]));
    assert_eq!(status, 0);
    assert!(!out.contains("report") && !out.contains("link"), "{out}");
    assert_eq!(out.lines().count(), 3, "{out}");

    let (out, _, _) = output_of(&home.run(&["ls", "--prune"]));
    assert!(out.contains(&format!("removed {}\n", left.display())), "{out}");
    assert!(!left.exists() && !at("left-3.sock.lock").exists());
    assert!(served.exists() && !out.contains("served"), "{out}");
    for name in ["report-2024.sock", "link-5.sock", "link-6.sock"] {
        assert!(at(name).symlink_metadata().is_ok(), "{name}");
    }
    drop((app, listener));
}

#[test]
fn in_a_terminal_ls_reports_the_directories_that_it_has_searched() {
    if !has_tool("tmux", "-V") {
        return;
    }
    let home = Home::new();
    let terminal = home.terminal("ls");
    terminal.shows("found no application in");
    let screen = terminal.shows("left with 0");
    assert!(screen.replace('\n', "").contains(home.path().join("manhole").to_str().unwrap()), "{screen}");
}

#[test]
fn live_sockets_are_found_at_any_path() {
    let home = Home::new();
    let name = format!("elsewhere {}", std::process::id());
    let app = App::start(&home.path().join(format!("{name}.manhole")));
    let run = |arguments: &[&str]| {
        output_of(&home.client().env_remove("MANHOLE_SEARCH").args(arguments).output().unwrap())
    };
    let line_of = |out: &str| out.lines().find(|line| line.contains(&name)).map(str::to_owned);
    let line = line_of(&run(&["ls"]).0).unwrap();
    assert!(line.contains(&std::process::id().to_string()) && line.contains("admin"), "{line}");
    assert_eq!(run(&["eval", &name, "gizmo.count"]).0, "42\n");
    // One in its place comes first.
    let other = App::start(&home.socket(&name, 7));
    other.gizmo.lock().count = 7;
    // A file name has no space.
    assert_eq!(run(&["eval", &name.replace(' ', "_"), "gizmo.count"]).0, "7\n");
    assert_eq!(line_of(&output_of(&home.run(&["ls"])).0), None);
    app.stop();
    assert_eq!(run(&["eval", &name, "gizmo.count"]).2, 3);
    assert_eq!(line_of(&run(&["ls"]).0), None);
}
