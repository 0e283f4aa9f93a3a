//! Timeouts and Ctrl-C: servers that do not answer, or never stop.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::thread;

use crate::support::{App, Home, has_tool, interrupt, output_of};

#[test]
fn an_endless_banner_is_an_error() {
    let home = Home::new();
    let path = home.path().join("loud");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Without a newline.
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
    });
    for (target, begin) in [("exec:yes", "it sent \"y\" and more"), (path.to_str().unwrap(), "it sent \"xxx")]
    {
        let (_, err, status) = output_of(&home.run(&["eval", target, "1"]));
        assert_eq!(status, 3, "{err}");
        assert!(err.contains("not a manhole") && err.contains(begin), "{err}");
    }
}

#[test]
fn a_timeout_also_limits_connecting() {
    let home = Home::new();
    let path = home.path().join("silent");
    let _listener = UnixListener::bind(&path).unwrap();
    for target in [path.to_str().unwrap(), "exec:sleep 600"] {
        let (_, err, status) = output_of(&home.run(&["eval", target, "1", "--timeout", "200ms"]));
        assert_eq!(status, 5, "{err}");
        assert!(err.contains("no answer in time"), "{err}");
    }
}

#[test]
fn ctrl_c_stops_connecting() {
    let home = Home::new();
    let path = home.path().join("silent");
    let listener = UnixListener::bind(&path).unwrap();
    let mut client = home.client();
    client.args(["eval", path.to_str().unwrap(), "1"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = client.spawn().unwrap();
    let stream = listener.accept().unwrap();
    interrupt(&child);
    let (_, err, status) = output_of(&child.wait_with_output().unwrap());
    assert_eq!((err.as_str(), status), ("error: interrupted\n", 130));
    drop(stream);

    if !has_tool("tmux", "-V") {
        return;
    }
    let terminal = home.terminal(&format!("attach {}", path.display()));
    terminal.shows("connecting to");
    terminal.presses("C-c");
    terminal.shows("left with 130");
    // A silent server has replaced the application.
    let link = home.path().join("link");
    let app = App::start(&home.path().join("app.sock"));
    std::os::unix::fs::symlink(&app.path, &link).unwrap();
    let terminal = home.terminal(&format!("attach {}", link.display()));
    terminal.shows("app admin>");
    drop(app);
    terminal.shows("waiting for app to restart");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    terminal.shows("connecting to");
    terminal.presses("C-c");
    terminal.shows("left with 3");
}

#[test]
fn ctrl_c_stops_a_command_with_status_130() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let mut client = home.client();
    client.args(["eval", "app", "print(1); loop {}"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn().unwrap();
    let mut begun = [0; 2];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut begun).unwrap();
    interrupt(&child);
    let (_, err, status) = output_of(&child.wait_with_output().unwrap());
    assert_eq!((err.lines().next(), status), (Some("error: stopped: interrupted"), 130));

    if !has_tool("tmux", "-V") || !has_tool("nc", "-h") {
        return;
    }
    // A terminal sends Ctrl-C to the transport process too.
    let terminal =
        home.terminal(&format!("eval 'exec:nc -U {}' 'print(\"begun\"); loop {{}}'", app.target()));
    terminal.shows("begun");
    terminal.presses("C-c");
    terminal.shows("error: stopped: interrupted");
    terminal.shows("left with 130");
}

#[test]
fn ctrl_c_stops_all_targets_and_starts_no_more() {
    let home = Home::new();
    let apps: Vec<_> = (1..=3).map(|pid| App::start(&home.socket("app", pid))).collect();
    let mut client = home.client();
    let code = "gizmo.count = 0; loop {}";
    client.args(["eval", "app", code, "--all", "--jobs", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = client.spawn().unwrap();
    crate::support::wait_until("two have begun", || {
        apps.iter().filter(|app| app.gizmo.lock().count == 0).count() >= 2
    });
    interrupt(&child);
    let (out, err, status) = output_of(&child.wait_with_output().unwrap());
    assert_eq!(status, 130, "{out}{err}");
    let begun = apps.iter().filter(|app| app.gizmo.lock().count == 0).count();
    // The third one does not wait for two that are slow.
    let mut expected = vec![(begun, "error: stopped: interrupted".to_owned())];
    expected.extend((begun < 3).then(|| (1, "error: interrupted".to_owned())));
    assert_eq!(crate::eval::folded(&out), expected);
}

#[test]
fn the_transport_process_ends_with_the_connection() {
    if !has_tool("pgrep", "-V") {
        return;
    }
    let home = Home::new();
    // Unique to this process.
    let seconds = format!("600.{}", std::process::id());
    let target = format!("exec:sleep {seconds}; true");
    let (_, err, status) = output_of(&home.run(&["eval", &target, "1", "--timeout", "200ms"]));
    assert_eq!(status, 5, "{err}");
    let pattern = format!("^sleep {seconds}$");
    crate::support::wait_until("it has ended", || {
        !Command::new("pgrep").args(["-f", &pattern]).status().unwrap().success()
    });
}
