//! Passes over everything below a value in batches, so that no lock is held for longer than a look takes.
//!
//! A batch visits values in their order until its time is over. It then notes where each open group goes on. These places, the innermost
//! first, are the next batches. So a survey needs memory for its depth, and not for the number of values.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::read_write::as_key;
use super::snapshot::snapshot_value;
use super::visitor::{Depth, Entry, Group, GroupKind, Label, Visit, Visitor};
use crate::reflect::model::{
    FieldInfo, Level, List, LockUses, Lockable, Manhole, Owner, Path, Resume, Shape, Step, Text, TypeInfo,
    TypeKind, Value,
};
use crate::reflect::text::placeholder;

/// The most values inside each other in one batch. A batch may run on the stack of the application.
const MAX_VALUES_INSIDE: usize = 32;
/// The most steps of a path. Only pointers that form a cycle lead further.
const MAX_STEPS: usize = 64;
/// The most values of an entry to which no path leads, and which one batch passes over therefore.
const MAX_WITHOUT_PATH: usize = 256;
/// The most locks and pointers that a survey knows again.
const MAX_KNOWN_LOCKS: usize = 1 << 18;
/// The most bytes of a text that the author's code formats.
const MAX_FORMATTED_BYTES: usize = 4 * 1024;
/// The number of entries between two readings of the clock.
const ENTRIES_PER_CHECK: usize = 8;

/// What a survey looks for.
pub(crate) trait Collector: Send + 'static {
    /// Begins a collection. Returns whether to visit its entries.
    fn open(&mut self, place: &Place<'_>, collection: &Collection) -> bool {
        let _ = (place, collection);
        true
    }

    /// Ends the collection that was begun last.
    fn close(&mut self) {}

    /// Adds an entry of the collection that was begun last, of these bytes without what it points to.
    fn add_entry(&mut self, bytes: usize) {
        let _ = bytes;
    }

    /// Returns how much of a text that code of the application formats is needed.
    fn wants_formatted(&self) -> bool {
        false
    }

    fn text(&mut self, place: &Place<'_>, text: &str) {
        let _ = (place, text);
    }

    fn bytes(&mut self, place: &Place<'_>, bytes: &[u8]) {
        let _ = (place, bytes);
    }

    /// Adds the key of the entry at `place`, to which no path leads if the key is a composite value.
    fn key(&mut self, place: &Place<'_>, key: &Value<'_>) {
        let _ = (place, key);
    }

    fn field(&mut self, place: &Place<'_>, field: &'static FieldInfo) {
        let _ = (place, field);
    }

    fn variant(&mut self, place: &Place<'_>, name: &'static str) {
        let _ = (place, name);
    }

    /// Adds a lock that another thread holds, and who uses it, if it knows that. Returns whether to wait for it.
    fn locked(&mut self, place: &Place<'_>, uses: Option<LockUses>) -> bool {
        let _ = (place, uses);
        true
    }

    /// Returns whether nothing more is needed.
    fn is_full(&self) -> bool {
        false
    }
}

/// A collection of a survey.
pub(crate) struct Collection {
    pub(crate) len: usize,
    pub(crate) capacity: Option<usize>,
    /// Whether it is a part of the value around it.
    pub(crate) is_array: bool,
    /// The bytes of each entry, if all are alike and point to nothing.
    pub(crate) flat_bytes: Option<usize>,
}

/// The place of a value in a survey.
pub(crate) struct Place<'a> {
    base: &'a Path,
    frames: &'a [Frame],
}

impl Place<'_> {
    /// Returns the path from the root. It ends at the collection around a value to which no path leads.
    pub(crate) fn path(&self) -> Path {
        let steps = self.frames.iter().map_while(|frame| frame.entry.step());
        steps.fold(self.base.clone(), |path, step| path.join(step))
    }
}

