//! A batch of items of a collection, copied under one lock or in one visit of its owner.
//!
//! Most collections find the place of the next batch at once. A hash table or a linked list passes over all items before it, so that the
//! last batches of a large one hold the lock mostly for that search. [`max_copy_time`] bounds both the time of one lock and the number of
//! searches: a lock is held for 200 µs or nine eighths of the search, whichever is longer. So batches grow with their position.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::live::{Handle, IterItem, KeyOrItem, Label, Rows};
use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::value::{to_script, type_mark};
use crate::reflect::{
    Group, GroupKind, Label as EntryLabel, Leaf, Level, Lookup, Manhole, Resume, Shape, TypeInfo, TypeKind,
    Value, as_key, classify, snapshot_value,
};

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

/// Returns how long items may be copied under a lock after a `search` for the first of them.
pub(crate) fn max_copy_time(search: Duration) -> Duration {
    (search / 8).max(MAX_BATCH_TIME.min(MAX_HOLD_TIME.saturating_sub(search)))
}

/// An item of a batch.
pub(super) enum BatchItem {
    /// The one at this position of a list.
    Position(usize),
    Item(IterItem),
}

impl BatchItem {
    /// Returns the item as one of a query of this collection.
    pub(super) fn into_item(self, collection: &Arc<Handle>) -> IterItem {
        match self {
            Self::Item(item) => item,
            Self::Position(position) => IterItem::at(Arc::clone(collection), Value::from(position)),
        }
    }
}

/// The last batch, and what the next one needs.
pub(super) struct Batch {
    /// The items.
    pub(super) taken: VecDeque<IterItem>,
    /// The positions, where handles suffice and no item is copied.
    pub(super) positions: Range<usize>,
    pub(super) resume: Resume,
    /// The maximum number of items in the next batch.
    max_items: usize,
    search_cost: SearchCost,
    /// Whether it has the last entry of a map or set.
    pub(super) is_at_end: bool,
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

impl Batch {
    /// Returns whether no item is left.
    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.positions.is_empty()
    }

    /// Takes the next item.
    pub(super) fn take(&mut self) -> Option<BatchItem> {
        let position = self.positions.next().map(BatchItem::Position);
        position.or_else(|| self.taken.pop_front().map(BatchItem::Item))
    }

    /// Leaves out all items.
    pub(super) fn clear(&mut self) {
        self.positions = 0..0;
        self.taken.clear();
    }

    /// Returns the number of items that are left.
    fn len(&self) -> usize {
        self.positions.len() + self.taken.len()
    }

    /// Returns the maximum number of items in the next batch.
    pub(super) const fn max_items(&self) -> usize {
        self.max_items
    }

    /// Lets the next batch be larger.
    pub(super) fn grow(&mut self) {
        self.max_items = (self.max_items * 2).min(MAX_BATCH_ITEMS);
    }

