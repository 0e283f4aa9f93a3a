//! Owners of values without a lock: tasks that come and go, die and stall.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use manhole::reflect::VisitMessage;
use manhole::{Manhole, Registry, Remote};

/// What each till has, in its two drawers together.
pub(crate) const IN_A_TILL: i64 = 100;
/// The threads of `start`.
pub(crate) const THREADS: usize = 4;

/// The longest time for which an owner does not serve the console. Some commands wait for longer, others give up.
const MAX_STALL: u32 = 1_500;
/// The longest life of a till, in turns.
const MAX_TURNS: u32 = 400;

/// Counts what sessions add, also while its owner stalls.
#[derive(Manhole, Default)]
pub(crate) struct Clerk {
    added: u64,
    turns: u64,
}

#[manhole::methods]
impl Clerk {
    /// Adds one, in one visit.
    pub fn add(&mut self) -> u64 {
        self.added += 1;
        self.added
    }
}

/// Money in two drawers.
#[derive(Manhole)]
pub(crate) struct Till {
    left: i64,
    right: i64,
}

#[manhole::methods]
impl Till {
    /// The money in both drawers.
    pub fn total(&self) -> i64 {
        self.left + self.right
    }

    /// Moves money from one drawer to the other.
    pub fn shift(&mut self, amount: i64) {
        self.left -= amount;
        self.right += amount;
    }
}

/// The tills that are open.
pub(crate) static TILLS: Registry<Remote<Till>> = Registry::new();

/// A pseudo-random sequence.
struct Chance(u32);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % end
    }

    /// Stalls once in `turns` turns.
    fn stall(&mut self, turns: u32) {
        if self.below(turns) == 0 {
            thread::sleep(Duration::from_millis(self.below(MAX_STALL).into()));
        }
    }
}

/// Starts the owners, and returns the clerk.
pub(crate) fn start() -> Remote<Clerk> {
    let (clerk, visits) = manhole::visits();
    thread::spawn(move || {
        let (mut clerk, mut chance) = (Clerk::default(), Chance(1));
        loop {
            clerk.turns += 1;
            visits.serve(&mut clerk);
            thread::sleep(Duration::from_millis(1));
            chance.stall(3_000);
        }
    });
    thread::spawn(|| open_tills(Chance(2), polled));
    thread::spawn(|| open_tills(Chance(3), woken));
    thread::spawn(|| open_tills(Chance(4), by_mailbox));
    clerk
}

/// Opens one till after the other. Each second one ends by a panic.
fn open_tills(mut chance: Chance, live: fn(&mut Chance)) {
    loop {
        // Without a report by the panic hook.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            live(&mut chance);
            if chance.below(2) == 0 {
                resume_unwind(Box::new(()));
            }
        }));
    }
}

fn new_till(chance: &mut Chance) -> Till {
    let left = chance.below(100).into();
    Till { left, right: IN_A_TILL - left }
}

/// A thread that serves once a turn.
fn polled(chance: &mut Chance) {
    let (remote, visits) = manhole::visits();
    let entry = TILLS.enter(remote).named("polled");
    let mut till = new_till(chance);
    for _ in 0..chance.below(MAX_TURNS) {
        till.shift(1);
        visits.serve(&mut till);
        thread::sleep(Duration::from_millis(1));
        chance.stall(400);
    }
    // Its visits may end before or after its entry.
    if chance.below(2) == 0 {
        drop((visits, entry));
    }
}

/// A thread that waits, and is woken for the console.
fn woken(chance: &mut Chance) {
    let (remote, visits) = manhole::visits();
    let owner = thread::current();
    visits.wake_with(move || owner.unpark());
    let _entry = TILLS.enter(remote).named("woken");
    let mut till = new_till(chance);
    for _ in 0..chance.below(MAX_TURNS) {
        till.shift(-1);
        visits.serve(&mut till);
        thread::park_timeout(Duration::from_millis(5));
        chance.stall(400);
    }
}

/// An actor, whose messages are those of the console.
fn by_mailbox(chance: &mut Chance) {
    // With one more sender, as other actors have it.
    let (sender, mailbox) = mpsc::sync_channel::<VisitMessage<Till>>(1);
    let to_actor = sender.clone();
    let _entry = TILLS.enter(Remote::with_mailbox(move |visit| Ok(to_actor.try_send(visit)?))).named("actor");
    let mut till = new_till(chance);
    let end = Instant::now() + Duration::from_millis(chance.below(2 * MAX_TURNS).into());
    while Instant::now() < end {
        match mailbox.recv_timeout(Duration::from_millis(5)) {
            Ok(visit) => visit.serve(&mut till),
            Err(RecvTimeoutError::Timeout) => till.shift(1),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        chance.stall(400);
    }
    drop(sender);
}
