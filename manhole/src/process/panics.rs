//! The panics of the process: the root `panics`. A hook counts them, and then calls the one before it.

use std::collections::VecDeque;
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

use super::numbered_map::{Numbered, NumberedMap};
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::shorten;
use crate::sync::LockIgnoringPoison;

/// How many panics are kept.
const MAX_KEPT: usize = 16;
/// The length of a message.
const MAX_MESSAGE_BYTES: usize = 1_024;

static PANICS: Mutex<Panics> = Mutex::new(Panics { count: 0, last: VecDeque::new() });

/// The panics since the first console was opened.
struct Panics {
    count: u64,
    /// The oldest first.
    last: VecDeque<Panic>,
}

#[derive(Clone)]
struct Panic {
    number: u64,
    message: String,
    place: String,
    thread: String,
    at: Instant,
}

/// Counts the panics from now on.
pub(crate) fn count_panics() {
    static HOOK: Once = Once::new();
    // No hook can be set by a thread that panics.
    if thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            record(info);
            before(info);
        }));
    });
}

fn record(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message =
        payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let mut panic = Panic {
        number: 0,
        message: shorten(message.unwrap_or("not a text"), MAX_MESSAGE_BYTES).into_owned(),
        place: info.location().map(ToString::to_string).unwrap_or_default(),
        thread: thread_name(),
        at: Instant::now(),
    };
    // A look copies what is kept, and cannot panic while it holds the lock.
    let mut panics = PANICS.lock_ignoring_poison();
    panics.count += 1;
    panic.number = panics.count;
    if panics.last.len() == MAX_KEPT {
        panics.last.pop_front();
    }
    panics.last.push_back(panic);
}

/// Returns the name of the current thread as the system knows it. That of `std` is not there while the thread's local data are dropped, and
/// a panic inside the hook would end the process.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn thread_name() -> String {
    rustix::thread::name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn thread_name() -> String {
    String::new()
}

/// The panics, as a console shows them.
pub(crate) struct PanicsView {
    /// Whether their messages are left out, which may contain secrets.
    pub(crate) hides_messages: bool,
}

computed_fields!([] PanicsView, "Panics", "The panics of this process since its first console was opened.", |this| {
    count: u64 = PANICS.lock_ignoring_poison().count, "How many there were, also those that were caught.";
    last: NumberedMap<PanicView> = this.last(), "The last of them, by number.";
});

impl PanicsView {
    fn last(&self) -> NumberedMap<PanicView> {
        let last = PANICS.lock_ignoring_poison().last.clone();
        last.into_iter().map(|panic| PanicView { panic, hides_message: self.hides_messages }).collect()
    }
}

/// One panic.
struct PanicView {
    panic: Panic,
    hides_message: bool,
}

impl Numbered for PanicView {
    const MAP_NAME: &'static str = "LastPanics";

    fn number(&self) -> u64 {
        self.panic.number
    }
}

computed_fields!([] PanicView, "Panic", "A panic.", |this| {
    message: String = if this.hides_message { "message hidden".to_owned() } else { this.panic.message.clone() },
        "Its message.", Operate;
    place: String = this.panic.place.clone(), "The file, line and column of the code that panicked.";
    thread: String = this.panic.thread.clone(), "The name of its thread, of which the system keeps 15 bytes.";
    age: Duration = this.panic.at.elapsed(), "How long ago it was.";
});