/// The way from a group to its entry that is visited.
enum EntryStep {
    Field(&'static str),
    Index(usize),
    Key(Value<'static>),
    /// No path leads there.
    None,
}

impl EntryStep {
    fn step(&self) -> Option<Step> {
        match self {
            Self::Field(name) => Some(Step::Name((*name).into())),
            Self::Index(index) => Some(Step::Key(Value::from(*index))),
            Self::Key(key) => Some(Step::Key(key.clone())),
            Self::None => None,
        }
    }
}

/// A group whose entries are visited.
struct Frame {
    entry: EntryStep,
    /// The number of entries passed.
    passed: usize,
    place: Option<Resume>,
    is_list: bool,
    is_collection: bool,
}

/// A place where a survey goes on.
pub(crate) struct Continuation {
    pub(crate) path: Path,
    /// Where to go on in the group there.
    resume: Option<Resume>,
    /// The number of collections around it.
    open: usize,
    pub(crate) reason: Reason,
}

/// Why a batch has ended before a place.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reason {
    /// This is the beginning.
    Beginning,
    /// Its time was over, or the value is too deep inside others.
    Time,
    /// Another thread held the lock there.
    Locked,
    /// A task or thread owns the value there.
    Remote,
}

impl Continuation {
    /// Returns the beginning of a survey at `path`.
    pub(crate) const fn begin(path: Path) -> Self {
        Self { path, resume: None, open: 0, reason: Reason::Beginning }
    }
}

/// A survey in progress.
pub(crate) struct Survey<C> {
    pub(crate) collector: C,
    level: Level,
    /// How long to hold a lock after a search of this time for the first entry.
    hold: fn(Duration) -> Duration,
    /// The places where to go on, the next one last.
    pub(crate) left: Vec<Continuation>,
    /// The number of collections that are open.
    pub(crate) open: usize,
    known: HashSet<(usize, usize, bool)>,
    /// Who uses the lock that is tried, if it knows that.
    uses: Option<LockUses>,
    /// The number of values that it has passed.
    pub(crate) passed: usize,
    /// Whether a lock or owner at a place without a path was left out.
    pub(crate) has_gaps: bool,
}

impl<C: Collector> Survey<C> {
    pub(crate) fn new(collector: C, level: Level, hold: fn(Duration) -> Duration) -> Self {
        let (left, known) = (Vec::new(), HashSet::new());
        Self { collector, level, hold, left, open: 0, known, uses: None, passed: 0, has_gaps: false }
    }

    /// Takes the next place.
    pub(crate) fn next_place(&mut self) -> Option<Continuation> {
        let next = self.left.pop();
        self.close_collections(next.as_ref().map_or(0, |next| next.open));
        next
    }

    /// Visits what is at and behind `place`, whose value is `found`, until the time of a batch is over.
    pub(crate) fn run(&mut self, place: &Continuation, found: &dyn Manhole) {
        let now = Instant::now();
        let batch = Batch {
            base: place.path.clone(),
            frames: Vec::new(),
            resume: place.resume.clone(),
            resumed: place.resume.is_some(),
            ends: now + (self.hold)(Duration::ZERO),
            opened: None,
            is_stopped: false,
            without_path: 0,
            values_without_path: 0,
            next: Vec::new(),
            steps: place.path.len(),
            unchecked: 0,
            nested: place.open,
            is_beginning: place.reason == Reason::Beginning,
            survey: self,
        };
        let (level, depth) = (batch.survey.level, Depth { groups: usize::MAX, values: MAX_VALUES_INSIDE });
        let mut visit = Visit { visitor: batch, level, depth };
        visit.value(found);
        let mut next = visit.visitor.next;
        next.reverse();
        self.left.append(&mut next);
    }

    /// Closes the collections that a place left open, because its value is gone or cannot be reached.
    fn close_collections(&mut self, open: usize) {
        while self.open > open {
            self.open -= 1;
            self.collector.close();
        }
    }
}

/// A batch of a survey.
struct Batch<'s, C> {
    survey: &'s mut Survey<C>,
    base: Path,
    /// The number of steps of `base`.
    steps: usize,
    frames: Vec<Frame>,
    /// Where the first group goes on.
    resume: Option<Resume>,
    /// Whether the first group is one that an earlier batch has begun.
    resumed: bool,
    ends: Instant,
    /// When a group was opened whose first entry is not found yet.
    opened: Option<Instant>,
    is_stopped: bool,
    /// The number of entries around the value to which no path leads.
    without_path: usize,
    values_without_path: usize,
    /// The number of entries since the clock was read.
    unchecked: usize,
    /// The number of collections around the value.
    nested: usize,
    /// Whether the value of `base` was reached without its lock or owner.
    is_beginning: bool,
    next: Vec<Continuation>,
}

