//! An iterator over a live collection.
//!
//! A collection may have a million items and belongs to the application, so it is read in batches: lock, copy a few items, unlock.
//! The script and the application run between the batches. If the number of items changes, the client gets one note.
//!
//! Most collections find the place of the next batch at once. A hash table or a linked list passes over all items before it, so that the
//! last batches of a large one hold the lock mostly for that search. [`max_copy_time`] bounds both the time of one lock and the number of
//! searches: a lock is held for 200 µs or nine eighths of the search, whichever is longer. So batches grow with their position.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::live::{
    CollectionKind, FieldsRead, Handle, ItemStream, IterItem, KeyOrItem, Label, Row, Rows, to_value,
};
use crate::engine::run::{MAX_TEXT_BYTES, StopReason};
use crate::engine::state::{CallContext, Edit, Iteration};
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, to_script, type_mark};
use crate::reflect::{
    Group, GroupKind, Label as EntryLabel, Level, Lookup, Manhole, Resume, Shape, Step, TypeInfo, TypeKind,
    Value, as_key, classify, look_below, snapshot_value, thousands,
};
use crate::sync::LockIgnoringPoison;

/// The number of items in the first batch, which is small because often no more are needed. Each batch is twice as large as
/// the one before.
const MIN_BATCH_ITEMS: usize = 16;
/// The maximum number of items in a batch.
const MAX_BATCH_ITEMS: usize = 1_024;
/// The bytes of strings and keys after which a batch ends.
const MAX_BATCH_BYTES: usize = 64 * 1024;
/// The bytes of strings and keys after which a batch ends that follows a long search.
const MAX_BATCH_BYTES_AFTER_SEARCH: usize = 1024 * 1024;
/// The time after which a batch ends, without the search for its first item.
const MAX_BATCH_TIME: Duration = Duration::from_micros(50);
/// The time after which a batch ends, with the search for its first item, unless that takes most of the time.
const MAX_HOLD_TIME: Duration = Duration::from_micros(200);

/// The maximum number of items that an iteration copies before an edit of its collection.
const MAX_FROZEN_ITEMS: usize = 65_536;

/// Returns how long items may be copied under a lock after a `search` for the first of them.
pub(crate) fn max_copy_time(search: Duration) -> Duration {
    (search / 8).max(MAX_BATCH_TIME.min(MAX_HOLD_TIME.saturating_sub(search)))
}

/// An iteration over a live collection.
pub(crate) struct LiveIter {
    handle: Handle,
    context: CallContext,
    part: KeyOrItem,
    batch: Batch,
    /// The number of items at the beginning.
    length: Option<usize>,
    /// The number of items that it has yielded.
    yielded: usize,
    /// What an edit of the collection by the same command needs.
    shared: Arc<SharedIteration>,
    has_changed: bool,
    is_done: bool,
    /// The fields that the functions of the query read.
    read: Arc<FieldsRead>,
    /// The copied fields of the last batch.
    rows: Option<Arc<Rows>>,
    /// The number of the next item in its batch.
    next_row: usize,
}

/// The last batch, and what the next one needs.
struct Batch {
    /// The items.
    taken: VecDeque<IterItem>,
    /// The positions, where handles suffice and no item is copied.
    positions: Range<usize>,
    resume: Resume,
    /// The maximum number of items in the next batch.
    max_items: usize,
    search_cost: SearchCost,
    /// Whether it has the last entry of a map or set.
    is_at_end: bool,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            taken: VecDeque::new(),
            positions: 0..0,
            resume: Resume::default(),
            max_items: MIN_BATCH_ITEMS,
            search_cost: SearchCost::default(),
            is_at_end: false,
        }
    }
}

/// The shortest time that a search has taken for each item that it passed over, in seconds.
struct SearchCost(f64);

impl Default for SearchCost {
    fn default() -> Self {
        Self(f64::INFINITY)
    }
}

