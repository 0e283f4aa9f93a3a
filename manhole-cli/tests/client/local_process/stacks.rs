//! The stacks of all threads, by stand-ins for debuggers and by those that are installed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use parking_lot::{Mutex, MutexGuard};

use super::stand_ins::{client, run, stand_in};
use crate::busy_service::BusyService;
use crate::support::{App, Home, has_tool, output_of, signal, wait_until};

/// A process that is traced is refused: the tests that look for stacks of this one take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock()
}

#[test]
fn the_first_debugger_prints_the_stacks() {
    let _turn = turn();
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let pid = std::process::id();
    stand_in(&home, "gdb", "echo unused; exit 1");
    let path = stand_in(
        &home,
        "eu-stack",
        "while [ \"$1\" != -p ]; do shift; done\n\
         echo \"PID $2 - process\"; echo \"TID $2:\"; echo '#0  0x0000000000000001 _ZN3app4spin17h5c30f444a54438beE'",
    );
    let (out, err, status) = run(&home, &path, &["stacks", "app"]);
    assert!(out.starts_with(&format!("thread {pid} ")) && out.ends_with("   0  app::spin\n\n"), "{out}{err}");
    let note = format!("note: process {pid} stood still for at most ");
    assert!(err.starts_with(&note) && err.ends_with(": as long as eu-stack ran\n") && status == 0, "{err}");
    let (_, err, status) = run(&home, &path, &["stacks", "app", "--tool", "gdb"]);
    assert_eq!(
        (err.as_str(), status),
        (
            "error: cannot read the stacks with gdb: it printed no stack\nhelp: try another debugger with --tool\n",
            1
        )
    );
}

#[test]
fn without_a_debugger_the_error_names_a_package() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let empty = home.temporary();
    let (_, err, status) = run(&home, &empty, &["stacks", "app"]);
    assert!(err.contains("found no eu-stack, gdb or lldb") && err.contains("apt install elfutils"), "{err}");
    assert_eq!(status, 1);
    let (_, err, _) = run(&home, &empty, &["stacks", "app", "--tool", "gdb"]);
    assert!(err.contains("found no gdb\n") && err.contains("apt install gdb"), "{err}");
}

#[test]
fn a_debugger_that_may_not_trace_says_what_to_do() {
    let _turn = turn();
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let path = stand_in(&home, "gdb", "echo 'ptrace: Operation not permitted.' >&2; exit 1");
    let (_, err, status) = run(&home, &path, &["stacks", "app"]);
    let reason = format!(
        "cannot read the stacks with gdb: the system does not permit to trace process {}",
        std::process::id()
    );
    assert!(err.contains(&reason) && err.contains("\nhelp: ") && status == 1, "{err}");
}

#[test]
fn an_application_that_does_not_answer_has_stacks() {
    let _turn = turn();
    let home = Home::new();
    // Nothing accepts its connections.
    let path = home.path().join("stuck.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let tools = stand_in(&home, "gdb", "echo 'Thread 1 (LWP 1 \"a\"):'; echo '#0  stuck ()'");
    let (out, err, status) = run(&home, &tools, &["stacks", path.to_str().unwrap()]);
    assert_eq!((out.as_str(), status), ("thread 1\n   0  stuck\n\n", 0), "{err}");
    let pid = std::process::id();
    assert!(err.starts_with("note: ") && err.contains(&format!("; this is process {pid} (")), "{err}");
    assert!(err.contains(&format!("\nnote: process {pid} stood still")), "{err}");
}

#[test]
fn a_signal_ends_the_debugger_too() {
    let _turn = turn();
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for name in ["INT", "TERM", "HUP"] {
        let started = home.path().join(format!("started-{name}"));
        let path = stand_in(&home, "gdb", &format!("echo $$ > {}; exec sleep 1000", started.display()));
        let mut client = client(&home, &path, &["stacks", "app"]);
        let child = client.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = || fs::read_to_string(&started).unwrap_or_default();
        wait_until("the debugger runs", || pid().ends_with('\n'));
        signal(&child, name);
        let (_, err, status) = output_of(&child.wait_with_output().unwrap());
        assert_eq!((err.as_str(), status), ("error: interrupted\n", 130));
        wait_until("the debugger has ended", || !Path::new("/proc").join(pid().trim()).exists());
    }
}

#[test]
fn a_process_elsewhere_is_refused() {
    let _turn = turn();
    let home = Home::new();
    let path = stand_in(&home, "gdb", "echo unused");
    let (_, err, status) = run(&home, &path, &["stacks", "ssh://me@web1:2222/run/app.manhole"]);
    assert!(err.contains("its process is not on this machine"), "{err}");
    assert!(err.contains("ssh -p 2222 me@web1 manhole stacks /run/app.manhole") && status == 2, "{err}");
    if !has_tool("socat", "-V") {
        return;
    }
    // Behind another process, its executable and uptime show that it is here.
    let app = App::start(&home.socket("app", 1));
    let target = format!("exec:/usr/bin/env PATH=/usr/bin:/bin socat - UNIX-CONNECT:{}", app.target());
    stand_in(&home, "eu-stack", "echo TID 1:; echo '#0  0x0000000000000001 spin'");
    let path = home.path().join("bin:/usr/bin:/bin");
    let (out, err, status) = run(&home, &path, &["stacks", &target]);
    assert_eq!((out.as_str(), status), ("thread 1\n   0  spin\n\n", 0), "{err}");
    // A console that does not show its process cannot prove that it is here.
    drop(app);
    let app = App::with(&home.socket("app", 1), |builder| builder.builtin_roots(false));
    let target = format!("exec:/usr/bin/env PATH=/usr/bin:/bin socat - UNIX-CONNECT:{}", app.target());
    let (_, err, status) = run(&home, &path, &["stacks", &target]);
    assert!(err.contains("its process is not on this machine") && status == 2, "{err}");
}

#[test]
fn installed_debuggers_show_the_busy_function() {
    let _turn = turn();
    let home = Home::new();
    let _service = BusyService::start(&home.socket("busy", 1));
    for tool in ["eu-stack", "gdb", "lldb"] {
        // lldb is large, and not among the tools that the tests require.
        let is_there = match tool {
            "lldb" => Command::new(tool).arg("--version").output().is_ok(),
            _ => has_tool(tool, "--version"),
        };
        if !is_there {
            continue;
        }
        let (out, err, status) = output_of(&home.run(&["stacks", "busy", "--tool", tool]));
        // A container may forbid it to everyone.
        if err.contains("the system does not permit") {
            continue;
        }
        assert_eq!(status, 0, "{tool}: {out}{err}");
        assert!(out.contains(" cruncher (running)\n"), "{tool}: {out}{err}");
        // With nothing but line tables gdb does not know the module.
        let names = ["  client::busy_service::crunch", "  crunch  "];
        assert!(names.iter().any(|name| out.contains(name)), "{tool}: {out}{err}");
    }
}