impl<C: Collector> Batch<'_, C> {
    /// Goes on in another batch with the value that is visited.
    fn postpone(&mut self, reason: Reason) {
        let is_outermost = self.frames.is_empty() && !self.is_beginning;
        if self.without_path > 0 || is_outermost || self.is_stopped {
            self.survey.has_gaps |= !self.is_stopped && reason != Reason::Time;
            return;
        }
        if self.steps + self.frames.len() >= MAX_STEPS {
            return;
        }
        let path = Place { base: &self.base, frames: &self.frames }.path();
        self.next.push(Continuation { path, resume: None, open: self.nested, reason });
        self.is_stopped = true;
    }

    /// Returns the bytes of each entry, if all are alike and point to nothing.
    fn flat_bytes(group: &Group<'_>) -> Option<usize> {
        let mut bytes = None;
        let is_flat = |value: &dyn Manhole| {
            let node = value.reflect();
            matches!(node.info().kind, TypeKind::Leaf)
                && match node.into_shape() {
                    Shape::Leaf(value) => {
                        !matches!(value, Value::Text(_) | Value::Bytes(_) | Value::Placeholder(_))
                    }
                    shape => matches!(shape, Shape::Atomic(_)),
                }
        };
        let mut first = |key: Option<&dyn Manhole>, value: &dyn Manhole| {
            if is_flat(value) && key.is_none_or(is_flat) {
                bytes = Some(size_of_val(value) + key.map_or(0, size_of_val));
            }
            false
        };
        match &group.shape {
            Shape::List(list) => list.items_from(0, &mut |item| first(None, item)),
            Shape::Set(set) => set.items(&mut |item| first(None, item)),
            Shape::Map(map) => map.entries(&mut |key, value| first(Some(key), value)),
            _ => {}
        }
        bytes
    }
}

impl Group<'_> {
    /// Returns the number of entries for which memory is allocated.
    fn capacity(&self) -> Option<usize> {
        match &self.shape {
            Shape::List(list) => list.capacity(),
            Shape::Set(set) => set.capacity(),
            Shape::Map(map) => map.capacity(),
            _ => None,
        }
    }
}

/// Calls a method of the collector with the place of the value that is visited.
macro_rules! collect {
    ($batch:ident.$method:ident($($arg:expr),*)) => {
        $batch.survey.collector.$method(&Place { base: &$batch.base, frames: &$batch.frames }, $($arg),*)
    };
}

