//! Going through the items of a live collection: `for x in gizmo.items`, `keys`, `values`, `contains`.
//!
//! A collection may have a million items and belongs to the application, so it is read in pieces: lock, take a few, unlock. The
//! script runs between the pieces, and so does the application. If the number of items is another one in the end than it was at
//! the beginning, that is said.

use std::any::TypeId;
use std::collections::VecDeque;

use rhai::{Array, Dynamic, EvalAltResult, Module, Position};

use super::convert;
use super::handle::{Context, Fault, Handle};
use super::limits::LONGEST_TEXT;
use crate::reflect::{Lookup, Manhole, Shape, Step, Value, peek};

/// How many items are taken under one lock. A map has no position to go on from, so every piece of it passes over those before:
/// large enough that this does not take longer than all the rest.
const PIECE: usize = 1_024;

/// How many items a script's own array may have; see the limits.
const LONGEST_ARRAY: usize = 4_096;

/// What is wanted of each item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The key of a map's item, the position of a list's.
    Key,
    /// The item.
    Item,
}

/// An iteration over a live collection.
pub(super) struct Items {
    handle: Handle,
    context: Context,
    part: Part,
    taken: VecDeque<Dynamic>,
    position: usize,
    /// How many items there were when it began.
    length: Option<usize>,
    over: bool,
}

impl Items {
    pub(super) fn new(handle: Handle, context: Context, part: Part) -> Self {
        Self { handle, context, part, taken: VecDeque::new(), position: 0, length: None, over: false }
    }

    /// All that is left, if that is not more than an array can have.
    pub(super) fn collect(self) -> Result<Array, Fault> {
        let location = self.handle.location();
        let items: Array = self.take(LONGEST_ARRAY + 1).collect::<Result<_, _>>()?;
        if items.len() > LONGEST_ARRAY {
            let message = format!("{location} has more than {LONGEST_ARRAY} items, too many for an array");
            return Err(Fault {
                message,
                help: Some(format!("go through them: for x in {location} {{ … }}")),
            });
        }
        Ok(items)
    }

    /// Takes the next piece.
    fn refill(&mut self) -> Result<(), Fault> {
        if let Some(stop) = self.context.0.monitor.look() {
            return Err(Fault::new(stop.to_string()));
        }
        let (from, part) = (self.position, self.part);
        let (handle, taken) = (&self.handle, &mut self.taken);
        let length = handle.look(&self.context, |found| piece(found, handle, part, from, taken))?;
        let Some(length) = length else {
            let name = handle.location();
            return Err(Fault::new(format!("{name} is no collection, there is nothing to go through")));
        };
        self.position += self.taken.len();
        self.over = self.taken.is_empty();
        if *self.length.get_or_insert(length) != length && self.over {
            let before = self.length.unwrap_or_default();
            let note = format!(
                "note: {} has changed meanwhile, from {before} items to {length}\n",
                self.handle.location()
            );
            let _ = self.context.0.monitor.write(&note);
        }
        Ok(())
    }
}

impl Iterator for Items {
    type Item = Result<Dynamic, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.taken.is_empty()
            && !self.over
            && let Err(fault) = self.refill()
        {
            self.over = true;
            return Some(Err(fault));
        }
        self.taken.pop_front().map(Ok)
    }
}

/// Adds a piece of the items of `found` to `taken`, and answers how many items it has; `None` if it is no collection.
fn piece(
    found: &dyn Manhole,
    handle: &Handle,
    part: Part,
    from: usize,
    taken: &mut VecDeque<Dynamic>,
) -> Option<usize> {
    match found.reflect().into_shape() {
        Shape::Option(Some(inner)) => piece(inner, handle, part, from, taken),
        Shape::List(list) => {
            for index in from..list.len().min(from + PIECE) {
                let key = Value::from(index);
                match (part, list.get(index)) {
                    (Part::Key, _) => taken.push_back(convert::to_script(key)),
                    (Part::Item, Some(item)) => taken.push_back(child(&*item, handle, key)),
                    (Part::Item, None) => break,
                }
            }
            Some(list.len())
        }
        Shape::Map(map) => {
            let mut passed = 0;
            map.entries(&mut |key, item| {
                passed += 1;
                if passed > from {
                    match (part, peek(key, LONGEST_TEXT)) {
                        (Part::Key, key) => taken.push_back(plain(key)),
                        (Part::Item, Lookup::Leaf(key)) => taken.push_back(child(item, handle, key)),
                        (Part::Item, _) => taken.push_back(plain(peek(item, LONGEST_TEXT))),
                    }
                }
                taken.len() < PIECE
            });
            Some(map.len())
        }
        Shape::Set(set) => {
            let mut passed = 0;
            set.items(&mut |item| {
                passed += 1;
                if passed > from {
                    taken.push_back(plain(peek(item, LONGEST_TEXT)));
                }
                taken.len() < PIECE
            });
            Some(set.len())
        }
        _ => None,
    }
}

/// An item under its key: a leaf by value, anything else by a handle.
fn child(item: &dyn Manhole, handle: &Handle, key: Value<'static>) -> Dynamic {
    match peek(item, LONGEST_TEXT) {
        Lookup::Inside => Dynamic::from(handle.join(Step::Key(key))),
        value => plain(value),
    }
}

/// A leaf that was taken. What has an inside and no key of its own cannot be held by a script.
fn plain(found: Lookup) -> Dynamic {
    match found {
        Lookup::Leaf(value) => convert::to_script(value),
        Lookup::None => convert::none(),
        Lookup::Inside => Dynamic::from("…"),
    }
}

/// Whether the collection contains `value`: a map as a key, a list or set as an item.
pub(super) fn contains(handle: &Handle, context: &Context, value: &Dynamic) -> Result<bool, Fault> {
    let wanted = convert::to_value(value)?;
    let known = handle.look(context, |found| match found.reflect().into_shape() {
        Shape::Map(map) => Some(map.get(&wanted).is_some()),
        Shape::Set(set) => Some(set.contains(&wanted)),
        _ => None,
    })?;
    if let Some(known) = known {
        return Ok(known);
    }
    for item in Items::new(handle.clone(), context.clone(), Part::Item) {
        if convert::same(&item?, value) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A module with which `for` goes through live collections in one session.
pub(super) fn module(context: &Context) -> Module {
    let mut module = Module::new();
    let context = context.clone();
    module.set_iter_result(TypeId::of::<Handle>(), move |collection| {
        let context = context.clone();
        let items = collection.try_cast::<Handle>().map(|handle| Items::new(handle, context, Part::Item));
        let raise = |fault: Fault| -> Box<EvalAltResult> { fault.at(Position::NONE) };
        Box::new(items.into_iter().flatten().map(move |item| item.map_err(raise)))
    });
    module
}
