//! State that a task or thread owns: what it costs the owner, and how long the console waits for it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use manhole::{Builder, Manhole, Registry, Visits, manhole};
use parking_lot::Mutex;

use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Scale, items};

/// The length of a turn of the busy owner.
const TURN: Duration = Duration::from_micros(50);
/// The number of items that are searched.
const ITEMS: i64 = 10_000;

#[derive(Manhole)]
struct Shard {
    hits: u64,
    items: Vec<crate::support::Item>,
}

impl Shard {
    fn new() -> Self {
        Self { hits: 0, items: items(ITEMS) }
    }
}

/// An owner on a thread, until this is dropped.
pub(super) struct Owner {
    turns: Arc<AtomicU64>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    pub(super) fn spawn<T: Manhole + Send + 'static>(
        visits: Visits<T>,
        mut state: T,
        rest: impl Fn() + Send + 'static,
    ) -> Self {
        let (turns, end) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (count, is_over) = (Arc::clone(&turns), Arc::clone(&end));
        let thread = thread::spawn(move || {
            let owner = thread::current();
            visits.wake_with(move || owner.unpark());
            while !is_over.load(Ordering::Relaxed) {
                visits.serve(&mut state);
                rest();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { turns, end, thread: Some(thread) }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let thread = self.thread.take().unwrap();
        thread.thread().unpark();
        thread.join().unwrap();
    }
}

fn work() {
    let start = Instant::now();
    while start.elapsed() < TURN {
        std::hint::spin_loop();
    }
}

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    table.add(unvisited(scale));
    table.add(entries(scale));
    let locked = Arc::new(Mutex::new(Shard::new()));
    let (idle, idle_visits) = manhole::visits::<Shard>();
    let (busy, busy_visits) = manhole::visits::<Shard>();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("owned");
    let console =
        Builder::new(manhole! { locked => locked, idle => idle, busy => busy }).spawn(&path).unwrap();
    let _idle = Owner::spawn(idle_visits, Shard::new(), thread::park);
    let mut client = Client::connect(&path);
    let rounds = scale.pick(300, 3_000);
    let lock = each(&mut client, "locked.hits", rounds);
    let visit = each(&mut client, "idle.hits", rounds);
    let read = "read of a field by a visit to an idle owner";
    table.add(against_lock(read, visit, lock));
    let rounds = scale.pick(3, 20);
    let lock = each(&mut client, "locked.items.filter(|i| i.id > 5000).count()", rounds);
    let visit = each(&mut client, "idle.items.filter(|i| i.id > 5000).count()", rounds);
    table.add(against_lock("`filter` and `count` over 10⁴ items of an idle owner", visit, lock));

    let owner = Owner::spawn(busy_visits, Shard::new(), work);
    let rate = || {
        let (before, start) = (owner.turns.load(Ordering::Relaxed), Instant::now());
        thread::sleep(Duration::from_secs(1));
        (owner.turns.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64()
    };
    let alone = rate();
    let rounds = scale.pick(300, 3_000);
    let lock = each(&mut client, "locked.hits", rounds);
    let visit = each(&mut client, "busy.hits", rounds);
    table.add(against_lock("read of a field by a visit to a busy owner (50 µs a turn)", visit, lock));
    let session = thread::spawn(move || {
        let mut client = Client::connect(&path);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            client.ask("busy.items.filter(|i| i.id > 5000).count()");
        }
    });
    thread::sleep(Duration::from_millis(200));
    let visited = rate();
    session.join().unwrap();
    table.add(Figure {
        what: "turns of a saturated owner while a session queries its 10⁴ items",
        against: "without a session",
        measured: format!("{visited:.0} and {alone:.0} a second"),
        value: visited / alone,
        target: Target::Ratio,
    });
    drop(console);
}

/// Returns the median time of a command, in microseconds.
fn each(client: &mut Client, command: &str, rounds: usize) -> f64 {
    let once = || {
        let start = Instant::now();
        client.ask(command);
        start.elapsed().as_secs_f64() * 1e6
    };
    median(std::iter::repeat_with(once).take(rounds).collect())
}

fn against_lock(what: &'static str, visit: f64, lock: f64) -> Figure {
    let measured = format!("{visit:.0} and {lock:.0} µs");
    Figure { what, against: "the same behind a lock", measured, value: visit / lock, target: Target::Ratio }
}

/// Returns the cost of a turn for an owner that nothing visits.
fn unvisited(scale: Scale) -> Figure {
    let (_remote, visits) = manhole::visits::<u64>();
    let turns = scale.pick(10_000_000, 100_000_000);
    let mut state = 0_u64;
    let start = Instant::now();
    for _ in 0..turns {
        visits.serve(black_box(&mut state));
    }
    let value = start.elapsed().as_secs_f64() * 1e9 / f64::from(turns);
    let what = "turn of an owner that nothing visits";
    Figure {
        what, against: "–", measured: format!("{value:.2} ns"), value, target: Target::Below(5.0, "ns")
    }
}

/// Returns the time to enter a registry with 10,000 entries and to leave it.
fn entries(scale: Scale) -> Figure {
    static ENTRIES: Registry<u64> = Registry::new();
    let others: Vec<_> = (0..10_000).map(|n| ENTRIES.enter(n)).collect();
    let rounds: u32 = scale.pick(300_000, 3_000_000);
    let start = Instant::now();
    for n in 0..u64::from(rounds) {
        drop(black_box(ENTRIES.enter(n)));
    }
    let value = start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds);
    drop(others);
    let what = "enter and leave a registry";
    Figure {
        what,
        against: "–",
        measured: format!("{value:.0} ns"),
        value,
        target: Target::Below(200.0, "ns"),
    }
}