impl SearchCost {
    /// Returns the time of a search over `passed` items. `measured` may overstate it, because a pause of this thread is no search.
    fn search_time(&mut self, passed: usize, measured: Duration) -> Duration {
        let passed = passed.max(1) as f64;
        self.0 = self.0.min(measured.as_secs_f64() / passed);
        // Items further on may be further apart in memory.
        measured.min(Duration::from_secs_f64(2.0 * self.0 * passed))
    }
}

impl LiveIter {
    pub(crate) fn new(handle: Handle, context: CallContext, part: KeyOrItem) -> Self {
        let shared = Arc::new(SharedIteration::new(handle.clone(), context.clone(), part));
        Self {
            handle,
            context,
            part,
            batch: Batch::default(),
            length: None,
            yielded: 0,
            shared,
            has_changed: false,
            is_done: false,
            read: Arc::default(),
            rows: None,
            next_row: 0,
        }
    }

    /// Returns the items as those of a query. An edit of the collection by the same command does not hit the iteration.
    pub(crate) fn into_stream(self) -> ItemStream {
        let iteration: Weak<SharedIteration> = Arc::downgrade(&self.shared);
        self.context.iterations.add(iteration);
        Box::new(self.map(|item| item.map_err(Into::into)))
    }

    /// Skips the first `count` items of a list.
    pub(crate) fn starting_at(mut self, count: usize) -> Self {
        self.batch.resume.passed = count;
        self
    }

    /// Takes the next batch.
    fn refill(&mut self) -> ScriptResult<()> {
        match self.shared.frozen() {
            Some(frozen) => {
                self.is_done = frozen.is_empty();
                self.rows = None;
                self.batch.taken = frozen;
                Ok(())
            }
            None => self.copy_batch(),
        }
    }

    /// Copies the next batch from the collection.
    fn copy_batch(&mut self) -> ScriptResult<()> {
        self.context.run.watchdog.check()?;
        let rows = self.next_rows();
        let now = Instant::now();
        let copy = BatchCopy {
            handle: self.handle.clone(),
            part: self.part,
            level: self.context.run.level(),
            opened: now,
            first: None,
            search: Duration::ZERO,
            bytes: 0,
            batch: std::mem::take(&mut self.batch),
            rows,
        };
        let read = self.handle.read_with(&self.context.run, copy, |copy, found| {
            copy.opened = Instant::now();
            copy.copy(found)
        });
        let read = read.map(|(copy, length)| {
            self.batch = copy.batch;
            self.rows = copy.rows.map(Arc::new);
            length
        });
        let length = match read {
            // The application has removed the collection.
            Ok(None) if self.length.is_some() => Some(0),
            Err(error) if self.length.is_some() && error.missing_place.is_some() => Some(0),
            read => read?,
        };
        let Self { batch, shared, .. } = self;
        batch.max_items = (batch.max_items * 2).min(MAX_BATCH_ITEMS);
        let Some(length) = length else {
            let name = self.handle.location();
            return Err(ScriptError::new(format!("cannot iterate over {name}: it is not a collection")));
        };
        let end = shared.end.load(Ordering::Relaxed);
        batch.positions.end = batch.positions.end.min(end);
        if batch.resume.passed > end {
            batch.taken.truncate(batch.taken.len().saturating_sub(batch.resume.passed - end));
        }
        self.is_done = batch.taken.is_empty() && batch.positions.is_empty();
        shared.keep_place(&batch.resume, batch.is_at_end);
        if *self.length.get_or_insert(length) != length {
            self.note_change(length);
        }
        Ok(())
    }

    /// Adds its copied fields to the next item of the batch.
    fn with_row(&mut self, item: IterItem) -> IterItem {
        let index = self.next_row;
        self.next_row += 1;
        let row = self.rows.as_ref().map(|rows| Row::new(rows, index, self.handle.path().len() + 1));
        IterItem { row, ..item }
    }

