//! Targets on other machines: ssh, commands, ports.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use manhole::{EventKind, Level, Listener};
use parking_lot::Mutex;

use crate::support::{App, Home, has_tool, output_of, wait_until};

/// An ssh server on a local port, which accepts the key beside its configuration.
struct Sshd {
    child: Child,
    port: u16,
    config: String,
}

impl Sshd {
    fn start(directory: &Path) -> Self {
        let file = |name: &str| directory.join(name).display().to_string();
        for key in ["host", "user"] {
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &file(key)]).status();
            assert!(made.unwrap().success());
        }
        std::fs::copy(directory.join("user.pub"), directory.join("authorized")).unwrap();
        // Free unless another process takes it in between.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n",
            file("host"),
            file("authorized")
        );
        std::fs::write(directory.join("sshd_config"), config).unwrap();
        let client = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nBatchMode yes\nStrictHostKeyChecking accept-new\nUserKnownHostsFile {}\n",
            file("user"),
            file("known")
        );
        std::fs::write(directory.join("ssh_config"), client).unwrap();
        // sshd requires an absolute path.
        let child =
            Command::new(SSHD).args(["-D", "-e", "-f", &file("sshd_config")]).stderr(Stdio::null()).spawn();
        let server = Self { child: child.unwrap(), port, config: file("ssh_config") };
        wait_until("sshd listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        server
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SSHD: &str = "/usr/sbin/sshd";

#[test]
fn a_socket_behind_ssh() {
    if !has_tool(SSHD, "-V") || !has_tool("ssh", "-V") {
        return;
    }
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if is_root {
        // The privilege separation directory, which the service creates when it starts.
        std::fs::create_dir_all("/run/sshd").unwrap();
    }
    let home = Home::new();
    let app = App::start(&home.path().join("far.sock"));
    let sshd = Sshd::start(home.path());
    let ssh = format!("ssh -F {}", sshd.config);
    let url = format!("ssh://127.0.0.1:{}{}", sshd.port, app.target());
    let eval = |url: &str, code: &str| output_of(&home.run(&["--ssh-command", &ssh, "eval", url, code]));
    assert_eq!(eval(&url, "gizmo.count"), ("42\n".to_owned(), String::new(), 0));
    // A long value.
    let (out, err, status) =
        eval(&url, "let a = []; for n in many.take(4000) { a.push(n) } set(\"items\", 4000); a");
    assert!(status == 0 && out.contains("3999"), "{err}");
    let nowhere = format!("ssh://127.0.0.1:{}/nope.sock", sshd.port);
    let (_, err, status) = eval(&nowhere, "1");
    assert_eq!(status, 3);
    assert!(err.contains("cannot open a session with") && err.contains("open failed"), "{err}");
    assert!(err.contains("help: check that /nope.sock is served on 127.0.0.1"), "{err}");
    // No temporary directory is left.
    let left = || {
        let mut files = std::fs::read_dir(home.temporary()).unwrap().flatten();
        files.any(|entry| entry.file_name().to_string_lossy().starts_with("manhole-ssh-"))
    };
    wait_until("the forwarded sockets are gone", || !left());
    let port = sshd.port;
    drop(sshd);
    let (_, err, status) = eval(&format!("ssh://127.0.0.1:{port}/x"), "1");
    assert_eq!(status, 3);
    assert!(
        err.contains("error: cannot connect to 127.0.0.1 through ssh")
            && err.contains("help: test the connection alone"),
        "{err}"
    );

    if has_tool("tmux", "-V") {
        let sshd = Sshd::start(&home.path().join("manhole"));
        let url = format!("ssh://127.0.0.1:{}{}", sshd.port, app.target());
        let terminal = home.terminal(&format!("--ssh-command 'ssh -F {}' attach {url}", sshd.config));
        terminal.shows("app@127.0.0.1 admin>");
        terminal.enters("loop {}");
        terminal.shows("running;");
        // Ctrl-C stops the command, not ssh.
        terminal.presses("C-c");
        terminal.shows("error: stopped: interrupted");
        terminal.enters("gizmo.count");
        terminal.until("42", |screen| screen.contains("gizmo.count\n42\n"));
        // Even a killed client leaves neither ssh nor its directory.
        assert!(
            Command::new("pkill").args(["-KILL", "-f", &format!("attach {url}")]).status().unwrap().success()
        );
        let pattern = format!("ssh -F {}", sshd.config);
        wait_until("ssh has ended", || {
            !Command::new("pgrep").args(["-f", &pattern]).status().unwrap().success()
        });
        wait_until("the forwarded sockets are gone", || !left());
    }
}

#[test]
fn a_command_as_the_connection() {
    if !has_tool("nc", "-h") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.path().join("app.sock"));
    let target = format!("exec:nc -U {}", app.target());
    assert_eq!(
        output_of(&home.run(&["eval", &target, "gizmo.count"])),
        ("42\n".to_owned(), String::new(), 0)
    );
    let (_, err, status) = output_of(&home.run(&["eval", "exec:nc -U /nope", "1"]));
    assert_eq!(status, 3);
    assert!(
        err.starts_with("error: cannot open a session with exec:nc -U /nope: ")
            && err.contains("No such file"),
        "{err}"
    );
    let (_, err, status) = output_of(&home.run(&["eval", "exec:no-such-command", "1"]));
    assert_eq!(status, 3);
    assert!(err.contains("not found"), "{err}");
}

