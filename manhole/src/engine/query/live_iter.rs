//! The items of a live collection, one after another.
//!
//! A collection may have a million items and belongs to the application, so it is read in pieces: lock, take a few, unlock. The
//! script runs between the pieces, and so does the application. If the number of items changes meanwhile, that is said once.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::live::{Handle, KeyOrItem};
use crate::engine::run::MAX_TEXT_BYTES;
use crate::engine::state::CallContext;
use crate::engine::value::{ScriptError, to_script};
use crate::reflect::{
    Group, GroupKind, Label, Level, Lookup, Manhole, Resume, Shape, Step, TypeInfo, TypeKind, Value, as_key,
    classify, snapshot_value,
};

/// How many items are taken under one lock: at first few, since often no more are wanted, and then more and more.
const FIRST_PIECE: usize = 16;
const LARGEST_PIECE: usize = 1_024;
/// How many bytes of texts and keys are copied under one lock, but for the last of them.
const LONGEST_PIECE: usize = 64 * 1024;
/// How long one lock is held to take items, but for the last of them and for what it takes to find the first.
const SLOWEST_PIECE: Duration = Duration::from_micros(100);

/// One item on its way through a query.
pub(crate) struct IterItem {
    pub(crate) item: Dynamic,
    /// The key or position; not for the items of a set.
    pub(crate) key: Option<Value<'static>>,
}

impl IterItem {
    /// The key as a script has it.
    pub(crate) fn script_key(&self) -> Dynamic {
        self.key.clone().map_or(Dynamic::UNIT, to_script)
    }
}

/// An iteration over a live collection.
pub(crate) struct LiveIter {
    handle: Handle,
    context: CallContext,
    part: KeyOrItem,
    /// Items taken under the last lock.
    taken: VecDeque<IterItem>,
    /// Positions of items that nothing had to be taken of: a handle is made of each when it is its turn.
    positions: Range<usize>,
    place: Resume,
    /// How many items the next piece may have.
    most: usize,
    /// How many items there were when it began.
    length: Option<usize>,
    changed: bool,
    over: bool,
}

impl LiveIter {
    pub(crate) fn new(handle: Handle, context: CallContext, part: KeyOrItem) -> Self {
        Self {
            handle,
            context,
            part,
            taken: VecDeque::new(),
            positions: 0..0,
            place: Resume::default(),
            most: FIRST_PIECE,
            length: None,
            changed: false,
            over: false,
        }
    }

    /// Passes over the first `count` items of a list, whose positions are known.
    pub(crate) fn starting_at(mut self, count: usize) -> Self {
        self.place.passed = count;
        self
    }

    /// Takes the next piece.
    fn refill(&mut self) -> Result<(), ScriptError> {
        if let Some(stop) = self.context.run.watchdog.check() {
            return Err(ScriptError::new(stop.to_string()));
        }
        let (part, handle) = (self.part, &self.handle);
        let (taken, place, positions) = (&mut self.taken, &mut self.place, &mut self.positions);
        let level = self.context.run.level();
        let most = self.most;
        self.most = (self.most * 2).min(LARGEST_PIECE);
        let opened = Instant::now();
        let mut piece =
            LockedBatch { handle, level, part, taken, place, positions, most, bytes: 0, opened, first: None };
        let length = handle.read(&self.context.run, |found| {
            piece.opened = Instant::now();
            piece.take(found)
        })?;
        let Some(length) = length else {
            let name = handle.location();
            return Err(ScriptError::new(format!("{name} is no collection, there is nothing to go through")));
        };
        self.over = self.taken.is_empty() && self.positions.is_empty();
        if *self.length.get_or_insert(length) != length {
            self.note_change(length);
        }
        Ok(())
    }

    /// Says once that the collection has changed.
    fn note_change(&mut self, length: usize) {
        if std::mem::replace(&mut self.changed, true) {
            return;
        }
        let before = self.length.unwrap_or_default();
        let name = self.handle.location();
        self.context
            .run
            .watchdog
            .send_note(&format!("{name} has changed meanwhile, from {before} items to {length}"));
    }
}

impl Iterator for LiveIter {
    type Item = Result<IterItem, ScriptError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.taken.is_empty()
            && self.positions.is_empty()
            && !self.over
            && let Err(fault) = self.refill()
        {
            self.over = true;
            return Some(Err(fault));
        }
        if let Some(position) = self.positions.next() {
            let key = Value::from(position);
            let item = Dynamic::from(self.handle.join(Step::Key(key.clone())));
            return Some(Ok(IterItem { item, key: Some(key) }));
        }
        self.taken.pop_front().map(Ok)
    }
}