    /// Returns the rows of the next batch. The first batch has none, because often no more items are needed.
    fn next_rows(&mut self) -> Option<Rows> {
        self.next_row = 0;
        self.length?;
        let before = self.rows.take();
        if self.part == KeyOrItem::Key || before.is_some_and(|rows| !rows.is_unchanged(&self.context.run)) {
            return None;
        }
        Some(Rows::new(&self.read, self.read.paths(), &self.context.run))
    }

    /// Notes once that the collection has changed.
    fn note_change(&mut self, length: usize) {
        if std::mem::replace(&mut self.has_changed, true) {
            return;
        }
        let before = self.length.unwrap_or_default();
        let name = self.handle.location();
        let note = format!("{name} changed during the iteration, from {before} items to {length}");
        self.context.run.watchdog.send_note(&note);
    }
}

impl Iterator for LiveIter {
    type Item = ScriptResult<IterItem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.batch.taken.is_empty() && self.batch.positions.is_empty() && !self.is_done {
                if let Err(fault) = self.refill() {
                    self.is_done = true;
                    return Some(Err(fault));
                }
            }
            let item = if let Some(position) = self.batch.positions.next() {
                let key = Value::from(position);
                let item = Dynamic::from(self.handle.join(Step::Key(key.clone())));
                self.with_row(IterItem::new(item, Some(key)))
            } else {
                match self.batch.taken.pop_front() {
                    Some(item) => self.with_row(item),
                    // Frozen items follow the batch.
                    None if !self.is_done => continue,
                    None => return None,
                }
            };
            if let Err(error) = self.shared.check_positions() {
                (self.is_done, self.batch.positions) = (true, 0..0);
                self.batch.taken.clear();
                return Some(Err(error));
            }
            self.yielded += 1;
            if !self.shared.is_frozen() || self.shared.has(&item) {
                return Some(Ok(item));
            }
        }
    }
}

impl Drop for LiveIter {
    fn drop(&mut self) {
        let is_stopped = self.context.run.watchdog.stopped().is_some_and(StopReason::is_early);
        if let (Some(len), true) = (self.length, is_stopped) {
            let (passed, len) = (thousands(self.yielded), thousands(len));
            let place = self.handle.location();
            // The outermost iteration ends last.
            self.context
                .run
                .watchdog
                .set_progress(format!("it stopped after {passed} of {len} items of {place}"));
        }
    }
}

/// What an iteration shares with the edits of its collection by the same command.
struct SharedIteration {
    handle: Handle,
    context: CallContext,
    part: KeyOrItem,
    /// The place behind the last batch, and whether that is the end.
    place: Mutex<(Resume, bool)>,
    /// The position before which the iteration of a list ends.
    end: AtomicUsize,
    /// Whether an edit has moved the items of a list.
    is_shifted: AtomicBool,
    is_frozen: AtomicBool,
    /// The items behind the last batch, as they were before the first edit.
    frozen: Mutex<VecDeque<IterItem>>,
}

impl SharedIteration {
    fn new(handle: Handle, context: CallContext, part: KeyOrItem) -> Self {
        Self {
            handle,
            context,
            part,
            place: Mutex::default(),
            end: AtomicUsize::new(usize::MAX),
            is_shifted: AtomicBool::new(false),
            is_frozen: AtomicBool::new(false),
            frozen: Mutex::default(),
        }
    }

    fn keep_place(&self, resume: &Resume, is_at_end: bool) {
        *self.place.lock_ignoring_poison() = (resume.clone(), is_at_end);
    }

    /// Returns an error if an edit has moved the items, so that a position leads to another one.
    fn check_positions(&self) -> ScriptResult<()> {
        if !self.is_shifted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let place = self.handle.location();
        let message = format!(
            "cannot go on through {place}: the loop has added or removed items, which moved the others"
        );
        Err(ScriptError::new(message)
            .with_help("to remove items, use retain(|x| …); to end the loop after a change, use break"))
    }

    fn is_frozen(&self) -> bool {
        self.is_frozen.load(Ordering::Relaxed)
    }

