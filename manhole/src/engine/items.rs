//! The items of a live collection, one after another.
//!
//! A collection may have a million items and belongs to the application, so it is read in pieces: lock, take a few, unlock. The
//! script runs between the pieces, and so does the application. If the number of items changes meanwhile, that is said once.

use std::collections::VecDeque;
use std::ops::Range;

use rhai::Dynamic;

use super::context::Context;
use super::convert;
use super::fault::Fault;
use super::handle::Handle;
use super::limits::LONGEST_TEXT;
use crate::reflect::{
    Level, Lookup, Manhole, Resume, Shape, Step, TypeInfo, TypeKind, Value, as_key, peek, snapshot_of,
};

/// How many items are taken under one lock.
const PIECE: usize = 1_024;

/// What is wanted of each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The key of a map's item, the position of a list's.
    Key,
    /// The item.
    Item,
}

/// One item on its way through a query.
pub(super) struct Entry {
    pub(super) item: Dynamic,
    /// The key or position; not for the items of a set.
    pub(super) key: Option<Value<'static>>,
}

impl Entry {
    /// The key as a script has it.
    pub(super) fn script_key(&self) -> Dynamic {
        self.key.clone().map_or(Dynamic::UNIT, convert::to_script)
    }
}

/// An iteration over a live collection.
pub(super) struct Items {
    handle: Handle,
    context: Context,
    part: Part,
    /// Items taken under the last lock.
    taken: VecDeque<Entry>,
    /// Positions of items that nothing had to be taken of: a handle is made of each when it is its turn.
    positions: Range<usize>,
    place: Resume,
    /// How many items there were when it began.
    length: Option<usize>,
    changed: bool,
    over: bool,
}

impl Items {
    pub(super) fn new(handle: Handle, context: Context, part: Part) -> Self {
        Self {
            handle,
            context,
            part,
            taken: VecDeque::new(),
            positions: 0..0,
            place: Resume::default(),
            length: None,
            changed: false,
            over: false,
        }
    }

    /// Passes over the first `count` items of a list, whose positions are known.
    pub(super) fn starting_at(mut self, count: usize) -> Self {
        self.place.passed = count;
        self
    }

    /// Takes the next piece.
    fn refill(&mut self) -> Result<(), Fault> {
        if let Some(stop) = self.context.0.monitor.look() {
            return Err(Fault::new(stop.to_string()));
        }
        let (part, handle) = (self.part, &self.handle);
        let (taken, place, positions) = (&mut self.taken, &mut self.place, &mut self.positions);
        let level = self.context.0.level();
        let mut piece = Piece { handle, level, part, taken, place, positions };
        let length = handle.look(&self.context, |found| piece.take(found))?;
        let Some(length) = length else {
            let name = handle.location();
            return Err(Fault::new(format!("{name} is no collection, there is nothing to go through")));
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
            .0
            .monitor
            .note(&format!("{name} has changed meanwhile, from {before} items to {length}"));
    }
}

impl Iterator for Items {
    type Item = Result<Entry, Fault>;

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
            return Some(Ok(Entry { item, key: Some(key) }));
        }
        self.taken.pop_front().map(Ok)
    }
}

/// What is taken under one lock.
struct Piece<'a> {
    handle: &'a Handle,
    level: Level,
    part: Part,
    taken: &'a mut VecDeque<Entry>,
    place: &'a mut Resume,
    positions: &'a mut Range<usize>,
}

impl Piece<'_> {
    /// Takes a piece of the items of `found`, and answers how many it has in all; `None` if it is no collection.
    fn take(&mut self, found: &dyn Manhole) -> Option<usize> {
        let node = found.reflect();
        let info = node.info();
        match node.into_shape() {
            Shape::Option(Some(inner)) => self.take(inner),
            Shape::List(list) => {
                let from = self.place.passed;
                let piece = from..list.len().min(from + PIECE);
                self.place.passed = piece.end.max(from);
                if self.part == Part::Item && has_inside(info) {
                    *self.positions = piece;
                    return Some(list.len());
                }
                for index in piece {
                    let key = Value::from(index);
                    let item = match self.part {
                        Part::Key => convert::to_script(key.clone()),
                        Part::Item => self.child(&*list.get(index)?, Some(&key)),
                    };
                    self.taken.push_back(Entry { item, key: Some(key) });
                }
                Some(list.len())
            }
            Shape::Map(map) => {
                let place = self.place.clone();
                map.entries_from(&place, &mut |key, item| {
                    let known = as_key(key);
                    let item = match self.part {
                        Part::Key => known.clone().map_or_else(|| self.child(key, None), convert::to_script),
                        Part::Item => self.child(item, known.as_ref()),
                    };
                    self.pass(item, known)
                });
                Some(map.len())
            }
            Shape::Set(set) => {
                let place = self.place.clone();
                set.items_from(&place, &mut |item| {
                    let known = as_key(item);
                    let item = known.clone().map_or_else(|| self.child(item, None), convert::to_script);
                    self.place.last.clone_from(&known);
                    self.pass(item, None)
                });
                Some(set.len())
            }
            _ => None,
        }
    }

    fn pass(&mut self, item: Dynamic, key: Option<Value<'static>>) -> bool {
        self.place.passed += 1;
        if key.is_some() {
            self.place.last.clone_from(&key);
        }
        self.taken.push_back(Entry { item, key });
        self.taken.len() < PIECE
    }

    /// A leaf by value, anything else by a handle; what has no key of its own as data.
    fn child(&self, item: &dyn Manhole, key: Option<&Value<'static>>) -> Dynamic {
        match (peek(item, LONGEST_TEXT), key) {
            (Lookup::Leaf(value), _) => convert::to_script(value),
            (Lookup::None, _) => convert::none(),
            (Lookup::Inside, Some(key)) => Dynamic::from(self.handle.join(Step::Key(key.clone()))),
            (Lookup::Inside, None) => {
                snapshot_of(item, self.level).map_or_else(|_| Dynamic::from("…"), convert::to_script)
            }
        }
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
