//! The spans that are open.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::Metadata;

use crate::sync::LockIgnoringPoison;

/// How many threads can open spans without waiting for each other, if their spans fall so.
const SHARDS: u64 = 16;
/// How many open spans are kept.
pub(super) const MAX_KEPT: usize = 16_384;
const MAX_KEPT_OF_SHARD: usize = MAX_KEPT / 16;
/// How long the text on spans within each other is before the last one.
const MAX_CALLS_BYTES: usize = 1_024;

/// An open span.
#[derive(Clone)]
pub(super) struct OpenSpan {
    pub(super) metadata: &'static Metadata<'static>,
    pub(super) fields: String,
    /// The identifier of the span in which it was opened.
    pub(super) parent: Option<u64>,
    opened: Instant,
    /// The time in it, as of the last exit.
    busy: Duration,
    /// How many threads are in it, and since when one is.
    inside: u32,
    entered: Instant,
    pub(super) entries: u64,
    /// What `#[instrument(err)]` or `ret` said of its result, while its calls were followed.
    pub(super) outcome: Option<String>,
    /// Whether that was an error.
    pub(super) has_failed: bool,
}

/// A span that was open when a list was made.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    pub(super) number: u64,
    id: u64,
}

/// The open spans of a subscriber, by its identifiers.
pub(super) struct OpenSpans {
    shards: [Mutex<Shard>; SHARDS as usize],
    not_kept: AtomicU64,
    /// For iterations that go on.
    last_list: Mutex<Option<Arc<[Listed]>>>,
}

#[derive(Default)]
struct Shard {
    /// How many spans it has had.
    count: u64,
    by_id: HashMap<u64, (u64, OpenSpan), BuildHasherDefault<IdHasher>>,
}

/// Identifiers differ in few bits.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = spread(self.0 ^ number);
    }
}

/// Makes all bits depend on those of `id`.
const fn spread(id: u64) -> u64 {
    // The golden ratio, as in Fibonacci hashing.
    let product = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

impl OpenSpan {
    pub(super) fn new(metadata: &'static Metadata<'static>, fields: String, parent: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            metadata,
            fields,
            parent,
            opened: now,
            busy: Duration::ZERO,
            inside: 0,
            entered: now,
            entries: 0,
            outcome: None,
            has_failed: false,
        }
    }

    fn enter(&mut self) {
        if self.inside == 0 {
            self.entered = Instant::now();
        }
        self.inside += 1;
        self.entries += 1;
    }

    fn exit(&mut self) {
        self.inside = self.inside.saturating_sub(1);
        if self.inside == 0 {
            self.busy += self.entered.elapsed();
        }
    }

    /// Returns its name and fields, as a call.
    pub(super) fn call(&self) -> String {
        format!("{}({})", self.metadata.name(), self.fields)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.inside > 0
    }

    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    pub(super) fn busy(&self) -> Duration {
        if self.is_busy() { self.busy + self.entered.elapsed() } else { self.busy }
    }
}