    /// Takes the items behind the last batch, if the iteration no longer reads the collection.
    fn frozen(&self) -> Option<VecDeque<IterItem>> {
        self.is_frozen().then(|| std::mem::take(&mut *self.frozen.lock_ignoring_poison()))
    }

    /// Returns whether the collection still has `item`.
    fn has(&self, item: &IterItem) -> bool {
        match &item.key {
            Some(key) => !self.handle.join(Step::Key(key.clone())).is_missing(&self.context.run),
            None => {
                let Ok(item) = to_value(&item.item) else { return true };
                let is_there =
                    self.handle.read(&self.context.run, move |found| match found.reflect().into_shape() {
                        Shape::Set(set) if set.has_lookup() => set.contains(&item),
                        _ => true,
                    });
                is_there.unwrap_or(true)
            }
        }
    }

    /// Copies the items behind the last batch.
    fn freeze(&self) -> ScriptResult<()> {
        let mut rest = LiveIter::new(self.handle.clone(), self.context.clone(), self.part);
        (rest.batch.resume, rest.batch.is_at_end) = self.place.lock_ignoring_poison().clone();
        let mut frozen = VecDeque::new();
        for item in rest {
            frozen.push_back(item?);
            if frozen.len() > MAX_FROZEN_ITEMS {
                let place = self.handle.location();
                let message = format!(
                    "cannot change {place}: a loop goes through it, and more than {MAX_FROZEN_ITEMS} items are left"
                );
                return Err(ScriptError::new(message).with_help("to remove items, use retain(|x| …)"));
            }
        }
        *self.frozen.lock_ignoring_poison() = frozen;
        self.is_frozen.store(true, Ordering::Relaxed);
        let place = self.handle.location();
        self.context.run.watchdog.send_note(&format!(
            "{place} changes while a loop goes through it: the loop works on the keys of its beginning"
        ));
        Ok(())
    }
}