/// What is taken under one lock.
struct LockedBatch<'a> {
    handle: &'a Handle,
    level: Level,
    part: KeyOrItem,
    taken: &'a mut VecDeque<IterItem>,
    place: &'a mut Resume,
    positions: &'a mut Range<usize>,
    /// How many items it may have.
    most: usize,
    /// How many bytes have been copied.
    bytes: usize,
    /// When the collection was opened, and when the first item was taken.
    opened: Instant,
    first: Option<Instant>,
}

impl LockedBatch<'_> {
    /// Takes a piece of the items of `found`, and answers how many it has in all; `None` if it is no collection.
    fn take(&mut self, found: &dyn Manhole) -> Option<usize> {
        let node = found.reflect();
        let (info, shape) = (node.info(), node.into_shape());
        if let Shape::Option(Some(inner)) = shape {
            return self.take(inner);
        }
        let group = Group::new(info, shape).filter(|group| group.style().is_none())?;
        let (len, place) = (group.len(), self.place.clone());
        match (group.kind, self.part) {
            (GroupKind::List, KeyOrItem::Item) if has_inside(info) => {
                let piece = place.passed..len.min(place.passed + LARGEST_PIECE);
                self.place.passed = piece.end.max(place.passed);
                *self.positions = piece;
            }
            (GroupKind::List, KeyOrItem::Key) => {
                let mut keys = (place.passed..len).map(Value::from);
                while keys.next().is_some_and(|key| self.pass(to_script(key.clone()), Some(key))) {}
            }
            (kind, part) => group.visit(&place, self.level, |entry| match (entry.label, entry.value) {
                (_, Err(_)) => true,
                (Label::Key(key), Ok(item)) => {
                    let known = as_key(key);
                    let item = match part {
                        KeyOrItem::Key => known.clone().map_or_else(|| self.child(key, None), to_script),
                        KeyOrItem::Item => self.child(item, known.as_ref()),
                    };
                    self.pass(item, known)
                }
                (_, Ok(item)) if matches!(kind, GroupKind::List) => {
                    let key = Value::from(self.place.passed);
                    let item = self.child(item, Some(&key));
                    self.pass(item, Some(key))
                }
                (_, Ok(item)) => {
                    let known = as_key(item);
                    let item = known.clone().map_or_else(|| self.child(item, None), to_script);
                    self.place.last.clone_from(&known);
                    self.pass(item, None)
                }
            }),
        }
        Some(len)
    }

    fn pass(&mut self, item: Dynamic, key: Option<Value<'static>>) -> bool {
        self.place.passed += 1;
        if key.is_some() {
            self.place.last.clone_from(&key);
        }
        self.bytes += key.as_ref().map_or(0, size);
        self.taken.push_back(IterItem { item, key });
        let first = *self.first.get_or_insert_with(Instant::now);
        let is_full = self.taken.len() >= self.most;
        // To look at the clock takes as long as a few small items.
        let looks = is_full || self.bytes >= LONGEST_PIECE / 8 || self.taken.len().is_multiple_of(8);
        if self.bytes >= LONGEST_PIECE {
            return false;
        }
        if !looks {
            return true;
        }
        // A hash map has no place to go on from. So that it is not gone through again and again for a few items, they are taken for
        // as long as the way to the first of them was.
        let (way, time) = (first - self.opened, first.elapsed());
        time < way || !is_full && time < SLOWEST_PIECE
    }

    /// A leaf by value, anything else by a handle; what has no key of its own as data.
    fn child(&mut self, item: &dyn Manhole, key: Option<&Value<'static>>) -> Dynamic {
        match (classify(item, MAX_TEXT_BYTES), key) {
            (Lookup::Leaf(value), _) => {
                self.bytes += size(&value);
                to_script(value)
            }
            (Lookup::None, _) => to_script::none(),
            (Lookup::Composite, Some(key)) => Dynamic::from(self.handle.join(Step::Key(key.clone()))),
            (Lookup::Composite, None) => {
                // It may be of many values.
                self.bytes += LONGEST_PIECE / 8;
                snapshot_value(item, self.level).map_or_else(|_| Dynamic::from("…"), to_script)
            }
        }
    }
}

/// How many bytes a value has that are copied with it.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Whether the items of a list of this type are never single values, which its type tells.
fn has_inside(info: &TypeInfo) -> bool {
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
