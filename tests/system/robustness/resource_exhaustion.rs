//! A system without resources, or with other surprises: each is a specific error, and the application continues.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{Client, as_nobody, has_tool, is_there, open_directory, succeeds, wait_until};

const HOST: &str = env!("CARGO_BIN_EXE_host");

/// A test host, started by a shell that runs a command before, and killed with the test.
struct Host {
    child: Child,
    path: PathBuf,
    _directory: TempDir,
}

impl Host {
    /// Starts `host MODE` after `before`, and waits until it serves.
    fn start(mode: &str, before: &str) -> Self {
        Self::start_in(mode, before, tempfile::tempdir().unwrap())
    }

    fn start_in(mode: &str, before: &str, directory: TempDir) -> Self {
        let path = directory.path().join("host.manhole");
        let mut command = shell(before, &[HOST, mode, path.to_str().unwrap()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        wait_until("it serves", || UnixStream::connect(&path).is_ok());
        Self { child, path, _directory: directory }
    }

    fn client(&self) -> Client {
        let mut client = Client::connect(&self.path);
        assert_eq!(client.prompt(), "");
        client
    }

    /// Asserts that the host's own thread still runs.
    #[track_caller]
    fn lives(&self, client: &mut Client) {
        let before: u64 = client.ask("heart.beats").parse().unwrap();
        wait_until("the heart has beaten", || client.ask("heart.beats").parse::<u64>().unwrap() > before);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a shell that runs `before` and then becomes the application.
fn shell(before: &str, program: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before} exec \"$@\""), "sh"]).args(program);
    shell
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

#[test]
fn without_descriptors_a_client_gets_an_error_and_sessions_continue() {
    for mode in ["threads", "runtime", "inline"] {
        let host = Host::start(mode, "ulimit -n 40;");
        let mut first = host.client();
        let mut others = Vec::new();
        let received = loop {
            let mut other = Client::connect(&host.path);
            let said = other.until_any(&[">>> ", "left\n"]);
            if said != ">>> " {
                break said;
            }
            others.push(other);
            assert!(others.len() < 40, "{mode}: there is a limit");
        };
        assert_eq!(
            received, "\nerror: cannot open a session: the application has no file descriptor left\n",
            "{mode}"
        );
        // What is asked then does not need one.
        let seen = "process.descriptors >= 38 && process.descriptors == descriptors.len() && process.memory.resident > 0";
        assert_eq!(first.ask(seen), "true", "{mode}");
        assert_eq!(first.ask("threads.all(|t| t.cpu >= 0.0)"), "true", "{mode}");
        assert!(others.len() > 3, "{mode}: {}", others.len());
        host.lives(&mut first);
        drop(others);
        wait_until("there is room again", || {
            Client::connect(&host.path).until_any(&[">>> ", "\n"]) == ">>> "
        });
    }
}

#[test]
fn an_application_that_has_used_up_its_descriptors_can_be_looked_into() {
    for mode in ["threads", "runtime", "inline"] {
        let host = Host::start(mode, "ulimit -n 64;");
        let mut opener = host.client();
        let are_closed = |opener: &mut Client| {
            // The listener and this one.
            let sockets =
                "descriptors.count(|d| d.local.is_some_and(|path| path.ends_with(\"host.manhole\")))";
            wait_until("other connections are closed", || opener.ask(sockets) == "2");
        };
        are_closed(&mut opener);
        opener.ask("trouble.open_all()");
        // Both sessions in turn, again and again.
        for _ in 0..3 {
            let mut held = [host.client(), host.client()];
            for client in &mut held {
                assert_eq!(
                    client.ask("process.descriptors >= process.descriptor_limit - 2"),
                    "true",
                    "{mode}"
                );
                assert_eq!(
                    client.ask("descriptors.count(|d| d.target == \"/dev/null\") > 40"),
                    "true",
                    "{mode}"
                );
            }
            let refused = Client::connect(&host.path).until_any(&[">>> ", "left\n"]);
            assert!(refused.contains("the application has no file descriptor left"), "{mode}: {refused}");
            drop(held);
            host.lives(&mut opener);
            are_closed(&mut opener);
        }
        opener.ask("trouble.close_all()");
        let _more: Vec<_> = (0..8).map(|_| host.client()).collect();
    }
}

#[test]
fn a_start_without_descriptors_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let mut seen = false;
    for limit in 4..16 {
        let before = format!("ulimit -n {limit};");
        let mut command = shell(&before, &[HOST, "starter", path.to_str().unwrap()]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = text(&output);
        if said.contains("Too many open files") {
            seen = true;
            assert!(said.starts_with("cannot "), "{said}");
        } else {
            assert!(said.starts_with("serving\n") || said.contains("error while loading"), "{limit}: {said}");
        }
    }
    assert!(seen);
}

#[test]
fn without_threads_a_client_gets_an_error_and_sessions_continue() {
    for mode in ["threads", "runtime", "inline"] {
        // Stacks need address space: this is enough for a few.
        let host = Host::start(mode, "ulimit -v 900000;");
        let mut first = host.client();
        first.ask("1");
        let mut others = Vec::new();
        let received = loop {
            let mut other = Client::connect(&host.path);
            let said = other.until_any(&[">>> ", "\n\n", ")\n"]);
            if said.contains("error") {
                break said;
            }
            other.send("1 + 1\n");
            let answer = other.until_any(&["2\n>>> ", ")\n"]);
            if answer.contains("error") {
                break answer;
            }
            others.push(other);
            assert!(others.len() < 40, "{mode}: there is a limit");
        };
        assert!(
            received.contains("error: cannot open a session: cannot start a thread: "),
            "{mode}: {received}"
        );
        host.lives(&mut first);
    }
}

#[test]
fn a_start_without_threads_is_an_error() {
    let Some(mut nobody) = as_nobody(&[]) else { return };
    let nobody_does = |arguments: &[&str], path: &Path| {
        assert!(succeeds(as_nobody(&[]).unwrap().args(arguments).arg(path)), "{arguments:?}");
    };
    let directory = open_directory(0o1777);
    let (copy, own) = (directory.path().join("host"), directory.path().join("own"));
    std::fs::copy(HOST, &copy).unwrap();
    nobody_does(&["mkdir"], &own);
    let socket = own.join("app.manhole");
    nobody.args(["prlimit", "--nproc=1"]).arg(&copy).arg("starter").arg(&socket);
    let said = text(&nobody.stdin(Stdio::null()).output().unwrap());
    // The user that runs the test may lack the permission.
    nobody_does(&["rm", "-r"], &own);
    assert!(said.contains("Resource temporarily unavailable"), "{said}");
    assert!(said.starts_with("cannot start"), "{said}");
}

#[test]
fn signals_do_not_disturb_sessions() {
    for mode in ["threads", "runtime", "inline"] {
        let host = Host::start(mode, "");
        let mut client = host.client();
        let pid = host.child.id().to_string();
        let mut storm = Command::new("sh")
            .args(["-c", "for i in $(seq 2000); do kill -s USR1 $0 || exit 1; done", &pid])
            .spawn()
            .unwrap();
        while storm.try_wait().unwrap().is_none() {
            assert_eq!(client.ask("sleep(0.01); gizmo.name"), "\"gizmo\"", "{mode}");
            assert_eq!(client.ask("gizmo.items.filter(|item| item.id < 3).count()"), "3", "{mode}");
        }
        assert!(storm.wait().unwrap().success());
        host.lives(&mut client);
    }
}

#[test]
fn a_forked_copy_does_not_affect_the_original() {
    let mut host = Host::start("forked", "");
    assert_eq!(host.client().ask("n"), "1", "after the copy has closed its own and ended");
    drop(host.child.stdin.take());
    assert!(host.child.wait().unwrap().success());
    assert!(!host.path.exists() || UnixStream::connect(&host.path).is_err());
}

#[test]
fn child_processes_inherit_no_descriptors() {
    let mut host = Host::start("threads", "");
    let mut client = host.client();
    let other = client.ask("trouble.start_another()");
    host.child.kill().unwrap();
    host.child.wait().unwrap();
    client.finish();
    // The path is free although the child process runs.
    let path = host.path.to_str().unwrap();
    let mut starter = shell("", &[HOST, "starter", path]);
    let output = starter.stdin(Stdio::null()).output().unwrap();
    assert!(Path::new(&format!("/proc/{other}")).exists());
    let _ = Command::new("kill").arg(&other).status();
    assert_eq!(text(&output), "serving\n");
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    if !has_tool("faketime", "--version", "faketime") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    std::fs::write(&clock, "@2020-01-01 00:00:00").unwrap();
    let library = "$(faketime -f +0 printenv LD_PRELOAD)";
    let file = clock.display();
    let before = format!(
        "export LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={file} FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1;"
    );
    let host = Host::start_in("threads", &before, tempfile::tempdir().unwrap());
    let mut client = host.client();
    for time in ["@2035-06-01 00:00:00", "@1999-01-01 00:00:00", "@2020-01-01 00:00:00"] {
        client.send("print(\"running\"); set(\"timeout\", \"1s\"); loop {}\n");
        client.until("running\n");
        std::fs::write(&clock, time).unwrap();
        // On a busy machine there is also help on the timeout.
        let answer = client.prompt();
        assert_eq!(answer.lines().next(), Some("error: stopped: the command ran longer than 1s"), "{time}");
        assert_eq!(client.ask("sleep(0.05); gizmo.name"), "\"gizmo\"", "{time}");
        host.lives(&mut client);
    }
}

#[test]
fn a_start_on_a_full_disk_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let disk = directory.path().display();
    // In a new mount namespace: as root, as root of a user namespace, or by `sudo`. In a container even root may lack the
    // permission, so it is tried.
    let ways = [&["unshare", "-m"][..], &["unshare", "-rm"], &["sudo", "-n", "unshare", "-m"]];
    let run = |way: &[&str], script: &str| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["sh", "-c", script]).stdin(Stdio::null());
        command
    };
    let mount = format!("mount -t tmpfs none {disk}");
    let Some(way) = ways.into_iter().find(|way| succeeds(&mut run(way, &mount))) else {
        is_there(false, "mounting takes CAP_SYS_ADMIN, or namespaces for users");
        return;
    };
    for (size, what) in
        [("nr_inodes=1", "the lock"), ("nr_inodes=2", "the socket"), ("size=4k", "what is in the lock")]
    {
        let fill = if size.starts_with("size") {
            format!("head -c 4096 /dev/zero >{disk}/filler;")
        } else {
            String::new()
        };
        let script = format!(
            "mount -t tmpfs -o mode=0700,{size} none {disk} && {{ {fill} exec {HOST} starter {disk}/s; }}"
        );
        let said = text(&run(way, &script).output().unwrap());
        assert!(said.starts_with("cannot ") && said.contains("No space left on device"), "{what}: {said}");
    }
}

#[test]
fn it_works_under_valgrind() {
    if !has_tool("valgrind", "--version", "valgrind") {
        return;
    }
    let host = Host::start("threads", "set -- valgrind -q --tool=none \"$@\";");
    let mut client = host.client();
    assert_eq!(
        client.ask("let n = 0; for i in 0..3000 { n += 1 } n"),
        "3000",
        "longer than a look at the client"
    );
    host.lives(&mut client);
}
