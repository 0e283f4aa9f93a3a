//! The signals of an application with a console.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::{Client, Program};

/// SIGUSR1 and SIGTERM, the first signal in the lowest bit.
const BLOCKED_BY_MAIN: u64 = 1 << 9 | 1 << 14;

#[test]
fn an_application_that_waits_for_its_signals_gets_them() {
    for wait in ["sigwait", "signalfd"] {
        for first in ["mask", "console"] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("app.manhole");
            let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
            host.args(["signals", wait, first]).arg(&path).stdout(Stdio::piped());
            let mut host = Program::start(&mut host);
            let mut lines = BufReader::new(host.child().stdout.take().unwrap()).lines().map(Result::unwrap);
            assert_eq!(lines.next().unwrap(), "ready");

            // With a session and its thread, and after each way into the application's code.
            let mut client = Client::connect(&path);
            client.prompt();
            for code in ["blocked()", "waiter.blocked()"] {
                assert_eq!(client.ask(code), BLOCKED_BY_MAIN.to_string(), "{wait}, {first} first: {code}");
            }
            for _ in 0..20 {
                for (signal, name) in [("TERM", "SIGTERM"), ("USR1", "SIGUSR1")] {
                    host.signal(signal);
                    assert_eq!(lines.next().as_deref(), Some(name), "{wait}, {first} first");
                }
            }
            assert_eq!(blocked_by_console(host.child().id()), [!SYNCHRONOUS & !NEVER_BLOCKED; 2]);
        }
    }
}

/// SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV.
const SYNCHRONOUS: u64 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10;
/// SIGKILL, SIGSTOP, and the two that glibc keeps for itself.
const NEVER_BLOCKED: u64 = 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32;

/// Returns what each of the console's threads blocks.
fn blocked_by_console(pid: u32) -> Vec<u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|thread| thread.unwrap().path());
    let of_console =
        threads.filter(|thread| fs::read_to_string(thread.join("comm")).unwrap().starts_with("manhole"));
    let blocked = of_console.map(|thread| {
        let status = fs::read_to_string(thread.join("status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap().trim();
        u64::from_str_radix(mask, 16).unwrap()
    });
    blocked.collect()
}
