//! Opens sessions, each of which does some kind of work.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::iter::Sum;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::{TIMEOUT, TOTAL};
use crate::owners::IN_A_TILL;

/// The time for an answer to arrive after the timeout of its command, while hundreds of sessions share the processors.
const SLACK: Duration = Duration::from_secs(10);

const PROMPT: &[u8] = b">>> ";

/// The results of the work.
#[derive(Default)]
pub(crate) struct Tally {
    /// Operations done.
    pub(crate) done: u64,
    /// Increments confirmed by the session.
    pub(crate) counted: u64,
    /// Increments that an owner has confirmed.
    pub(crate) served: u64,
    /// The longest time for a command that waits for an owner.
    longest: Duration,
    /// Increments without a confirmation.
    pub(crate) unknown: u64,
    /// Sessions that ended early.
    cut_off: u64,
    /// Wrong results.
    pub(crate) wrong: Vec<String>,
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum.done += one.done;
            sum.counted += one.counted;
            sum.served += one.served;
            sum.longest = sum.longest.max(one.longest);
            sum.unknown += one.unknown;
            sum.cut_off += one.cut_off;
            sum.wrong.extend(one.wrong);
            sum
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, counted, served, longest, unknown, cut_off, .. } = self;
        write!(f, "{done} done, {counted} counted, {served} served in at most {longest:.1?}, ")?;
        write!(f, "{unknown} perhaps, {cut_off} cut off")
    }
}

/// A session after its first prompt.
pub(crate) struct Connection(UnixStream);

impl Connection {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut connection = Self(UnixStream::connect(path)?);
        connection.0.set_read_timeout(Some(TIMEOUT + 6 * SLACK))?;
        connection.prompt()?;
        Ok(connection)
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Reads the output before the next prompt.
    fn prompt(&mut self) -> io::Result<String> {
        let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
        while !text.ends_with(PROMPT) {
            match self.0.read(&mut buffer)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => text.extend_from_slice(&buffer[..count]),
            }
        }
        text.truncate(text.len() - PROMPT.len());
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    pub(crate) fn ask(&mut self, command: &str) -> io::Result<String> {
        self.send(&format!("{command}\n"))?;
        self.prompt()
    }
}

/// A pseudo-random sequence, the same in each run.
struct Chance(u64);

