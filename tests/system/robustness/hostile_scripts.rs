//! Hostile scripts in each way to serve a console, against an application that measures its own pauses.
//!
//! Each script of `hostile.rhai` is stopped by its timeout, by Ctrl-C and by a disconnect. Each time the session or its thread
//! must become available. At the end the application must run with its initial number of threads and amount of memory.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::serve_modes::{MODES, Mode};
use crate::support::{LONG, wait_until};

/// The application's process.
struct Host {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    directory: TempDir,
}

impl Host {
    fn start(mode: Mode, state: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mode = match mode {
            Mode::Threads => "threads",
            Mode::Runtime => "runtime",
            Mode::Inline => "inline",
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_host"))
            .args([mode, directory.path().join("host").to_str().unwrap(), state])
            // Returns freed memory to the system at once, so that the resident memory is the memory in use.
            .env(
                "GLIBC_TUNABLES",
                "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=65536:glibc.malloc.trim_threshold=65536",
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut host = Self { child, stdin, stdout, directory };
        assert_eq!(host.line(), "ready");
        wait_until("it serves", || UnixStream::connect(host.directory.path().join("host")).is_ok());
        host
    }

    /// Returns the next line of its output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn connect(&self) -> Caller {
        let stream = UnixStream::connect(self.directory.path().join("host")).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut caller = Caller { stream, tail: Vec::new() };
        caller.until(&[">>> "]);
        caller
    }

    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    fn resident_mib(&self) -> u64 {
        self.status("VmRSS:") / 1024
    }

    /// Ends it, and asserts that it exits by itself with no thread of the console left.
    fn end(mut self) {
        drop(self.stdin.take());
        assert_eq!(self.line(), "done, 0 threads left");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that keeps only the end of the received bytes.
struct Caller {
    stream: UnixStream,
    tail: Vec<u8>,
}

impl Caller {
    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Reads until the received bytes end with one of `ends`.
    #[track_caller]
    fn until(&mut self, ends: &[&str]) -> String {
        let mut buffer = vec![0; 64 * 1024];
        while !ends.iter().any(|end| self.tail.ends_with(end.as_bytes())) {
            let read = self.stream.read(&mut buffer);
            let tail = String::from_utf8_lossy(&self.tail);
            let read = read.unwrap_or_else(|error| panic!("{error} before {ends:?}: …{tail}"));
            assert_ne!(read, 0, "closed before {ends:?}: …{tail}");
            self.tail.extend_from_slice(&buffer[..read]);
            self.tail.drain(..self.tail.len().saturating_sub(4 * 1024));
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.tail)).into_owned()
    }

    /// Returns the output of a short command.
    fn ask(&mut self, command: &str) -> String {
        self.send(&format!("{command}\n"));
        let answer = self.until(&[">>> "]);
        answer.trim_end_matches(">>> ").trim_end().to_owned()
    }

    /// Waits until the session accepts commands again.
    #[track_caller]
    fn back(&mut self, name: &str) {
        const BACK: &str = "\"back\"\n>>> ";
        // On a busy machine this short command may exceed the session's timeout.
        const LATE: [&str; 2] = ["ran longer than 100ms\n>>> ", "ran longer than 20ms\n>>> "];
        loop {
            self.send("\"ba\" + \"ck\"\n");
            let answer = self.until(&[BACK, LATE[0], LATE[1]]);
            for internal in ["rhai", "Dynamic", "&mut ", "core::", "alloc::", "manhole::"] {
                assert!(!answer.contains(internal), "{name}: {answer}");
            }
            if answer.ends_with(BACK) {
                break;
            }
        }
    }
}

/// Returns the scripts with their names.
fn scripts() -> Vec<(&'static str, &'static str)> {
    let text = include_str!("../../hostile.rhai");
    let scripts: Vec<_> =
        text.split("// == ").skip(1).map(|script| script.split_once('\n').unwrap()).collect();
    assert!(scripts.len() >= 60);
    scripts
}

/// The longest times.
#[derive(Default)]
struct Worst(Duration, &'static str);

impl Worst {
    fn time<R>(&mut self, name: &'static str, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = work();
        if start.elapsed() > self.0 {
            *self = Self(start.elapsed(), name);
        }
        result
    }
}

fn attack(mode: Mode) {
    const DEADLINE: Duration = Duration::from_millis(100);
    let host = Host::start(mode, "");
    // Memory allocated once, at first use, is no growth.
    let mut watcher = host.connect();
    watcher.ask("gizmo");
    watcher.back("before");
    watcher.ask("heart.worst = 0");
    let (threads, resident) = (host.threads(), host.resident_mib());
    let (mut by_deadline, mut by_interrupt) = (Worst::default(), Worst::default());

    for (name, script) in scripts() {
        let mut caller = host.connect();
        caller.ask("set(\"timeout\", \"100ms\")");
        caller.send(script);
        by_deadline.time(name, || caller.back(name));
    }
    for (name, script) in scripts() {
        let mut caller = host.connect();
        caller.ask("set(\"timeout\", \"1h\")");
        caller.send(script);
        std::thread::sleep(Duration::from_millis(20));
        caller.send("\x03");
        by_interrupt.time(name, || caller.back(name));
    }
    for (_, script) in scripts() {
        let mut caller = host.connect();
        caller.ask("set(\"timeout\", \"1h\")");
        caller.send(script);
        std::thread::sleep(Duration::from_millis(5));
    }
    wait_until("the threads are as many as before", || host.threads() <= threads);
    wait_until("the memory is what it was", || host.resident_mib() <= resident + 32);

    let mut report = format!("{mode:?}:\n");
    for (how, Worst(time, name)) in [("deadline", by_deadline), ("Ctrl-C", by_interrupt)] {
        let after = if how == "deadline" { time.saturating_sub(DEADLINE) } else { time };
        writeln!(report, "  back after the {how}, at the latest: {after:?} ({name})").unwrap();
    }
    let worst: u64 = watcher.ask("heart.worst").parse().unwrap();
    writeln!(report, "  longest pause of the heart: {:?}", Duration::from_micros(worst)).unwrap();
    writeln!(report, "  memory: {resident} MiB before, {} MiB after", host.resident_mib()).unwrap();
    #[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
    {
        eprint!("{report}");
    }
    if mode != Mode::Inline {
        // In this mode the future does not even start, since the event loop is blocked until the command ends.
        assert!(watcher.ask("trouble.dropped").parse::<u64>().unwrap() > 0, "futures are dropped");
    }
    assert_eq!(watcher.ask("1 + 1"), "2");
    drop(watcher);
    host.end();
}

#[test]
fn exit_is_audited_before_the_process_ends() {
    for mode in MODES {
        let mut host = Host::start(mode, "ends");
        let mut caller = host.connect();
        caller.send("[2, 1].sort(|a, b| { process::exit(3); 0 }); loop {}\n");
        assert_eq!(host.line(), "[2, 1].sort(|a, b| { process::exit(3); 0 }); loop {} (done)", "{mode:?}");
        assert_eq!(host.child.wait().unwrap().code(), Some(3), "{mode:?}");
    }
}

#[test]
fn hostile_scripts_on_threads() {
    attack(Mode::Threads);
}

#[test]
fn hostile_scripts_on_a_runtime() {
    attack(Mode::Runtime);
}

#[test]
fn hostile_scripts_in_inline_mode() {
    attack(Mode::Inline);
}

#[test]
fn hostile_scripts_while_the_runtime_is_blocked_or_gone() {
    for state in ["blocked", "gone"] {
        let host = Host::start(Mode::Threads, state);
        let mut caller = host.connect();
        assert_eq!(caller.ask("gizmo.items.len()"), "100000", "{state}");
        caller.ask("set(\"timeout\", \"100ms\")");
        let answer = caller.ask("trouble.never()");
        let reason = match state {
            "blocked" => {
                "error: stopped: the command ran longer than 100ms\nhelp: check the application's runtime"
            }
            _ => "error: cannot await the call: the application's runtime is shutting down",
        };
        assert!(answer.starts_with(reason), "{state}: {answer}");
        caller.ask("set(\"lock_wait\", \"10ms\")");
        assert!(caller.ask("held").starts_with("error: cannot lock held: "), "{state}");
        for (name, script) in scripts() {
            let mut caller = host.connect();
            caller.ask("set(\"timeout\", \"20ms\")");
            caller.send(script);
            caller.back(name);
        }
        assert_eq!(caller.ask("1 + 1"), "2");
    }
}

#[test]
fn shutdown_stops_every_hostile_script() {
    for mode in MODES {
        let host = Host::start(mode, "");
        let names =
            ["an endless loop", "a flood of output", "sleeping for ever", "a lock that is held for ever"];
        let mut callers: Vec<_> = scripts()
            .into_iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, script)| {
                let mut caller = host.connect();
                caller.send(&format!("set(\"timeout\", \"1h\")\n{script}"));
                // In inline mode only one command runs at a time.
                if mode == Mode::Inline {
                    std::thread::sleep(Duration::from_millis(20));
                }
                caller
            })
            .take(if mode == Mode::Inline { 1 } else { names.len() })
            .collect();
        std::thread::sleep(Duration::from_millis(20));
        if mode == Mode::Inline {
            // In inline mode only the client can stop the command, since the event loop is blocked.
            callers[0].send("\x03");
        }
        host.end();
    }
}

#[test]
fn output_of_the_application_does_not_reach_sessions() {
    for mode in MODES {
        let mut host = Host::start(mode, "");
        let mut caller = host.connect();
        assert_eq!(
            caller.ask("trouble.shout(\"to the terminal\"); print(\"to the client\")"),
            "to the client"
        );
        assert_eq!(host.line(), "to the terminal", "{mode:?}");
        drop(caller);
        host.end();
    }
}
