//! Soak test: many sessions with mixed work, some of which disconnect, flood or do not read. The application is killed and
//! restarted. No data may be lost, and no resource may grow.
//!
//! ```text
//! cargo run --release -p tests --bin soak                              # 500 sessions, ten minutes
//! cargo run --release -p tests --bin soak -- --seconds 120             # what CI runs
//! ```
//!
//! Some values belong to threads and actors that come and go, die and stall. What they have done for the console must match too, and
//! each command that waits for them ends in time.
//!
//! After each round all sessions end. Threads and descriptors must return to their initial number, the bank's total must be
//! unchanged, and the counter must match. After the last round, memory must not exceed that after the second by more than the
//! allocator keeps. Then the application is killed during work, and restarted on the same path.

#![expect(clippy::unwrap_used, reason = "what is not as it must be fails loudly")]
#![expect(clippy::print_stdout, reason = "it tells what it does")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod host;
mod owners;
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

/// The memory that all sessions may use together, with what commands use between two checks, in KiB.
const BUDGET: u64 = (128 + 64) * 1024;
/// The memory of one session itself, in KiB.
const PER_SESSION: u64 = 100;
/// The allowed growth of memory between the second and the last round, in KiB: free memory that the allocator keeps.
const KEPT_BY_THE_ALLOCATOR: u64 = 2 * 1024;

/// The application's own threads: main, counting, accepting, and the owners.
const THREADS: usize = 3 + owners::THREADS;

/// The time for the application to release closed sessions.
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
    // Starts the application three times, for some rounds and a last one in which it is killed.
    let rounds = if all > Duration::from_secs(300) { 8 } else { 3 };
    let round = all / (3 * (rounds + 1));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("soak.manhole");
    let mut program = Program::start(&path);
    for life in 1..=3 {
        println!("life {life}: {rounds} rounds of {round:?} with {sessions} sessions");
        live(&mut program, &path, sessions, rounds, round);
        let before = program.size().memory;
        workload::GREEDY.store(true, Ordering::Relaxed);
        let tally = work(&path, sessions, round, || {
            thread::sleep(round / 2);
            let growth = program.peak() - before;
            println!("  at most {growth} KiB above the memory before");
            assert!(growth <= BUDGET + PER_SESSION * u64::try_from(sessions).unwrap(), "{growth} KiB");
            workload::GREEDY.store(false, Ordering::Relaxed);
            program.kill();
            program = Program::start(&path);
        });
        println!("  killed and started again: {tally}");
        assert_eq!(tally.wrong, Vec::<String>::new());
    }
    println!("nothing was lost, and nothing has grown");
}

/// Runs the rounds of one process.
fn live(program: &mut Program, path: &Path, sessions: usize, rounds: u32, round: Duration) {
    // A command that runs for a while opens descriptors that then stay open.
    Connection::open(path).unwrap().ask("for i in 0..100000 {}").unwrap();
    // Sessions of the previous process end before this begins.
    program.settled("nobody is there", |now| now.threads <= THREADS);
    // A session's descriptor is closed just after its thread has ended.
    let before = program.rested();
    let counts = |connection: &mut Connection| {
        let mut number = |command: &str| connection.ask(command).unwrap().parse::<u64>().unwrap();
        let by_host = number("bank.stop_counting()");
        let count = number("bank.count");
        connection.ask("bank.go_on_counting()").unwrap();
        count - by_host
    };
    // The previous process was killed while it counted.
    let mut counted = counts(&mut Connection::open(path).unwrap());
    let added = || {
        let mut connection = Connection::open(path).unwrap();
        // The clerk may stall.
        connection.ask("set(\"lock_wait\", \"10s\")").unwrap();
        connection.ask("clerk.added").unwrap().parse::<u64>().unwrap()
    };
    let mut served = added();
    let mut unknown = 0;
    let mut memory = Vec::new();
    for number in 1..=rounds {
        let tally = work(path, sessions, round, || ());
        counted += tally.counted;
        unknown += tally.unknown;
        served += tally.served;
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
        let count = added();
        assert!((served..=served + unknown).contains(&count), "{count}: {served}, and perhaps {unknown}");
        drop(connection);

        memory.push(size.memory);
    }
    let (second, last) = (memory[1], memory[memory.len() - 1]);
    assert!(last <= second + KEPT_BY_THE_ALLOCATOR, "memory grows: {memory:?} KiB");
}

/// Lets all sessions work for a while, and runs `beside` in that time.
fn work(path: &Path, sessions: usize, time: Duration, beside: impl FnOnce()) -> Tally {
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
    beside();
    thread::sleep(time.saturating_sub(start.elapsed()));
    over.store(true, Ordering::Relaxed);
    clients.into_iter().map(|client| client.join().unwrap()).sum()
}

/// The application under test.
struct Program(Child);

/// Returns the number called `name` of a process's status.
fn kib(status: &str, name: &str) -> u64 {
    let number = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    number.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Resources of the process.
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
        // Reduces the memory that the allocator keeps, so that growth is visible.
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
        Size { threads: entries("task"), descriptors: entries("fd"), memory: kib(&status, "VmRSS:") }
    }

    /// Returns the highest memory so far, in KiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        kib(&status, "VmHWM:")
    }

    /// Waits until the resources are stable, and returns them.
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

    /// Waits until the resources satisfy `done`.
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