#[test]
fn a_port_and_an_abstract_name() {
    let home = Home::new();
    let name = format!("manhole-client-test-{}", std::process::id());
    let app = App::with(&home.path().join("app.sock"), |builder| {
        let port = Listener::tcp(([127, 0, 0, 1], 0)).token("an open sesame of some length", Level::Admin);
        builder.listen(port).listen(Listener::abstract_name(&name))
    });
    assert_eq!(output_of(&home.run(&["eval", &format!("@{name}"), "gizmo.count"])).0, "42\n");
    let port = app.port();
    let target = format!("tcp:127.0.0.1:{port}");
    let eval = |token: Option<&str>| {
        let mut client = home.client();
        client.args(["eval", &target, "gizmo.count"]).env_remove("MANHOLE_TOKEN");
        token.map(|token| client.env("MANHOLE_TOKEN", token));
        output_of(&client.output().unwrap())
    };
    assert_eq!(eval(Some("an open sesame of some length")).0, "42\n");
    for token in [None, Some("another")] {
        let (_, err, status) = eval(token);
        assert_eq!(status, 7, "{err}");
        assert!(err.contains("wrong token") && err.contains("MANHOLE_TOKEN"), "{err}");
    }
    // A server without a token prompt does not receive the token, which would run as a command and be logged.
    let audited = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&audited);
    let app = App::with(&home.path().join("plain.sock"), |builder| {
        builder.listen(Listener::tcp(([127, 0, 0, 1], 0))).audit(move |event| {
            if let EventKind::Command { text, .. } = &event.kind {
                sink.lock().push((*text).to_owned());
            }
        })
    });
    let mut client = home.client();
    client.args(["eval", &format!("tcp:127.0.0.1:{}", app.port()), "gizmo.count"]);
    client.env("MANHOLE_TOKEN", "an open sesame of some length");
    assert_eq!(output_of(&client.output().unwrap()).0, "42\n");
    assert_eq!(*audited.lock(), ["gizmo.count"]);
}

#[test]
fn a_command_with_a_terminal_gets_advice() {
    let home = Home::new();
    let app = App::start(&home.path().join("app.sock"));
    let docker = home.path().join("docker");
    std::fs::write(&docker, "#!/bin/sh\necho the input device is not a TTY >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&docker, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut targets = vec![format!("exec:{} exec -it app nc -U /run/app.manhole", docker.display())];
    // A terminal that the command has made, as kubectl does on the other side.
    if has_tool("nc", "-h") && has_tool("script", "--version") {
        targets.push(format!("exec:script -qc 'nc -U {}' /dev/null", app.target()));
    }
    for target in targets {
        let (_, err, status) = output_of(&home.run(&["eval", &target, "1"]));
        assert_eq!(status, 3, "{target}: {err}");
        assert!(err.contains("help: use -i without -t"), "{target}: {err}");
    }
}

#[test]
fn a_session_is_lowered_before_its_first_command() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    for (arguments, out, status) in [
        (&["eval", "app", "gizmo.reset()", "--level", "observe"][..], "", 4),
        (&["--level", "observe", "eval", "app", "level()"], "\"observe\"\n", 0),
        (&["eval", "app", "gizmo.key", "--level", "operate"], "", 4),
        (&["eval", "app", "gizmo.key", "--level", "admin"], "7\n", 0),
        (&["watch", "app", "gizmo.count = 1", "--level", "observe", "-n", "1", "--csv"], "", 4),
        (&["eval", "app", "1", "--level", "root"], "", 2),
    ] {
        let (found, err, code) = output_of(&home.run(arguments));
        assert_eq!(code, status, "{arguments:?}: {err}");
        assert!(found.starts_with(out), "{arguments:?}: {found}{err}");
    }
    assert_eq!(app.gizmo.lock().count, 42);
    let (out, _, _) = output_of(&home.run(&["ls", "--level", "observe"]));
    assert!(out.contains("observe") && !out.contains("admin"), "{out}");
    // A lower level stays as it is.
    let low = App::with(&home.socket("low", 2), |builder| {
        builder.access(manhole::Access::from_fn(|_| Some(Level::Observe)))
    });
    assert_eq!(output_of(&home.run(&["eval", "low", "level()", "--level", "admin"])).0, "\"observe\"\n");
    drop(low);
}