impl Iteration for SharedIteration {
    fn before_edit(&self, collection: &Handle, edit: Edit) -> ScriptResult<()> {
        if self.is_frozen() || !self.handle.is_same_place(collection) {
            return Ok(());
        }
        if self.handle.collection_kind(&self.context.run)? != Some(CollectionKind::List) {
            return self.freeze();
        }
        if edit == Edit::AtEnd {
            let len = usize::try_from(self.handle.len(&self.context.run)?).unwrap_or(usize::MAX);
            self.end.fetch_min(len, Ordering::Relaxed);
            return Ok(());
        }
        // The loop may end with this edit.
        self.is_shifted.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns the items of a list from its end.
pub(super) fn reversed_list(handle: Handle, context: CallContext) -> EvalResult<ItemStream> {
    let len = usize::try_from(handle.len(&context.run)?).unwrap_or(0);
    Ok(Box::new((0..len).rev().filter_map(move |position| {
        let item = handle.join(Step::Key(Value::from(position)));
        if item.is_missing(&context.run) {
            return None;
        }
        let item = item.get(&context.run).map_err(Into::into);
        Some(item.map(|item| IterItem::new(item, Some(Value::from(position)))))
    })))
}

/// The copy of a batch under one lock, or in one visit of its owner.
struct BatchCopy {
    handle: Handle,
    part: KeyOrItem,
    level: Level,
    batch: Batch,
    /// The number of copied bytes.
    bytes: usize,
    /// The time when the collection was opened.
    opened: Instant,
    /// The time when the first item was found.
    first: Option<Instant>,
    /// The time of the search for it.
    search: Duration,
    rows: Option<Rows>,
}

impl BatchCopy {
    /// Copies a batch of the items of `found`. Returns the number of all its items, or `None` if it is not a collection.
    fn copy(&mut self, found: &dyn Manhole) -> Option<usize> {
        let node = found.reflect();
        let (info, shape) = (node.info(), node.into_shape());
        if let Shape::Option(Some(inner)) = shape {
            return self.copy(inner);
        }
        let group = Group::new(info, shape).filter(|group| group.style().is_none())?;
        let (len, resume) = (group.len(), self.batch.resume.clone());
        if self.batch.is_at_end {
            return Some(len);
        }
        if group.finds_place(&resume) {
            // A pause of this thread must not count as a search.
            self.first = Some(self.opened);
        }
        match (group.kind, self.part) {
            (GroupKind::List, KeyOrItem::Item) if has_composite_items(info) && !self.copies_fields() => {
                let positions = resume.passed..len.min(resume.passed + self.batch.max_items);
                self.batch.resume.passed = positions.end.max(resume.passed);
                self.batch.positions = positions;
            }
            (GroupKind::List, KeyOrItem::Key) => {
                let mut keys = (resume.passed..len).map(Value::from);
                while keys
                    .next()
                    .is_some_and(|key| self.push(IterItem::new(to_script(key.clone()), Some(key))))
                {
                }
            }
            (kind, part) => group.visit(&resume, self.level, |entry| match (entry.label, entry.value) {
                (_, Err(_)) => true,
                (EntryLabel::Key(key), Ok(value)) => {
                    let known = as_key(key);
                    let (item, label) = match (part, &known) {
                        (KeyOrItem::Key, Some(known)) => (to_script(known.clone()), Label::None),
                        (KeyOrItem::Key, None) => (self.child(key, None), Label::None),
                        (KeyOrItem::Item, Some(known)) => (self.child(value, Some(known)), Label::Key),
                        (KeyOrItem::Item, None) => (self.child(value, None), self.copied_key(key)),
                    };
                    let wants_more = self.push(IterItem { item, key: known, label, row: None });
                    self.end_behind(&group, (key, value), wants_more)
                }
                (_, Ok(item)) if matches!(kind, GroupKind::List) => {
                    let key = Value::from(self.batch.resume.passed);
                    let item = self.child(item, Some(&key));
                    self.push(IterItem::new(item, Some(key)))
                }
                (_, Ok(value)) => {
                    let item = as_key(value).map_or_else(|| self.child(value, None), to_script);
                    let wants_more = self.push(IterItem::new(item, None));
                    self.end_behind(&group, (value, value), wants_more)
                }
            }),
        }
        Some(len)
    }

    /// Adds an item. Returns whether the batch has room for more.
    fn push(&mut self, item: IterItem) -> bool {
        let first = match self.first {
            Some(first) => first,
            None => {
                let now = Instant::now();
                let Batch { search_cost, resume, .. } = &mut self.batch;
                self.search = search_cost.search_time(resume.passed, now - self.opened);
                *self.first.insert(now)
            }
        };
        let Batch { resume, taken, max_items, .. } = &mut self.batch;
        resume.passed += 1;
        self.bytes += item.key.as_ref().map_or(0, size);
        taken.push_back(item);
        if let Some(rows) = &mut self.rows {
            rows.fill(taken.len());
        }
        let search = self.search;
        let is_full = taken.len() >= *max_items;
        let max_bytes = if search > MAX_BATCH_TIME { MAX_BATCH_BYTES_AFTER_SEARCH } else { MAX_BATCH_BYTES };
        if self.bytes >= max_bytes {
            return false;
        }
        // Reading the clock takes as long as a few small items.
        if !is_full && self.bytes < MAX_BATCH_BYTES / 8 && taken.len() % 8 != 0 {
            return true;
        }
        let copying = first.elapsed();
        copying < search / 8 || !is_full && copying < max_copy_time(search)
    }

    /// Keeps the place behind an entry of a map or set if the batch ends there. Returns whether it goes on.
    fn end_behind(
        &mut self,
        group: &Group<'_>,
        entry: (&dyn Manhole, &dyn Manhole),
        wants_more: bool,
    ) -> bool {
        self.batch.is_at_end = wants_more;
        if !wants_more {
            self.batch.resume = group.place_behind(self.batch.resume.passed, entry.0, entry.1);
        }
        wants_more
    }

    /// Returns a copy of a map's key to which no path leads.
    fn copied_key(&mut self, key: &dyn Manhole) -> Label {
        let copied = snapshot_value(key, self.level).unwrap_or_else(|_| Value::from("…"));
        self.bytes += size(&copied);
        Label::Copied(copied)
    }

    fn copies_fields(&self) -> bool {
        self.rows.as_ref().is_some_and(Rows::copies_fields)
    }

    /// Copies the fields of an item that the functions of the query read.
    fn copy_fields(&mut self, item: &dyn Manhole) {
        let (bytes, level) = (&mut self.bytes, self.level);
        let Some(rows) = &mut self.rows else { return };
        rows.push(|path| {
            let (found, info) = look_below(item, path, level)?;
            let value = match found {
                Lookup::Leaf(value) => {
                    *bytes += size(&value);
                    to_script(value)
                }
                Lookup::None => to_script::none(),
                Lookup::Composite => return Some(None),
            };
            Some(Some(type_mark::mark(value, info)))
        });
    }

    /// Returns a leaf by value, and anything else as a handle, or as a copy if it has no key.
    fn child(&mut self, item: &dyn Manhole, key: Option<&Value<'static>>) -> Dynamic {
        let (found, info) = classify(item, MAX_TEXT_BYTES);
        match (found, key) {
            (Lookup::Leaf(value), _) => {
                self.bytes += size(&value);
                type_mark::mark(to_script(value), info)
            }
            (Lookup::None, _) => type_mark::mark(to_script::none(), info),
            (Lookup::Composite, Some(key)) => {
                self.copy_fields(item);
                Dynamic::from(self.handle.join(Step::Key(key.clone())))
            }
            (Lookup::Composite, None) => {
                let copied = snapshot_value(item, self.level);
                self.bytes += copied.as_ref().map_or(0, size);
                copied.map_or_else(|_| Dynamic::from("…"), to_script)
            }
        }
    }
}

/// Returns the number of bytes that a copy of `value` allocates.
fn size(value: &Value<'_>) -> usize {
    let slot = size_of::<Value<'_>>();
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(|item| slot + size(item)).sum(),
        Value::Struct(value) => value.fields().values().into_iter().map(|item| slot + size(item)).sum(),
        Value::Map(entries) => entries.iter().map(|(key, item)| 2 * slot + size(key) + size(item)).sum(),
        _ => 0,
    }
}

/// Returns whether no item of a list of this type is a leaf.
fn has_composite_items(info: &TypeInfo) -> bool {
    match info.kind {
        TypeKind::List(item) => matches!(
            item().kind,
            TypeKind::Struct(..)
                | TypeKind::Enum(_)
                | TypeKind::List(_)
                | TypeKind::Map(..)
                | TypeKind::Set(_)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_for_little_longer_than_the_search() {
        let copy = |search| max_copy_time(Duration::from_micros(search)).as_micros();
        assert_eq!(copy(0), 50);
        assert_eq!(copy(150), 50);
        assert_eq!(copy(170), 30);
        assert_eq!(copy(180), 22);
        assert_eq!(copy(8_000), 1_000);
    }

    #[test]
    fn a_pause_of_the_thread_is_not_taken_for_a_search() {
        let micros = Duration::from_micros;
        let mut cost = SearchCost::default();
        assert_eq!(cost.search_time(1_000, micros(3)), micros(3));
        assert_eq!(cost.search_time(2_000, micros(2)), micros(2));
        assert_eq!(cost.search_time(3_000, micros(5)), micros(5));
        assert_eq!(cost.search_time(4_000, micros(90_000)), micros(8));
    }

    #[test]
    fn the_size_of_a_value_is_that_of_everything_inside() {
        let slot = size_of::<Value<'_>>();
        assert_eq!(size(&Value::from(7)), 0);
        let texts = || Value::List(vec![Value::from("ab"), Value::Bytes(vec![1, 2, 3].into())]);
        assert_eq!(size(&texts()), 2 * slot + 5);
        assert_eq!(size(&Value::Map(vec![(Value::from("key"), texts())])), 4 * slot + 8);
    }
}