    /// Leaves out the items of a list from the position `end` on.
    pub(super) fn end_before(&mut self, end: usize) {
        self.positions.end = self.positions.end.min(end);
        if self.resume.passed > end {
            self.taken.truncate(self.taken.len().saturating_sub(self.resume.passed - end));
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

/// The copy of a batch under one lock, or in one visit of its owner.
pub(super) struct BatchCopy {
    handle: Arc<Handle>,
    part: KeyOrItem,
    level: Level,
    pub(super) batch: Batch,
    /// The number of copied bytes.
    bytes: usize,
    /// The time when the collection was opened.
    opened: Instant,
    /// The time when the first item was found.
    first: Option<Instant>,
    /// The time of the search for it.
    search: Duration,
    pub(super) rows: Option<Rows>,
}

impl BatchCopy {
    /// Prepares the copy of the batch after `batch`, of a part of the entries that a session at `level` may see.
    pub(super) fn new(handle: Arc<Handle>, batch: Batch, (part, level): (KeyOrItem, Level)) -> Self {
        let (bytes, opened, first, search, rows) = (0, Instant::now(), None, Duration::ZERO, None);
        Self { handle, part, level, batch, bytes, opened, first, search, rows }
    }

    /// Copies a batch of the items of `found`, which was opened now. Returns the number of all its items, or `None` if it is not a
    /// collection.
    pub(super) fn begin(&mut self, found: &dyn Manhole) -> Option<usize> {
        self.opened = Instant::now();
        self.copy(found)
    }

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
            (GroupKind::List, KeyOrItem::Item) if has_composite_items(info) => {
                if self.copies_fields() {
                    self.batch.positions = resume.passed..resume.passed;
                    group.visit(&resume, self.level, |entry| {
                        self.begin_copy();
                        if let Ok(item) = entry.value {
                            self.copy_fields(item);
                        }
                        self.batch.positions.end += 1;
                        self.pass()
                    });
                } else {
                    let positions = resume.passed..len.min(resume.passed + self.batch.max_items);
                    self.batch.resume.passed = positions.end.max(resume.passed);
                    self.batch.positions = positions;
                }
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
                    let (known, info) = (as_key(key), key.reflect().info());
                    let item = match (part, known) {
                        (KeyOrItem::Key, Some(known)) => {
                            IterItem::new(type_mark::mark(to_script(known.clone()), info), Some(known))
                        }
                        (KeyOrItem::Key, None) => self.child(key, None),
                        (KeyOrItem::Item, Some(known)) => {
                            self.child(value, Some(known)).labeled(Label::Key(Some(info)))
                        }
                        (KeyOrItem::Item, None) => {
                            let item = self.child(value, None);
                            item.labeled(self.copied_key(key))
                        }
                    };
                    let wants_more = self.push(item);
                    self.end_behind(&group, (key, value), wants_more)
                }
                (_, Ok(item)) if matches!(kind, GroupKind::List) => {
                    let key = Value::from(self.batch.resume.passed);
                    let item = self.child(item, Some(key));
                    self.push(item)
                }
                (_, Ok(value)) => {
                    let item = match as_key(value) {
                        Some(known) => {
                            IterItem::new(type_mark::mark(to_script(known), value.reflect().info()), None)
                        }
                        None => self.child(value, None),
                    };
                    let wants_more = self.push(item);
                    self.end_behind(&group, (value, value), wants_more)
                }
            }),
        }
        Some(len)
    }

    /// Adds an item. Returns whether the batch has room for more.
    fn push(&mut self, item: IterItem) -> bool {
        self.begin_copy();
        self.bytes += item.key.as_ref().map_or(0, size);
        self.batch.taken.push_back(item);
        self.pass()
    }

    /// Notes the time before the first item is copied.
    fn begin_copy(&mut self) {
        if self.first.is_none() {
            let now = Instant::now();
            let Batch { search_cost, resume, .. } = &mut self.batch;
            self.search = search_cost.search_time(resume.passed, now - self.opened);
            self.first = Some(now);
        }
    }

    /// Counts a copied item. Returns whether the batch has room for more.
    fn pass(&mut self) -> bool {
        self.batch.resume.passed += 1;
        let copied = self.batch.len();
        if let Some(rows) = &mut self.rows {
            rows.fill(copied);
        }
        let search = self.search;
        let is_full = copied >= self.batch.max_items;
        let max_bytes = if search > MAX_BATCH_TIME { MAX_BATCH_BYTES_AFTER_SEARCH } else { MAX_BATCH_BYTES };
        if self.bytes >= max_bytes {
            return false;
        }
        // Reading the clock takes as long as a few small items.
        if !is_full && self.bytes < MAX_BATCH_BYTES / 8 && copied % 8 != 0 {
            return true;
        }
        let copying = self.first.map_or(Duration::ZERO, |first| first.elapsed());
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
        let (bytes, Some(rows)) = (&mut self.bytes, &mut self.rows) else { return };
        rows.push(|leaf| {
            let (found, info) = leaf.look_up(item)?;
            let value = match found {
                Leaf::Value(value) => {
                    *bytes += size(&value);
                    to_script(value)
                }
                Leaf::None => to_script::none(),
                Leaf::Composite => return Some(None),
            };
            Some(Some(type_mark::mark(value, info)))
        });
    }

    /// Returns the item at `key`: a leaf by value, and anything else by its place, or as a copy if it has no key.
    fn child(&mut self, item: &dyn Manhole, key: Option<Value<'static>>) -> IterItem {
        let (found, info) = classify(item, MAX_TEXT_BYTES);
        let (value, key) = match (found, key) {
            (Lookup::Composite, Some(key)) => {
                self.copy_fields(item);
                return IterItem::at(Arc::clone(&self.handle), key);
            }
            (Lookup::Composite, None) => {
                let copied = snapshot_value(item, self.level);
                self.bytes += copied.as_ref().map_or(0, size);
                return IterItem::new(copied.map_or_else(|_| Dynamic::from("…"), to_script), None);
            }
            (Lookup::Leaf(value), key) => {
                self.bytes += size(&value);
                (to_script(value), key)
            }
            (Lookup::None, key) => (to_script::none(), key),
        };
        IterItem::new(type_mark::mark(value, info), key)
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