impl OpenSpans {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            not_kept: AtomicU64::new(0),
            last_list: Mutex::default(),
        }
    }

    /// Returns the shard of an identifier, and the number of the shard.
    fn shard(&self, id: u64) -> (&Mutex<Shard>, u64) {
        let index = spread(id) % SHARDS;
        (&self.shards[usize::try_from(index).unwrap_or_default()], index)
    }

    pub(super) fn open(&self, id: u64, span: OpenSpan) {
        let (shard, index) = self.shard(id);
        let mut shard = shard.lock_ignoring_poison();
        if shard.by_id.len() >= MAX_KEPT_OF_SHARD {
            drop(shard);
            self.not_kept.fetch_add(1, Ordering::Relaxed);
            return;
        }
        shard.count += 1;
        let number = shard.count * SHARDS + index;
        shard.by_id.insert(id, (number, span));
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut OpenSpan)) {
        if let Some((_, span)) = self.shard(id).0.lock_ignoring_poison().by_id.get_mut(&id) {
            change(span);
        }
    }

    pub(super) fn enter(&self, id: u64) {
        self.change(id, OpenSpan::enter);
    }

    pub(super) fn exit(&self, id: u64) {
        self.change(id, OpenSpan::exit);
    }

    pub(super) fn set_fields(&self, id: u64, fields: String) {
        self.change(id, |span| span.fields = fields);
    }

    pub(super) fn fields(&self, id: u64) -> Option<String> {
        Some(self.shard(id).0.lock_ignoring_poison().by_id.get(&id)?.1.fields.clone())
    }

    pub(super) fn set_outcome(&self, id: u64, outcome: String, has_failed: bool) {
        self.change(id, |span| (span.outcome, span.has_failed) = (Some(outcome), has_failed));
    }

    /// Closes a span, and returns it.
    pub(super) fn close(&self, id: u64) -> Option<OpenSpan> {
        Some(self.shard(id).0.lock_ignoring_poison().by_id.remove(&id)?.1)
    }

    /// Returns an open span by its identifier.
    pub(super) fn by_id(&self, id: u64) -> Option<OpenSpan> {
        Some(self.shard(id).0.lock_ignoring_poison().by_id.get(&id)?.1.clone())
    }

    /// Returns the names and fields of spans that are within each other.
    pub(super) fn calls(&self, ids: impl Iterator<Item = u64>) -> String {
        let mut calls = String::new();
        for id in ids {
            if calls.len() > MAX_CALLS_BYTES {
                return calls + "…";
            }
            let shard = self.shard(id).0.lock_ignoring_poison();
            let Some((_, span)) = shard.by_id.get(&id) else { continue };
            calls.push_str(if calls.is_empty() { "" } else { ":" });
            if span.fields.is_empty() { calls.push_str(span.metadata.name()) } else { calls += &span.call() }
        }
        calls
    }

    /// Returns the number of the span with this identifier.
    pub(super) fn number(&self, id: u64) -> Option<u64> {
        Some(self.shard(id).0.lock_ignoring_poison().by_id.get(&id)?.0)
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock_ignoring_poison().by_id.len()).sum()
    }

    /// Counts the open spans that `is_it` accepts.
    pub(super) fn count_open(&self, is_it: impl Fn(&Metadata<'_>) -> bool) -> usize {
        let all = self.shards.iter().flat_map(|shard| {
            let shard = shard.lock_ignoring_poison();
            shard.by_id.values().map(|(_, span)| span.metadata).collect::<Vec<_>>()
        });
        all.filter(|metadata| is_it(metadata)).count()
    }

    /// Returns how many spans were not kept, since there were too many.
    pub(super) fn not_kept(&self) -> u64 {
        self.not_kept.load(Ordering::Relaxed)
    }

    pub(super) fn get(&self, number: u64) -> Option<OpenSpan> {
        let shard = self.shards[usize::try_from(number % SHARDS).ok()?].lock_ignoring_poison();
        let found = shard.by_id.values().find(|(of, _)| *of == number);
        found.map(|(_, span)| span.clone())
    }

    /// Returns the numbers and identifiers of the open spans, in the order of their numbers.
    pub(super) fn list(&self) -> Arc<[Listed]> {
        let mut list: Vec<_> = Vec::with_capacity(self.len());
        for shard in &self.shards {
            let shard = shard.lock_ignoring_poison();
            list.extend(shard.by_id.iter().map(|(id, (number, _))| Listed { number: *number, id: *id }));
        }
        list.sort_unstable_by_key(|listed| listed.number);
        let list: Arc<[Listed]> = list.into();
        *self.last_list.lock_ignoring_poison() = Some(Arc::clone(&list));
        list
    }

    /// Returns the list that was made last, for an iteration that goes on: to make one for each part would take longer than the parts.
    pub(super) fn last_list(&self) -> Arc<[Listed]> {
        let last = self.last_list.lock_ignoring_poison().clone();
        last.unwrap_or_else(|| self.list())
    }

    /// Drops the last list.
    pub(super) fn drop_list(&self) {
        let last = self.last_list.lock_ignoring_poison().take();
        drop(last);
    }

    /// Returns a span of a list, if it is still open.
    pub(super) fn listed(&self, listed: Listed) -> Option<OpenSpan> {
        let shard = self.shard(listed.id).0.lock_ignoring_poison();
        // Its identifier may belong to another one by now.
        let (_, span) = shard.by_id.get(&listed.id).filter(|(number, _)| *number == listed.number)?;
        Some(span.clone())
    }
}