impl<C: Collector> Visitor for Batch<'_, C> {
    type Output = ();
    type Entries = ();

    fn enter(&mut self) -> bool {
        self.survey.passed += 1;
        if self.without_path > 0 {
            self.values_without_path += 1;
            return self.values_without_path <= MAX_WITHOUT_PATH;
        }
        true
    }

    fn opens(&mut self, lock: &dyn Lockable) -> bool {
        self.survey.uses = lock.uses();
        let Some(address) = lock.address() else { return true };
        let known = &mut self.survey.known;
        let key = (address, size_of_val(lock), lock.is_lock());
        if known.len() < MAX_KNOWN_LOCKS { known.insert(key) } else { !known.contains(&key) }
    }

    fn leaf(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) => collect!(self.text(&text)),
            Value::Bytes(bytes) => collect!(self.bytes(&bytes)),
            _ => {}
        }
    }

    fn bytes(&mut self, list: &dyn List) -> Option<()> {
        let (len, capacity) = (list.len(), list.capacity());
        if self.survey.collector.wants_formatted() {
            let mut bytes = Vec::with_capacity(len.min(MAX_FORMATTED_BYTES));
            list.items_from(0, &mut |item| {
                if let Shape::Leaf(Value::Int(byte)) = item.reflect().into_shape() {
                    bytes.extend(u8::try_from(byte));
                }
                bytes.len() < MAX_FORMATTED_BYTES
            });
            collect!(self.bytes(&bytes));
        }
        let is_array = capacity.is_none();
        collect!(self.open(&Collection { len, capacity, is_array, flat_bytes: Some(1) }));
        self.survey.collector.close();
        Some(())
    }

    fn text(&mut self, text: Text<'_>) {
        if self.survey.collector.wants_formatted() {
            let text = text.format(MAX_FORMATTED_BYTES);
            collect!(self.text(&text));
        }
    }

    fn name(&mut self, _name: String) {}

    fn none(&mut self) {}

    fn some(&mut self, (): ()) {}

    fn placeholder(&mut self, why: &'static str) {
        if why == placeholder::LOCKED {
            let uses = self.survey.uses.take();
            if collect!(self.locked(uses)) {
                self.postpone(Reason::Locked);
            }
        }
    }

    fn remote(&mut self, owner: &Arc<dyn Owner>, _depth: Depth) {
        let key = (Arc::as_ptr(owner).cast::<()>().addr(), 0, false);
        let known = &mut self.survey.known;
        if known.len() >= MAX_KNOWN_LOCKS || known.insert(key) {
            self.postpone(Reason::Remote);
        }
    }

    fn cut(&mut self, _info: Option<&TypeInfo>) {
        self.postpone(Reason::Time);
    }

    fn open(&mut self, group: &Group<'_>) -> (usize, ()) {
        let is_resumed = std::mem::take(&mut self.resumed);
        let is_collection = group.style().is_none();
        let place = self.resume.take();
        let mut wants_entries = true;
        if is_collection && !is_resumed {
            let collection = Collection {
                len: group.len(),
                capacity: group.capacity(),
                is_array: group.type_name.starts_with("[_"),
                flat_bytes: Self::flat_bytes(group),
            };
            wants_entries = collect!(self.open(&collection));
            self.survey.open += 1;
            self.nested += 1;
        }
        if let (GroupKind::Variant(fields), false) = (group.kind, is_resumed) {
            collect!(self.variant(fields.name));
        }
        if place.as_ref().is_some_and(|place| !group.finds_place(place)) {
            self.opened = Some(Instant::now());
        }
        self.frames.push(Frame {
            entry: EntryStep::None,
            passed: place.as_ref().map_or(0, |place| place.passed),
            place,
            is_list: matches!(group.kind, GroupKind::List),
            is_collection,
        });
        (if wants_entries { usize::MAX } else { 0 }, ())
    }

    fn place(&mut self) -> Resume {
        self.frames.last_mut().and_then(|frame| frame.place.take()).unwrap_or_default()
    }

    fn wants(&mut self, label: &Label<&dyn Manhole>) -> bool {
        if let Some(opened) = self.opened.take() {
            // The search for the first entry is no reason to end the batch at once.
            let now = Instant::now();
            self.ends = now + (self.survey.hold)(now - opened);
        }
        let Some(frame) = self.frames.last_mut() else { return false };
        frame.entry = match label {
            Label::Field(field) => EntryStep::Field(field.name),
            Label::Key(key) => as_key(*key).map_or(EntryStep::None, EntryStep::Key),
            Label::None if frame.is_list => EntryStep::Index(frame.passed),
            Label::None => EntryStep::None,
        };
        if matches!(frame.entry, EntryStep::None) {
            if self.without_path == 0 {
                self.values_without_path = 0;
            }
            self.without_path += 1;
        }
        if let Label::Field(field) = label {
            collect!(self.field(field));
        }
        true
    }

    fn key(&mut self, key: &dyn Manhole) -> Option<()> {
        let known = match self.frames.last() {
            Some(Frame { entry: EntryStep::Key(key), .. }) => Ok(key.clone()),
            _ => snapshot_value(key, self.survey.level),
        };
        if let Ok(key) = known {
            collect!(self.key(&key));
        }
        Some(())
    }

    fn behind(&mut self, group: &Group<'_>, entry: &Entry<'_>) -> bool {
        let key = match entry.label {
            Label::Key(key) => Some(key),
            _ => None,
        };
        let Some(frame) = self.frames.last_mut() else { return false };
        frame.passed += 1;
        let (passed, is_collection) = (frame.passed, frame.is_collection);
        if matches!(std::mem::replace(&mut frame.entry, EntryStep::None), EntryStep::None) {
            self.without_path -= 1;
        }
        if is_collection {
            let bytes = entry.value.map_or(0, size_of_val) + key.map_or(0, size_of_val);
            self.survey.collector.add_entry(bytes);
        }
        if self.without_path > 0 {
            return self.values_without_path < MAX_WITHOUT_PATH;
        }
        self.unchecked += 1;
        let is_due = self.unchecked >= ENTRIES_PER_CHECK;
        if is_due {
            self.unchecked = 0;
        }
        self.is_stopped |= self.survey.collector.is_full() || is_due && Instant::now() >= self.ends;
        if self.is_stopped {
            let resume = match entry.value {
                Ok(value) => group.place_behind(passed, key.unwrap_or(value), value),
                Err(_) => Resume { passed, last: None },
            };
            let path = {
                let around = &self.frames[..self.frames.len() - 1];
                Place { base: &self.base, frames: around }.path()
            };
            let (resume, open) = (Some(resume), self.nested);
            self.next.push(Continuation { path, resume, open, reason: Reason::Time });
        }
        !self.is_stopped
    }

    fn add(&mut self, _group: &Group<'_>, (): &mut (), _label: Label<()>, (): ()) {}

    fn close(&mut self, group: &Group<'_>, (): (), _more: usize) {
        self.frames.pop();
        if group.style().is_none() {
            self.nested -= 1;
            // A group that goes on in another batch stays open.
            if !self.is_stopped {
                self.survey.collector.close();
                self.survey.open -= 1;
            }
        }
    }
}
