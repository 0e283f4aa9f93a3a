//! The last events.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Instant, SystemTime};

use tracing::Metadata;

use crate::reflect::Value;
use crate::sync::LockIgnoringPoison;

/// How many events are kept.
const MAX_KEPT: usize = 1_000;

/// An event.
#[derive(Clone)]
pub(super) struct LogEvent {
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) metadata: &'static Metadata<'static>,
    /// The message and the fields.
    pub(super) text: String,
    /// The span in which it happened.
    pub(super) span: Option<EventSpan>,
    /// That span and those around it, with their fields, as they were then.
    pub(super) spans: String,
}

#[derive(Clone, Copy)]
pub(super) struct EventSpan {
    pub(super) id: u64,
    pub(super) name: &'static str,
}

impl LogEvent {
    /// Returns a line on an event that has just happened.
    pub(super) fn line(&self) -> String {
        let spans = if self.spans.is_empty() { String::new() } else { format!("  in {}", self.spans) };
        let (level, target) = (self.metadata.level(), self.metadata.target());
        format!("{}  {level:>5} {target}: {}{spans}", now(), self.text)
    }
}

/// Returns the time as the console shows times.
pub(super) fn now() -> Value<'static> {
    Value::Time(SystemTime::now())
}

/// The last events, and how many there were.
#[derive(Default)]
pub(super) struct EventRing(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    count: u64,
    last: VecDeque<LogEvent>,
}

impl EventRing {
    /// Keeps an event, whose number it sets.
    pub(super) fn push(&self, mut event: LogEvent) {
        let mut ring = self.0.lock_ignoring_poison();
        ring.count += 1;
        event.number = ring.count;
        let dropped = if ring.last.len() == MAX_KEPT { ring.last.pop_front() } else { None };
        ring.last.push_back(event);
        drop(ring);
        drop(dropped);
    }

    /// Returns how many events there were.
    pub(super) fn count(&self) -> u64 {
        self.0.lock_ignoring_poison().count
    }

    /// Returns how many events are kept.
    pub(super) fn len(&self) -> usize {
        self.0.lock_ignoring_poison().last.len()
    }

    /// Returns the event with this number.
    pub(super) fn get(&self, number: u64) -> Option<LogEvent> {
        self.from(number).filter(|event| event.number == number)
    }

    /// Returns the first event that is kept with this number or a later one.
    pub(super) fn from(&self, number: u64) -> Option<LogEvent> {
        let ring = self.0.lock_ignoring_poison();
        let first = ring.last.front()?.number;
        let index = usize::try_from(number.saturating_sub(first)).ok()?;
        ring.last.get(index).cloned()
    }
}
