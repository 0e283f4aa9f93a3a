//! An iterator over a live collection.
//!
//! A collection may have a million items and belongs to the application, so it is read in batches: lock, copy a few items, unlock.
//! The script and the application run between the batches. If the number of items changes, the client gets one note.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::batch_copy::{Batch, BatchCopy, BatchItem};
use super::functions::KnownItem;
use crate::engine::live::{
    CollectionKind, FieldsRead, Handle, ItemStream, IterItem, KeyOrItem, Row, Rows, to_value,
};
use crate::engine::run::StopReason;
use crate::engine::state::{CallContext, Edit, Iteration};
use crate::engine::value::{EvalResult, ScriptError, ScriptResult};
use crate::reflect::{Resume, Shape, Step, Value, thousands};
use crate::sync::LockIgnoringPoison;

/// The maximum number of items that an iteration copies before an edit of its collection.
const MAX_FROZEN_ITEMS: usize = 65_536;

/// An iteration over a live collection.
pub(crate) struct LiveIter {
    handle: Arc<Handle>,
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
    current: BatchItem,
    /// The number of the current item in its batch, counted from one.
    row: usize,
}

impl LiveIter {
    pub(crate) fn new(handle: Handle, context: CallContext, part: KeyOrItem) -> Self {
        let shared = Arc::new(SharedIteration::new(handle.clone(), context.clone(), part));
        Self {
            handle: Arc::new(handle),
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
            current: BatchItem::Position(0),
            row: 0,
        }
    }

    /// Returns the items as those of a query. An edit of the collection by the same command does not hit the iteration.
    pub(crate) fn into_stream(self) -> ItemStream {
        self.register();
        Box::new(self.map(|item| item.map_err(Into::into)))
    }

    /// Lets edits of the collection by the same command take care of this iteration.
    pub(super) fn register(&self) {
        let iteration: Weak<SharedIteration> = Arc::downgrade(&self.shared);
        self.context.iterations.add(iteration);
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
        let part = (self.part, self.context.run.level());
        let rows = self.next_rows();
        let mut copy = BatchCopy::new(Arc::clone(&self.handle), std::mem::take(&mut self.batch), part);
        copy.rows = rows;
        let read = self.handle.read_with(&self.context.run, copy, BatchCopy::begin);
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
        batch.grow();
        let Some(length) = length else {
            let name = self.handle.location();
            return Err(ScriptError::new(format!("cannot iterate over {name}: it is not a collection")));
        };
        batch.end_before(shared.end.load(Ordering::Relaxed));
        self.is_done = batch.is_empty();
        shared.keep_place(&batch.resume, batch.is_at_end);
        if *self.length.get_or_insert(length) != length {
            self.note_change(length);
        }
        Ok(())
    }

    /// Goes on to the next item. Returns whether there is one.
    pub(super) fn advance(&mut self) -> ScriptResult<bool> {
        loop {
            if self.batch.is_empty() && !self.is_done {
                self.refill().inspect_err(|_| self.is_done = true)?;
            }
            match self.batch.take() {
                Some(item) => self.current = item,
                // Frozen items follow the batch.
                None if !self.is_done => continue,
                None => return Ok(false),
            }
            self.row += 1;
            if let Err(error) = self.shared.check_positions() {
                self.is_done = true;
                self.batch.clear();
                return Err(error);
            }
            self.yielded += 1;
            if !self.shared.is_frozen() || self.shared.has(&self.current) {
                return Ok(true);
            }
        }
    }

    /// Takes the current item, with its copied fields.
    pub(super) fn take_item(&mut self) -> IterItem {
        let index = self.row.saturating_sub(1);
        let row = self.rows.as_ref().map(|rows| Row::new(rows, index, self.handle.path().len() + 1));
        let taken = std::mem::replace(&mut self.current, BatchItem::Position(0));
        taken.into_item(&self.handle).with_row(row)
    }

    /// Takes the key or position of the current item.
    pub(super) fn take_key(&mut self) -> Option<Value<'static>> {
        match &mut self.current {
            BatchItem::Item(item) => item.key.take(),
            BatchItem::Position(position) => Some(Value::from(*position)),
        }
    }

    /// Returns what is known of the current item, with the copies of its fields if they stand for the fields.
    pub(super) fn known(&self, are_copies_current: bool) -> KnownItem<'_> {
        let item = match &self.current {
            BatchItem::Item(item) => Some(item),
            BatchItem::Position(_) => None,
        };
        let rows = self.rows.as_ref().filter(|_| are_copies_current);
        KnownItem { item, row: rows.map(|rows| (&**rows, self.row.saturating_sub(1))) }
    }

    /// Returns whether the current item is the first one of its batch.
    pub(super) const fn is_first_of_batch(&self) -> bool {
        self.row == 1
    }

    /// Returns whether the copies of the fields stand for the fields.
    pub(super) fn are_copies_current(&self) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.is_current(&self.context.run))
    }

    pub(super) fn context(&self) -> &CallContext {
        &self.context
    }

    /// Returns the fields that are copied of the items.
    pub(super) fn fields(&self) -> &Arc<FieldsRead> {
        &self.read
    }

    /// Returns the rows of the next batch. The first batch has none, because often no more items are needed.
    fn next_rows(&mut self) -> Option<Rows> {
        self.row = 0;
        if self.length.is_none() && self.read.is_empty() {
            return None;
        }
        let before = self.rows.take();
        if self.part == KeyOrItem::Key || before.is_some_and(|rows| !rows.is_unchanged(&self.context.run)) {
            return None;
        }
        let mut rows = Rows::new(&self.read, &self.context.run);
        rows.reserve(self.batch.max_items());
        Some(rows)
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
        match self.advance() {
            Ok(true) => Some(Ok(self.take_item())),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
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
    fn has(&self, item: &BatchItem) -> bool {
        // The position of a list is checked where it is read.
        let BatchItem::Item(item) = item else { return true };
        match &item.key {
            Some(key) => !self.handle.join(Step::Key(key.clone())).is_missing(&self.context.run),
            None => {
                let Ok(item) = to_value(&item.item()) else { return true };
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
