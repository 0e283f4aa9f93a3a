//! One item of a query, with its key in the collection.

use std::sync::Arc;

use rhai::{Array, Dynamic};

use super::handle::Handle;
use super::rows::{OpenRow, Row};
use crate::engine::run::RunControl;
use crate::engine::value::{EvalResult, ScriptResult, to_script, type_mark};
use crate::reflect::{Step, TypeInfo, Value};

/// The items of a query, or those that leave one of its stages.
pub(crate) type ItemStream = Box<dyn Iterator<Item = EvalResult<IterItem>>>;

/// An item of a query.
#[derive(Clone)]
pub(crate) struct IterItem {
    content: Content,
    /// The key or position in the collection; `None` for the items of a set.
    pub(crate) key: Option<Value<'static>>,
    pub(crate) label: Label,
    /// What is copied of the item.
    pub(crate) row: Option<Row>,
}

#[derive(Clone)]
enum Content {
    Value(Dynamic),
    /// The value at the key in this collection.
    At(Arc<Handle>),
}

/// What precedes an item.
#[derive(Clone)]
pub(crate) enum Label {
    None,
    /// Its key in a map, which has this type in the application.
    Key(Option<&'static TypeInfo>),
    /// Its key in a map, as a copy: no path leads there.
    Copied(Value<'static>),
    /// The other one of a pair.
    First(Dynamic),
}

impl IterItem {
    /// Creates an item without a label.
    pub(crate) const fn new(item: Dynamic, key: Option<Value<'static>>) -> Self {
        Self { content: Content::Value(item), key, label: Label::None, row: None }
    }

    /// Creates the item at a key of a live collection. Its handle is made when it is needed.
    pub(crate) const fn at(collection: Arc<Handle>, key: Value<'static>) -> Self {
        Self { content: Content::At(collection), key: Some(key), label: Label::None, row: None }
    }

    /// Sets what precedes the item.
    pub(crate) fn labeled(self, label: Label) -> Self {
        Self { label, ..self }
    }

    /// Sets what is copied of the item.
    pub(crate) fn with_row(self, row: Option<Row>) -> Self {
        Self { row, ..self }
    }

    /// Returns the item.
    pub(crate) fn item(&self) -> Dynamic {
        match (&self.content, &self.key) {
            (Content::Value(value), _) => value.clone(),
            (Content::At(collection), Some(key)) => Dynamic::from(collection.join(Step::Key(key.clone()))),
            (Content::At(_), None) => Dynamic::UNIT,
        }
    }

    /// Returns the item, unless it is the value of an application at the key.
    pub(crate) const fn value(&self) -> Option<&Dynamic> {
        match &self.content {
            Content::Value(value) => Some(value),
            Content::At(_) => None,
        }
    }

    /// Returns the handle, if the item is a value of the application.
    pub(crate) fn handle(&self) -> Option<Handle> {
        match &self.content {
            Content::Value(value) => value.read_lock::<Handle>().map(|handle| handle.clone()),
            Content::At(_) => self.item().try_cast(),
        }
    }

    /// Returns the item as a function sees it that changes nothing: it reads the copies of its fields until the other value is dropped.
    pub(crate) fn open_row(&self, run: &RunControl) -> Option<(Self, OpenRow)> {
        let row = self.row.as_ref()?;
        let opened = row.open(run)?;
        let handle = self.handle()?.with_row(row.clone());
        Some((Self { content: Content::Value(Dynamic::from(handle)), ..self.clone() }, opened))
    }

    /// Returns the key, if this is the entry of a map.
    pub(crate) const fn entry_key(&self) -> Option<&Value<'static>> {
        match &self.label {
            Label::Key(_) => self.key.as_ref(),
            Label::Copied(key) => Some(key),
            Label::None | Label::First(_) => None,
        }
    }

    /// Returns what precedes the item in a function with two parameters: a map's key, the other one of a pair, or `position`.
    pub(crate) fn first(&self, position: usize) -> Dynamic {
        match (&self.label, self.entry_key()) {
            (Label::First(first), _) => first.clone(),
            (Label::Key(Some(info)), Some(key)) => type_mark::mark(key_to_script(key), info),
            (_, Some(key)) => key_to_script(key),
            _ => to_script(Value::from(position)),
        }
    }

    /// Returns the item; of a pair or of a map's entry, both parts. The fields of an entry of the application stay within reach.
    pub(crate) fn entry(&self) -> Dynamic {
        match self.entry_key() {
            Some(_) if matches!(self.label, Label::Key(_)) && self.handle().is_some() => {
                to_script::entry(self.item())
            }
            Some(_) => Dynamic::from_array(vec![self.first(0), self.item()]),
            None => self.whole(),
        }
    }

    /// Returns the item; of a pair, an array of both.
    pub(crate) fn whole(&self) -> Dynamic {
        match &self.label {
            Label::First(first) => Dynamic::from_array(vec![first.clone(), self.item()]),
            _ => self.item(),
        }
    }

    /// Returns both parts of a pair: of a map's entry, of an array of two or of a tuple. Any other item follows its `position`.
    pub(crate) fn parts(&self, position: usize, run: &RunControl) -> ScriptResult<[Dynamic; 2]> {
        let pair = if matches!(self.label, Label::None) { self.pair(run)? } else { None };
        Ok(pair.unwrap_or_else(|| [self.first(position), self.item()]))
    }

    /// Returns whether the item is no entry of a map, and no pair that a query has made.
    pub(crate) const fn is_single(&self) -> bool {
        matches!(self.label, Label::None)
    }

    /// Returns the parts of an array of two, of a tuple, or of the entry of a map that a method has found.
    pub(crate) fn pair(&self, run: &RunControl) -> ScriptResult<Option<[Dynamic; 2]>> {
        let item = self.item();
        if to_script::is_entry(&item) {
            let key = item.read_lock::<Handle>().and_then(|handle| match handle.path().last() {
                Some(Step::Key(key)) => Some(key_to_script(key)),
                _ => None,
            });
            return Ok(key.map(|key| [key, item.clone()]));
        }
        if let Some([first, second]) = item.read_lock::<Array>().as_deref().map(Vec::as_slice) {
            return Ok(Some([first.clone(), second.clone()]));
        }
        let tuple = self.handle();
        let Some(tuple) = tuple.filter(Handle::is_pair) else { return Ok(None) };
        let part = |name: &'static str| tuple.join(Step::Name(name.into())).get(run);
        Ok(Some([part("0")?, part("1")?]))
    }

    /// Replaces the item. It has no label then.
    pub(crate) fn with(self, item: Dynamic) -> Self {
        Self::new(item, self.key)
    }
}

/// Converts a key for a script. One that is an empty option is `None`.
pub(crate) fn key_to_script(key: &Value<'_>) -> Dynamic {
    if *key == Value::Unit { to_script::none() } else { to_script(key.clone()) }
}

/// Returns the text of a key.
pub(crate) fn key_text(key: &Value<'_>) -> String {
    if *key == Value::Unit { "None".to_owned() } else { key.to_string() }
}
