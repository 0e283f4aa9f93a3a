//! Hostile scripts in each way to serve a console, against an application that measures its own pauses.
//!
//! Each script of `hostile.rhai` is stopped by its timeout, by Ctrl-C and by a disconnect. Each time the session or its thread
//! must become available. At the end the application must run with its initial number of threads and amount of memory.
//!
//! All of them run in many sessions at once too, also where the system limits the memory of the process.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::compiling::commands_that_compile_slowly;
use super::memory::{Group, assert_within_budget};
use crate::support::host_process::Host;
use crate::support::serve_modes::{MODES, Mode};
use crate::support::wait_until;

/// Returns the scripts of `hostile.rhai` with their names.
fn written_scripts() -> Vec<(&'static str, &'static str)> {
    let text = include_str!("../../hostile.rhai");
    let scripts: Vec<_> =
        text.split("// == ").skip(1).map(|script| script.split_once('\n').unwrap()).collect();
    assert!(scripts.len() >= 60);
    scripts
}

/// Returns all scripts with their names.
fn scripts() -> Vec<(&'static str, &'static str)> {
    let mut scripts = written_scripts();
    scripts.extend(GENERATED.iter().map(|(name, script)| (*name, &**script)));
    scripts
}

/// The scripts that are too long for the file.
static GENERATED: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let mut scripts = commands_that_compile_slowly();
    scripts.push(("a block of many lines", format!("{{\n{}}}", "1;\n".repeat(20_000))));
    // On a busy machine the session may stop to read the block, and run its other lines one by one.
    scripts.push(("a block that is too long", format!("{{\n{}loop {{}}\n}}", "let x = 1;\n".repeat(20_000))));
    scripts.push(("a line that is too long", format!("{{ {}\nloop {{}}\n}}", "1;".repeat(40_000))));
    for (_, script) in &mut scripts {
        script.push('\n');
    }
    scripts
});

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

/// Runs the scripts of `hostile.rhai` in many sessions at once, each session from another one on. Asserts that the host stays within the
/// budget of the console, and ends as usual.
fn attack_at_once(host: Host, sessions: usize) {
    let scripts = written_scripts();
    let mut watcher = host.connect();
    watcher.ask("gizmo");
    watcher.ask("heart.worst = 0; heart.worst_wait = 0");
    let before = host.resident_mib();
    let run = |session: usize| {
        let first = session * scripts.len() / sessions;
        for (name, script) in scripts[first..].iter().chain(&scripts[..first]) {
            let mut caller = host.connect();
            caller.ask("set(\"timeout\", \"100ms\")");
            caller.send(script);
            caller.back(name);
        }
    };
    std::thread::scope(|scope| {
        (0..sessions).for_each(|session| {
            let run = &run;
            scope.spawn(move || run(session));
        });
    });
    let growth = host.peak_mib().saturating_sub(before);
    let [pause, wait] = ["heart.worst", "heart.worst_wait"]
        .map(|what| Duration::from_micros(watcher.ask(what).parse().unwrap()));
    #[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
    {
        eprintln!("{growth} MiB more at most, longest pause {pause:?}, longest wait for a lock {wait:?}");
    }
    assert_within_budget(growth);
    assert_eq!(watcher.ask("1 + 1"), "2");
    drop(watcher);
    host.end();
}

/// The number of sessions at once. One user has at most 56.
const CROWD: usize = 50;

#[test]
fn hostile_scripts_in_many_sessions_at_once() {
    attack_at_once(Host::start_by_shell("exec"), CROWD);
}

#[test]
fn hostile_scripts_in_many_sessions_in_a_small_control_group() {
    if let Some(group) = Group::create(200) {
        attack_at_once(group.start(), CROWD);
    }
}

#[test]
fn hostile_scripts_within_little_address_space() {
    // Each thread of a session, and of an abandoned command, has a stack of 64 MiB.
    attack_at_once(Host::start_by_shell("ulimit -v 1200000 && exec"), 3);
}

#[test]
fn hostile_scripts_within_little_data() {
    attack_at_once(Host::start_by_shell("ulimit -d 600000 && exec"), 3);
}

#[test]
fn no_session_begins_that_would_leave_too_little_address_space() {
    for limit in ["ulimit -d 400000", "ulimit -v 1200000"] {
        let host = Host::start_by_shell(&format!("{limit} && exec"));
        let mut callers = Vec::new();
        let refusal = loop {
            match host.try_connect() {
                Ok(caller) => callers.push(caller),
                Err(refusal) => break refusal,
            }
        };
        let reason =
            "error: cannot open a session: cannot start a thread: the process is close to its limit on ";
        assert!(refusal.starts_with(reason), "{refusal}");
        assert!(!callers.is_empty());
        for caller in &mut callers {
            assert_eq!(caller.ask("1 + 1"), "2");
        }
        drop(callers);
        let mut caller = host.connect();
        assert_eq!(caller.ask("1 + 1"), "2");
        drop(caller);
        host.end();
    }
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
        let reason = match state {
            "blocked" => {
                "error: stopped: the command ran longer than 100ms\nhelp: check the application's runtime"
            }
            _ => "error: cannot await the call: the application's runtime is shutting down",
        };
        // On a busy machine the timeout may pass before the call.
        wait_until("the call reports the runtime", || caller.ask("trouble.never()").starts_with(reason));
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
