//! The deadlocks that `parking_lot` finds: the root `deadlocks`.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use parking_lot_core::deadlock::check_deadlock;

use super::numbered_map::{Numbered, NumberedMap};
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::shorten;
use crate::sync::LockIgnoringPoison;

/// How many deadlocks are kept, and how many threads of one.
const MAX_KEPT: usize = 16;
/// How many calls of a thread's stack are kept.
const MAX_CALLS: usize = 32;
/// The length of a call's name and place.
const MAX_CALL_BYTES: usize = 512;

/// The deadlocks that were found. `parking_lot` reports each of them once.
static FOUND: Mutex<Vec<Deadlock>> = Mutex::new(Vec::new());

/// Threads that wait for each other.
#[derive(Clone)]
pub(crate) struct Deadlock {
    number: u64,
    found: Instant,
    threads: Vec<WaitingThread>,
}

/// One of them.
#[derive(Clone)]
struct WaitingThread {
    id: String,
    calls: Vec<String>,
}

/// Returns the deadlocks that there are.
pub(crate) fn list() -> NumberedMap<Deadlock> {
    let mut found = FOUND.lock_ignoring_poison();
    for threads in check_deadlock() {
        if found.len() == MAX_KEPT {
            break;
        }
        let threads = threads.iter().take(MAX_KEPT).map(|thread| {
            let mut calls = Vec::new();
            for frame in thread.backtrace().frames() {
                for symbol in frame.symbols() {
                    let place = symbol.filename().zip(symbol.lineno());
                    // Without its hash.
                    calls.extend(symbol.name().map(|name| (format!("{name:#}"), place)));
                }
            }
            WaitingThread { id: format!("{:?}", thread.thread_id()), calls: own_calls(&calls) }
        });
        let threads = threads.collect();
        let number = u64::try_from(found.len()).unwrap_or(u64::MAX) + 1;
        found.push(Deadlock { number, found: Instant::now(), threads });
    }
    found.iter().cloned().collect()
}

/// Returns the calls from the one that waits for a lock to the first one of the thread.
fn own_calls(calls: &[(String, Option<(&Path, u32)>)]) -> Vec<String> {
    // The beginning is how the lock waits, and how that is found.
    let inner =
        ["parking_lot", "<parking_lot", "lock_api::", "<lock_api::", "backtrace::", "core::", "std::"];
    let is_inner = |name: &String| inner.iter().any(|start| name.starts_with(start));
    let start = calls.iter().position(|(name, _)| !is_inner(name));
    // Without unwind tables, as by `panic = "abort"`, only the beginning is known.
    let own = &calls[start.unwrap_or(0)..];
    let own = own.iter().take_while(|(name, _)| !name.contains("__rust_begin_short_backtrace"));
    let own = own.map(|(name, place)| {
        let place = place.map(|(file, line)| format!(" at {}:{line}", file.display())).unwrap_or_default();
        shorten(&format!("{name}{place}"), MAX_CALL_BYTES).into_owned()
    });
    own.take(MAX_CALLS).collect()
}

computed_fields!([] Deadlock, "Deadlock", "Threads that wait for each other without an end.", |this| {
    age: Duration = this.found.elapsed(), "The time since the first look that has found it.";
    threads: Vec<WaitingThread> = this.threads.clone(), "The threads.";
});

computed_fields!([] WaitingThread, "WaitingThread", "A thread of a deadlock.", |this| {
    id: String = this.id.clone(), "The number that `std` gives it.";
    calls: Vec<String> = this.calls.clone(), "Its stack, from the call of the lock on, with the places.";
});

impl Numbered for Deadlock {
    const MAP_NAME: &'static str = "Deadlocks";

    fn number(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_begins_where_a_lock_is_taken() {
        let place = Some((Path::new("src/bank.rs"), 7));
        let calls = [
            ("backtrace::capture", None),
            ("parking_lot_core::parking_lot::park", place),
            ("<lock_api::mutex::Mutex<R,T>>::lock", place),
            ("bank::transfer", place),
            ("bank::run", None),
            ("std::sys::backtrace::__rust_begin_short_backtrace", None),
            ("main", None),
        ];
        let calls = calls.map(|(name, place)| (name.to_owned(), place));
        assert_eq!(own_calls(&calls), ["bank::transfer at src/bank.rs:7", "bank::run"]);
        assert_eq!(own_calls(&calls[..2]).len(), 2);
    }
}