impl Chance {
    /// Returns a number below `end`, by Marsaglia's xorshift.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Whether some sessions need more memory than they may. The allocator keeps a part of it, which would look like growth.
pub(crate) static GREEDY: AtomicBool = AtomicBool::new(false);

/// How many sessions need more memory than they may at the same time.
const MAX_GREEDY: usize = 20;

/// Works until `over`.
pub(crate) fn work(path: &Path, seed: u64, over: &AtomicBool) -> Tally {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut tally = Tally::default();
    while !over.load(Ordering::Relaxed) {
        let Ok(mut connection) = Connection::open(path) else {
            // The application was killed, or too many connect at once.
            tally.cut_off += 1;
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        for _ in 0..chance.below(40) + 1 {
            if over.load(Ordering::Relaxed) {
                break;
            }
            match piece(&mut connection, &mut chance, &mut tally) {
                Ok(true) => tally.done += 1,
                Ok(false) => {
                    tally.done += 1;
                    break;
                }
                Err(_) => {
                    tally.cut_off += 1;
                    break;
                }
            }
        }
    }
    tally
}

/// Does one operation. Returns whether the session continues.
fn piece(connection: &mut Connection, chance: &mut Chance, tally: &mut Tally) -> io::Result<bool> {
    let mut expect = |answer: String, expected: &str| {
        if answer != expected {
            tally.wrong.push(answer);
        }
    };
    match chance.below(100) {
        0..20 => expect(connection.ask("bank.total()")?, &TOTAL.to_string()),
        20..40 => {
            let (from, to, amount) = (chance.below(1_000), chance.below(1_000), chance.below(100));
            let answer = connection.ask(&format!("bank.transfer({from}, {to}, {amount})"))?;
            if answer != "true" && answer != "false" {
                tally.wrong.push(answer);
            }
        }
        40..50 => count(connection, chance, tally)?,
        50..60 => {
            let start = Instant::now();
            ask_owners(connection, chance, tally)?;
            let time = start.elapsed();
            tally.longest = tally.longest.max(time);
            if time > TIMEOUT + SLACK {
                tally.wrong.push(format!("a command took {time:?}"));
            }
        }
        60..65 => {
            let answer = connection.ask("bank.accounts.filter(|account| account.balance < 0).count()")?;
            expect(answer, "0");
        }
        65..70 => {
            let answer = connection.ask("bank.accounts[3].owner")?;
            expect(answer, "\"owner 3\"");
        }
        70..75 => {
            // Sends a flood of commands, then reads all results.
            connection.send(&"bank.accounts.len()\n".repeat(100))?;
            for _ in 0..100 {
                one_prompt(connection)?;
            }
        }
        75..80 => {
            connection.send("print(\"running\"); loop {}\n")?;
            thread::sleep(Duration::from_millis(chance.below(20)));
            connection.send("\x03")?;
            let answer = connection.prompt()?;
            if !answer.ends_with("error: stopped: interrupted") {
                tally.wrong.push(answer);
            }
        }
        80..83 => {
            connection
                .send("let kept = []; loop { kept.push(\"x\"); if kept.len > 4000 { kept = [] } }\n")?;
            thread::sleep(Duration::from_millis(chance.below(10)));
            return Ok(false);
        }
        83..85 => {
            // Needs and keeps more than all sessions may. Each of them holds some MiB until it is stopped.
            static RUNNING: AtomicUsize = AtomicUsize::new(0);
            if RUNNING.fetch_add(1, Ordering::Relaxed) >= MAX_GREEDY || !GREEDY.load(Ordering::Relaxed) {
                RUNNING.fetch_sub(1, Ordering::Relaxed);
                return Ok(true);
            }
            let answer = connection.ask(
                "let s = \"x\"; for i in 0..19 { s += s } kept = []; for i in 0..400 { kept.push(Fn(s + i)) }",
            );
            RUNNING.fetch_sub(1, Ordering::Relaxed);
            let answer = answer?;
            if !answer.starts_with("error: stopped: ") && !answer.starts_with("error: cannot keep ") {
                tally.wrong.push(answer);
            }
            return Ok(false);
        }
        85..90 => {
            // Sends much, reads little, and disconnects.
            connection.send("for i in 0..100000 { print(\"a line that nobody reads\") }\n")?;
            thread::sleep(Duration::from_millis(chance.below(50)));
            let _ = connection.0.read(&mut [0; 1024])?;
            return Ok(false);
        }
        90..95 => {
            let answer = connection.ask("\u{1F4A5} ) ] } \"")?;
            if !answer.starts_with("error: ") {
                tally.wrong.push(answer);
            }
        }
        _ => {
            // The last command has no line end, and the client sends nothing more.
            connection.send("bank.total()")?;
            connection.0.shutdown(Shutdown::Write)?;
            let mut rest = String::new();
            connection.0.read_to_string(&mut rest)?;
            if rest.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            expect(rest.trim_end().to_owned(), &TOTAL.to_string());
            return Ok(false);
        }
    }
    Ok(true)
}

/// Works with values whose owners come and go, die and stall.
fn ask_owners(connection: &mut Connection, chance: &mut Chance, tally: &mut Tally) -> io::Result<()> {
    // An owner is not there, or nothing was done.
    let is_refused = |answer: &str| {
        answer.contains("its owner has ended")
            || answer.contains("the map has no key")
            || answer.contains("has not served the console") && answer.contains("nothing was done")
    };
    match chance.below(8) {
        0..5 => {
            let command = if chance.below(2) == 0 { "clerk.add()" } else { "clerk.added += 1" };
            let answer = connection.ask(command).inspect_err(|_| tally.unknown += 1)?;
            if answer.is_empty() || answer.parse::<u64>().is_ok() {
                tally.served += 1;
            } else if !is_refused(&answer) && !answer.contains("changed") {
                tally.wrong.push(answer);
            }
        }
        5 => {
            // A visit sees both drawers, or the owner is not there.
            let answer =
                connection.ask(&format!("tills.filter(|till| till.value.total() != {IN_A_TILL}).count()"))?;
            // A till that has closed in that time is left out, with a note.
            if answer.lines().next_back() != Some("0") && !is_refused(&answer) {
                tally.wrong.push(answer);
            }
        }
        6 => {
            let answer = connection.ask("for till in tills { till.value.shift(1) }")?;
            let is_note = |line: &str| line.starts_with("note: tills changed during the iteration");
            if !answer.lines().all(is_note) && !is_refused(&answer) {
                tally.wrong.push(answer);
            }
        }
        _ => {
            // Shows those that are there, and for the others why not.
            let answer = connection.ask("tills")?;
            if !answer.starts_with('{') {
                tally.wrong.push(answer);
            }
        }
    }
    Ok(())
}

/// Increments the counter, in one of two ways.
fn count(connection: &mut Connection, chance: &mut Chance, tally: &mut Tally) -> io::Result<()> {
    let in_place = chance.below(2) == 0;
    let command = if in_place { "bank.count += 1" } else { "update(bank, \"count\", |n| n + 1)" };
    let answer = connection.ask(command).inspect_err(|_| tally.unknown += 1)?;
    if answer.is_empty() || answer.parse::<u64>().is_ok() {
        tally.counted += 1;
    } else if !answer.contains("changed") {
        tally.wrong.push(answer);
    }
    Ok(())
}

/// Reads up to the next prompt.
fn one_prompt(connection: &mut Connection) -> io::Result<()> {
    let mut last = [0; 4];
    while last != *PROMPT {
        last.rotate_left(1);
        connection.0.read_exact(&mut last[3..])?;
    }
    Ok(())
}
