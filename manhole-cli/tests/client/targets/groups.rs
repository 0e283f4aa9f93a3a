//! Targets and groups of the configuration.

use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use manhole::{Access, Level};

use crate::eval::folded;
use crate::support::{App, Home, has_tool, output_of};

impl Home {
    fn configure(&self, text: &str) {
        let directory = self.path().join("config/manhole");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("config.toml"), text).unwrap();
    }
}

#[test]
fn a_target_has_a_name_and_a_level() {
    let home = Home::new();
    let app = App::start(&home.path().join("far.sock"));
    let near = App::start(&home.socket("near", 7));
    home.configure(&format!(
        "[targets]\nweb = \"{path}\"\nlow = {{ target = \"{path}\", level = \"observe\" }}\nalias = \"near\"\n",
        path = app.target()
    ));
    assert_eq!(output_of(&home.run(&["eval", "web", "gizmo.count"])).0, "42\n");
    assert_eq!(output_of(&home.run(&["eval", "alias", "gizmo.count"])).0, "42\n");
    assert_eq!(output_of(&home.run(&["eval", "web", "level()", "--raw"])).0, "admin\n");
    assert_eq!(output_of(&home.run(&["eval", "low", "level()", "--raw"])).0, "observe\n");
    assert_eq!(output_of(&home.run(&["eval", "low", "level()", "--raw", "--level", "admin"])).0, "observe\n");
    let (_, err, status) = output_of(&home.run(&["eval", "low", "gizmo.reset()"]));
    assert_eq!((status, app.gizmo.lock().count), (4, 42), "{err}");
    home.configure("[targets]\nweb = 1\n");
    let (_, err, status) = output_of(&home.run(&["eval", "web", "1"]));
    assert_eq!(status, 2);
    assert!(
        err.contains("config.toml: TOML parse error at line 2") && err.contains("expected a target"),
        "{err}"
    );
    // What needs no name needs no configuration.
    assert_eq!(output_of(&home.run(&["eval", app.target(), "1"])).0, "1\n");
    drop(near);
}

#[test]
fn a_command_that_changes_a_group_is_asked_for_once() {
    let home = Home::new();
    let apps: Vec<_> = (1..=5).map(|pid| App::start(&home.socket("app", pid))).collect();
    home.configure(
        "[groups]\nweb = [\"1\", \"2\", \"3\"]\nfree = { members = [\"4\"], confirm = false }\n\
         low = { members = [\"web\", \"5\", \"web\"], level = \"observe\" }\nempty = []\nodd = [\"exec:\"]\n",
    );
    let counts = || apps.iter().map(|app| app.gizmo.lock().count).collect::<Vec<_>>();
    let (out, err, status) = output_of(&home.run(&["eval", "web", "gizmo.count"]));
    assert_eq!((folded(&out), err.as_str(), status), (vec![(3, "42".to_owned())], "", 0));
    let (out, _, status) = output_of(&home.run(&["eval", "web", "gizmo.count = 1"]));
    assert_eq!((status, counts()), (4, vec![42; 5]));
    assert!(out.contains("needs more than the level observe, and --yes is missing"), "{out}");
    assert_eq!(output_of(&home.run(&["eval", "web", "gizmo.count = 1", "--yes"])).2, 0);
    assert_eq!(counts(), [1, 1, 1, 42, 42]);
    assert_eq!(output_of(&home.run(&["eval", "free", "gizmo.count = 2"])).2, 0);
    assert_eq!(counts(), [1, 1, 1, 2, 42]);
    // Of a condition only the targets that it concerns.
    let (out, _, status) =
        output_of(&home.run(&["eval", "low", "if gizmo.count > 1 { gizmo.reset() } else { 7 }", "--yes"]));
    assert_eq!((status, counts()), (4, vec![1, 1, 1, 2, 42]));
    assert!(out.contains("app 1, app 2, app 3: 7\n") && out.contains("app 5: error: "), "{out}");
    for (group, error) in [("empty", "the group has no members"), ("odd", "expected a command after exec:")] {
        let (_, err, status) = output_of(&home.run(&["eval", group, "1"]));
        assert!(status == 2 && err.contains(error), "{group}: {err}");
    }

    if !has_tool("tmux", "-V") {
        return;
    }
    for (answer, expected) in [("n", [1, 1, 1, 2, 42]), ("y", [8, 8, 8, 2, 42])] {
        let terminal = home.terminal("eval web 'gizmo.count = 8'");
        terminal.shows("level observe in 3 targets of group web: app 1, app 2, app 3.");
        terminal.types(answer);
        terminal.presses("Enter");
        terminal.shows(if answer == "y" { "left with 0" } else { "left with 4" });
        assert_eq!(counts(), expected);
    }
    // attach asks which one.
    let terminal = home.terminal("attach web");
    terminal.shows("  3  app 3");
    terminal.types("2");
    terminal.presses("Enter");
    terminal.shows("app admin>");
}

#[test]
fn nothing_waits_for_the_slowest_of_two_hundred() {
    let home = Home::new();
    let apps: Vec<_> = (0..4)
        .map(|pid| {
            App::with(&home.path().join(format!("{pid}.sock")), |builder| {
                builder.access(Access::from_fn(|_| Some(Level::Observe))).connection_limits(|limits| {
                    (limits.sessions, limits.connections_per_second) = (64, 1_000);
                })
            })
        })
        .collect();
    // A server that accepts nothing.
    let stuck = UnixListener::bind(home.path().join("stuck.sock")).unwrap();
    let mut names = vec!["\"stuck\"".to_owned()];
    let path = |name: &str| home.path().join(name).display().to_string();
    let mut targets = format!("stuck = \"{}\"\n", path("stuck.sock"));
    for number in 0..200 {
        targets += &format!("web{number} = \"{}\"\n", path(&format!("{}.sock", number % 4)));
        names.push(format!("\"web{number}\""));
    }
    home.configure(&format!("[targets]\n{targets}[groups]\nweb = [{}]\n", names.join(", ")));
    apps[3].gizmo.lock().count = 7;
    let started = Instant::now();
    let mut client = home.client();
    client
        .args(["eval", "web", "gizmo.count", "--timeout", "60"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = client.spawn().unwrap();
    // The others are there long before the stuck one is given up.
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut answers = String::new();
    while folded(&answers).iter().map(|(count, _)| count).sum::<usize>() < 200 {
        assert!(std::io::BufRead::read_line(&mut out, &mut answers).unwrap() > 0, "{answers}");
    }
    assert_eq!(folded(&answers), [(150, "42".to_owned()), (50, "7".to_owned())]);
    // Connections end with their answers.
    let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count);
    assert!(open < 60, "{open} descriptors");
    assert!(child.try_wait().unwrap().is_none() || started.elapsed() > Duration::from_secs(14));
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stuck);
}
