//! Many sessions for a long time: what they do is mixed, some hang up, some flood, some do not read, and the program is started
//! again in between. Nothing may be lost, and nothing may grow.
//!
//! ```text
//! cargo run --release -p tests --bin soak                              # 500 sessions, ten minutes
//! cargo run --release -p tests --bin soak -- --seconds 120             # what CI runs
//! ```
//!
//! It goes in rounds. After each all sessions end, and the program must be as it was before: as many threads, as many descriptors;
//! the money in its bank is all there, and its counter is what was counted. After the last round it must have no more memory than
//! after the second, but for what an allocator keeps. Then it is killed in the middle of the work of all, and started again on the
//! same path.

#![expect(clippy::unwrap_used, reason = "what is not as it must be fails loudly")]
#![expect(clippy::print_stdout, reason = "it tells what it does")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod host;
mod workload;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use workload::{Connection, Tally};

/// How much more memory than after its second round a program may have after its last, in KiB: what an allocator keeps.
const KEPT_BY_THE_ALLOCATOR: u64 = 2 * 1024;

/// The program's own threads: the one it began with, the one that counts, and the one that accepts.
const THREADS: usize = 3;

/// How long the program may take to let go of what was closed.
const LONG: Duration = Duration::from_secs(30);

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [mode, path] = &*arguments
        && mode == "host"
    {
        return host::run(path);
    }
    let option = |name: &str, default: u64| {
        let position = arguments.iter().position(|argument| argument == name);
        position.map_or(default, |position| arguments[position + 1].parse().unwrap())
    };
    let sessions = usize::try_from(option("--sessions", 500)).unwrap();
    let all = Duration::from_secs(option("--seconds", 600));
    // Three lives, each of some rounds and a last one that it does not survive.
    let rounds = if all > Duration::from_secs(300) { 8 } else { 3 };
    let round = all / (3 * (rounds + 1));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("soak.manhole");
    let mut program = Program::start(&path);
    for life in 1..=3 {
        println!("life {life}: {rounds} rounds of {round:?} with {sessions} sessions");
        live(&mut program, &path, sessions, rounds, round);
        let tally = work(&path, sessions, round, || {
            thread::sleep(round / 2);
            program.kill();
            program = Program::start(&path);
        });
        println!("  killed and started again: {tally}");
        assert_eq!(tally.wrong, Vec::<String>::new());
    }
    println!("nothing was lost, and nothing has grown");
}

/// What a program lives through before it is killed.
fn live(program: &mut Program, path: &Path, sessions: usize, rounds: u32, round: Duration) {
    // What is opened once and then kept is opened by a command that runs for a while.
    Connection::open(path).unwrap().ask("for i in 0..100000 {}").unwrap();
    // Those who still worked when it was started again are gone when this begins.
    program.settled("nobody is there", |now| now.threads <= THREADS);
    // Its descriptor is closed a moment after its thread has ended.
    let before = program.rested();
    let counts = |connection: &mut Connection| {
        let mut number = |command: &str| connection.ask(command).unwrap().parse::<u64>().unwrap();
        let by_host = number("bank.stop_counting()");
        let count = number("bank.count");
        connection.ask("bank.go_on_counting()").unwrap();
        count - by_host
    };
    // Some of it was counted before, in the middle of which the last one was killed.
    let mut counted = counts(&mut Connection::open(path).unwrap());
    let mut unknown = 0;
    let mut memory = Vec::new();
    for number in 1..=rounds {
        let tally = work(path, sessions, round, || ());
        counted += tally.counted;
        unknown += tally.unknown;
        program.settled("all sessions are gone", |now| {
            now.threads == before.threads && now.descriptors == before.descriptors
        });
        let size = program.rested();
        println!("  round {number}: {tally}; {size}");
        assert_eq!(tally.wrong, Vec::<String>::new());
        assert!(tally.done > 0, "nothing was done");

        let mut connection = Connection::open(path).unwrap();
        assert_eq!(connection.ask("bank.total()").unwrap(), host::TOTAL.to_string(), "money is lost");
        let count = counts(&mut connection);
        assert!((counted..=counted + unknown).contains(&count), "{count}: {counted}, and perhaps {unknown}");
        drop(connection);

        memory.push(size.memory);
    }
    let (second, last) = (memory[1], memory[memory.len() - 1]);
    assert!(last <= second + KEPT_BY_THE_ALLOCATOR, "memory grows: {memory:?} KiB");
}

/// Lets all sessions work for a while; `meanwhile` runs beside them.
fn work(path: &Path, sessions: usize, time: Duration, meanwhile: impl FnOnce()) -> Tally {
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..sessions)
        .map(|number| {
            let (path, over) = (path.to_owned(), Arc::clone(&over));
            let seed = u64::try_from(number).unwrap();
            thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || workload::work(&path, seed, &over))
                .unwrap()
        })
        .collect();
    let start = Instant::now();
    meanwhile();
    thread::sleep(time.saturating_sub(start.elapsed()));
    over.store(true, Ordering::Relaxed);
    clients.into_iter().map(|client| client.join().unwrap()).sum()
}

/// The program that is looked into.
struct Program(Child);

/// What it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    threads: usize,
    descriptors: usize,
    /// In KiB.
    memory: u64,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { threads, descriptors, memory } = self;
        write!(f, "{threads} threads, {descriptors} descriptors, {memory} KiB")
    }
}

impl Program {
    fn start(path: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        // So that what is kept is little enough to see what grows.
        command.env("MALLOC_ARENA_MAX", "2").env("MALLOC_TRIM_THRESHOLD_", "131072");
        let mut child = command.arg("host").arg(path).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn size(&mut self) -> Size {
        if let Some(ended) = self.0.try_wait().unwrap() {
            panic!("the program has ended: {ended}");
        }
        let own = format!("/proc/{}", self.0.id());
        let entries = |name: &str| fs::read_dir(format!("{own}/{name}")).unwrap().count();
        let status = fs::read_to_string(format!("{own}/status")).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let memory = memory.trim().trim_end_matches(" kB").parse().unwrap();
        Size { threads: entries("task"), descriptors: entries("fd"), memory }
    }

    /// What it has when that changes no more.
    fn rested(&mut self) -> Size {
        let end = Instant::now() + LONG;
        let mut last = self.size();
        loop {
            thread::sleep(Duration::from_millis(500));
            let now = self.size();
            if now == last {
                return now;
            }
            assert!(Instant::now() < end, "waited in vain until it is at rest: {last}, {now}");
            last = now;
        }
    }

    /// Waits until it is as it must be.
    fn settled(&mut self, what: &str, done: impl Fn(Size) -> bool) {
        let end = Instant::now() + LONG;
        while !done(self.size()) {
            assert!(Instant::now() < end, "waited in vain until {what}: {}", self.size());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
